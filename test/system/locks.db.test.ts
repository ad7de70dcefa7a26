import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { Attempt, ReadingRef } from '../../db/attempts.ts'
import type { Claim, Issued } from '../../db/credentials.ts'
import type { UserId } from '../../db/database.ts'
import { DomainFailure } from '../../domain/failures.ts'
import type { Order, Verb } from '../../domain/orders.ts'
import { createTestMoa, makeAsked, makeGrant, makeInstitution, type TestMoa } from './moa.ts'
import { createGate, pausing } from './support/pausing.ts'
import {
  analyseAll,
  BUTTON,
  classifyAll,
  createSteps,
  factsOf,
  refreshOf,
  type Steps,
} from './support/person.ts'
import { brokenPromises } from './support/promises.ts'
import { createRandom, freshSeed } from './support/random.ts'
import { makeReading } from './support/readings.ts'
import { createRepositories, openDatabases, type Repositories } from './support/repositories.ts'

// Whoever waits is let go as soon as it is seen to wait, which takes a while on a busy machine.
const LOCK_TIMEOUT_MS = 3_000
// Five tries of the door, each of which may wait once for a lock, and its pauses.
const ENDS_WITHIN_MS = 5 * LOCK_TIMEOUT_MS + 2_000
const LANES = 3
const SPENT_AT_MOST_MS = 15_000
// Some five hundred pairs, each once, at a tenth of a second and more on a busy machine.
const ALL_PAIRS_MS = 180_000

/** A user in the middle of a refresh; what both protocols of a pair need has been prepared. */
type Stage = {
  userId: UserId
  refreshNo: number
  /** Attempts that were begun, by institution. */
  readings: Map<string, { ref: ReadingRef; attempt: Attempt }>
  snapshotNo: number
}

type Protocol = {
  /** The consent of E has ended, with deletion, and its story is here. */
  revocation?: 'open' | 'ready for its receipt'
  /** Two snapshots were shown before, and what they alone held can be purged. */
  hasPast?: boolean
  /** Institutions at which an attempt has begun. */
  reads?: readonly string[]
  /** Everything has been collected since, by another attempt. */
  isWhole?: boolean
  /** How far its cut has come. */
  cut?: 'cut' | 'classified' | 'analysed'
  run: (moa: Repositories, stage: Stage) => Promise<unknown>
}

const applied = (institutionId: string): Protocol => ({
  reads: [institutionId],
  run: (moa, { readings }) => {
    const { ref, attempt } = readings.get(institutionId)!
    return moa.collections.apply(ref, factsOf(attempt), makeReading([{ name: institutionId, amount: 2 }]))
  },
})

const published = (isWhole: boolean): Protocol => ({
  isWhole,
  cut: 'analysed',
  run: (moa, { userId, snapshotNo }) => moa.cuts.publish(userId, snapshotNo),
})

const order = (verb: Verb, institutionIds: string[] | null): Order => ({
  verb,
  institutionIds,
  by: 'kim',
  why: 'a test',
  via: 'operator',
})

/** As if it had been given for the pair that is stored. */
const makeClaim = (): Claim => ({
  leaseId: randomUUID(),
  version: 1,
  claimedAt: new Date(),
  presented: { kind: 'refresh', refreshToken: 'a refresh token', refreshExpiresAt: null },
})

const makeIssued = (): Issued => ({
  accessToken: randomUUID(),
  expiresInSeconds: 3_600,
  refreshToken: null,
  refreshExpiresInSeconds: null,
})

/** The protocols of the lock table. A row here is tested against every other, and against itself. */
const PROTOCOLS: Record<string, Protocol> = {
  event: {
    run: (moa, { userId }) =>
      moa.events.record(userId, { type: BUTTON, institutionId: null, idempotencyKey: null }),
  },
  'first grant': { run: (moa, { userId }) => moa.consents.grant(userId, makeGrant('C')) },
  'renewal of A': { run: (moa, { userId }) => moa.consents.grant(userId, makeGrant('A')) },
  'callback for A and C': {
    run: async (moa, { userId }) => {
      const opened = await moa.consentRequests.open(userId, makeAsked(['C', 'A']))
      if (opened === 'too_many') throw new Error('too many requests are open')
      const given = { state: opened.state, answer: { code: 'a-code' }, issuer: null, session: null }
      return moa.consentCallbacks.finish(userId, given)
    },
  },
  'narrowing of A': {
    run: (moa, { userId }) => moa.consentTerms.change(userId, 'A', { generation: 1, scope: 'bank.list' }),
  },
  begin: { run: (moa, { userId, refreshNo }) => moa.refreshes.begin(userId, refreshNo, 'run 2') },
  'attempt at A begins': {
    run: (moa, { userId, refreshNo }) =>
      moa.attempts.begin({ userId, refreshNo, institutionId: 'A', round: 1 }),
  },
  'attempt at A fails': {
    reads: ['A'],
    run: (moa, { readings }) => moa.attempts.fail(readings.get('A')!.ref, 'CredentialsRejected', null),
  },
  'attempt at A finds its consent ended': {
    reads: ['A'],
    run: (moa, { readings }) => moa.attempts.fail(readings.get('A')!.ref, 'ConsentEnded', null),
  },
  'apply A': applied('A'),
  'apply B': applied('B'),
  cut: { run: (moa, { userId, refreshNo }) => moa.cuts.cut(userId, refreshNo, 7) },
  classify: {
    cut: 'cut',
    run: (moa, { userId, snapshotNo }) => moa.classifications.classifyCut(userId, snapshotNo, classifyAll, 1),
  },
  analyse: {
    cut: 'classified',
    run: (moa, { userId, snapshotNo }) => moa.analyses.analyseCut(userId, snapshotNo, analyseAll),
  },
  'publish partial': published(false),
  'publish complete': published(true),
  'park or continue': {
    run: (moa, { userId, refreshNo }) => moa.refreshes.parkOrContinue(userId, refreshNo),
  },
  'close by its run': {
    run: (moa, { userId, refreshNo }) => moa.refreshes.close(userId, refreshNo, 'cancelled', 'a test'),
  },
  'close by the caretaker': {
    run: (moa, { userId, refreshNo }) =>
      moa.caretaking.closeAs(
        {
          userId,
          refreshNo,
          userKey: '',
          state: 'running',
          workflowId: '',
          priority: 1,
        },
        'lost',
        'a test',
        null,
      ),
  },
  'resume of all': {
    run: (moa, stage) => moa.orders.give(stage.userId, stage.refreshNo, order('resume', null)),
  },
  'excuse of A': {
    run: (moa, stage) => moa.orders.give(stage.userId, stage.refreshNo, order('excuse', ['A'])),
  },
  'recovery of A': { run: (moa) => moa.institutionOrders.recovered('A', 'kim', 'a test') },
  'the fleet learns of A': {
    run: async (moa) => {
      const noted = { calls: [{ failure: null }], probe: null, begunAt: new Date(), isFirstTry: true }
      await moa.breakers.note('A', noted)
      await moa.breakers.drawRetry('A')
    },
  },
  'A is forced closed': {
    run: (moa) =>
      moa.breakerOrders.force(
        'A',
        { to: 'closed', until: new Date(Date.now() + 60_000) },
        { by: 'kim', why: 'a test', place: null },
      ),
  },
  'revocation of A': {
    run: (moa, { userId }) => moa.revocations.request(userId, 'A', { deletion: true, reason: null }),
  },
  'a page of deletion': {
    revocation: 'open',
    run: (moa, { userId }) => moa.revocationDeletion.page(userId, 1),
  },
  'what remains': {
    revocation: 'open',
    run: (moa, { userId }) => moa.revocationReceipts.remainder(userId, 1),
  },
  receipt: {
    revocation: 'ready for its receipt',
    run: (moa, { userId }) => moa.revocationReceipts.finish(userId, 1, async () => 'signed'),
  },
  'tokens of A are asked for': {
    run: async (moa, { userId }) => {
      const ref = { userId, institutionId: 'A', generation: 1 }
      await moa.credentials.claim(ref, 1, 60_000)
      await moa.credentials.store(ref, makeClaim(), makeIssued())
      await moa.credentials.release(ref, makeClaim(), 'failed')
      await moa.credentials.handOver(ref, makeClaim(), makeIssued())
    },
  },
  'tokens of A are refused': {
    run: (moa, { userId }) => moa.credentials.refuse({ userId, institutionId: 'A', generation: 1 }, 1),
  },
  purge: { hasPast: true, run: (moa, { userId }) => moa.purging.step(userId) },
}

const NAMES = Object.keys(PROTOCOLS)
const PAIRS = NAMES.flatMap((one, at) => NAMES.slice(at).map((other): [string, string] => [one, other]))

let moa: TestMoa
let steps: Steps
let lanes: Lane[]

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
  const [{ name }] = await moa.test.owner<[{ name: string }]>`SELECT current_database() AS name`
  await moa.test.owner.unsafe(`ALTER DATABASE ${name} SET deadlock_timeout = '50ms'`)
  await moa.api.institutions.register(['A', 'B', 'C', 'D', 'E'].map(makeInstitution))
  lanes = Array.from({ length: LANES }, (_, no) => openLane(no))
})

afterAll(async () => {
  await moa.close()
})

type Lane = ReturnType<typeof openLane>

/** Two processes that meet: the first may be held between two of its statements, the second runs into it. */
function openLane(no: number) {
  const given = { size: 2, lockTimeoutMs: LOCK_TIMEOUT_MS }
  const held = openDatabases(moa, `first ${no}`, given)
  const free = openDatabases(moa, `second ${no}`, given)
  let gate = createGate(0)
  const hold = { ...held }
  for (const role of ['api', 'worker', 'caretaker'] as const) {
    hold[role] = pausing(held[role], () => gate.pass())
  }
  return {
    first: createRepositories(hold, moa.sealingKeys),
    second: createRepositories(free, moa.sealingKeys),
    holdAt: (at: number) => {
      gate = createGate(at)
      return gate
    },
    /** Resolves when the second process waits for a lock of the first. */
    isBlocked: async (until: { isOver: boolean }): Promise<boolean> => {
      while (!until.isOver) {
        const rows = await moa.test.owner`
          SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = ${`second ${no}`} AND wait_event_type = 'Lock'`
        if (rows.length > 0) return true
        await sleep(1)
      }
      return false
    },
    close: () => Promise.all([held.close(), free.close()]),
  }
}

async function prepare(protocols: readonly Protocol[]): Promise<Stage> {
  const { userId, refreshNo } = await prepareUser(protocols.some(({ hasPast }) => hasPast))
  await moa.worker.refreshes.begin(userId, refreshNo, 'run')
  // D was read long ago, and has what there is to classify.
  const { ref, attempt } = await steps.beginReading(userId, refreshNo, 'D')
  const bookings = [{ no: 1, on: '2026-02-03', amount: 5 }]
  await steps.apply(ref, attempt, makeReading([{ name: 'D', amount: 1, bookings }]))
  const readings: Stage['readings'] = new Map()
  for (const institutionId of new Set(protocols.flatMap(({ reads }) => reads ?? []))) {
    readings.set(institutionId, await steps.beginReading(userId, refreshNo, institutionId))
  }
  if (protocols.some(({ isWhole }) => isWhole)) {
    for (const institutionId of ['A', 'B']) await steps.collect(userId, refreshNo, institutionId, 2)
  }
  if (protocols.some(({ revocation }) => revocation)) {
    await prepareRevocation(
      userId,
      protocols.some(({ revocation }) => revocation === 'ready for its receipt'),
    )
  }
  const snapshotNo = await prepareCut(userId, refreshNo, new Set(protocols.map(({ cut }) => cut)))
  return { userId, refreshNo, readings, snapshotNo }
}

async function prepareUser(hasPast: boolean): Promise<{ userId: UserId; refreshNo: number }> {
  const { userId, refreshNo } = await steps.enrolWithConsents(['A', 'B', 'D'])
  if (!hasPast) return { userId, refreshNo }
  await steps.refresh(userId, refreshNo, 8)
  await steps.refresh(userId, refreshOf(await steps.record(userId, BUTTON)), 9)
  return { userId, refreshNo: refreshOf(await steps.record(userId, BUTTON)) }
}

/** E was read in the refresh that is open, and is not in it any more. */
async function prepareRevocation(userId: UserId, isReady: boolean): Promise<void> {
  const refreshNo = refreshOf(await moa.api.consents.grant(userId, makeGrant('E')))
  await moa.worker.refreshes.begin(userId, refreshNo, 'run')
  await steps.collect(userId, refreshNo, 'E', 3)
  await moa.api.revocations.request(userId, 'E', { deletion: true, reason: null })
  if (!isReady) return
  while ((await moa.worker.revocationDeletion.page(userId, 1)).state === 'more');
  await moa.test.owner`
    UPDATE revocations SET institution_answer = 'confirmed', institution_answered_at = now(), access_token_sealed = NULL,
      snapshot_no = 1 WHERE user_id = ${userId}`
}

async function prepareCut(userId: UserId, refreshNo: number, wanted: Set<Protocol['cut']>): Promise<number> {
  if (wanted.has('analysed')) return steps.cutAndAnalyse(userId, refreshNo, 1)
  if (!wanted.has('cut') && !wanted.has('classified')) return 0
  const snapshotNo = (await moa.worker.cuts.cut(userId, refreshNo, 1))!
  if (wanted.has('classified')) {
    await moa.worker.classifications.classifyCut(userId, snapshotNo, classifyAll, 1)
  }
  return snapshotNo
}

type Ending = { elapsedMs: number; error: unknown }

async function ending(work: Promise<unknown>): Promise<Ending> {
  const begunAt = performance.now()
  try {
    await work
    return { elapsedMs: performance.now() - begunAt, error: null }
  } catch (error) {
    return { elapsedMs: performance.now() - begunAt, error }
  }
}

/** The first is held before its n-th statement; the second runs until it ends or waits for the first; then both end. */
async function meet(lane: Lane, first: string, second: string, at: number): Promise<string[]> {
  const stage = await prepare([PROTOCOLS[first]!, PROTOCOLS[second]!])
  const gate = lane.holdAt(at)
  const state = { isOver: false }
  const one = ending(PROTOCOLS[first]!.run(lane.first, stage))
  await Promise.race([gate.hasArrived, one])
  const two = ending(PROTOCOLS[second]!.run(lane.second, stage)).then((end) => {
    state.isOver = true
    return end
  })
  if (await lane.isBlocked(state)) blocked += 1
  gate.open()
  const ends = await Promise.all([one, two])
  const where = `${first}, held before statement ${at}, meets ${second}`
  return [
    ...ends.flatMap(({ error, elapsedMs }) => [
      ...(error === null || isLegal(error) ? [] : [`${where}: ${inspect(error)}`]),
      ...(elapsedMs < ENDS_WITHIN_MS ? [] : [`${where}: took ${Math.round(elapsedMs)} ms`]),
    ]),
    ...(await brokenPromises(moa.test.owner, stage.userId)).map((broken) => `${where}: ${broken}`),
  ]
}

let blocked = 0

/** Whoever comes too late is told so by name; a refused lock never reaches anyone. */
const isLegal = (error: unknown): boolean => error instanceof DomainFailure && error.type === 'Superseded'

async function statementsOf(name: string): Promise<number> {
  const stage = await prepare([PROTOCOLS[name]!])
  const lane = lanes[0]!
  const gate = lane.holdAt(0)
  await PROTOCOLS[name]!.run(lane.first, stage)
  return gate.arrivals()
}

async function deadlocks(): Promise<number> {
  const [row] = await moa.test.owner<[{ deadlocks: number }]>`
    SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`
  return row.deadlocks
}

describe('two protocols at the same user', () => {
  test('all pairs, held at every kind of place: no deadlock, no refused lock, no broken promise', async () => {
    const seed = freshSeed()
    const random = createRandom(seed)
    const statements: Record<string, number> = {}
    for (const name of NAMES) statements[name] = await statementsOf(name)
    const trial = ([one, other]: (typeof PAIRS)[number]) => {
      const [first, second] = random.chance(0.5) ? [one, other] : [other, one]
      return { first, second, at: 1 + random.below(statements[first]!) }
    }
    // Every pair once, then pairs as they are drawn, for as long as there is time.
    const everyPair = PAIRS.map(trial).toSorted(() => random.next() - 0.5)
    const giveUpAt = performance.now() + SPENT_AT_MOST_MS
    const found: string[] = []
    let trials = 0
    await Promise.all(
      lanes.map(async (lane) => {
        while (found.length < 10) {
          const next =
            everyPair.pop() ?? (performance.now() < giveUpAt ? trial(random.pick(PAIRS)) : undefined)
          if (!next) return
          trials += 1
          found.push(...(await meet(lane, next.first, next.second, next.at)))
        }
      }),
    )
    expect.soft(found, `seed ${seed}`).toEqual([])
    expect(trials).toBeGreaterThanOrEqual(PAIRS.length)
    // Otherwise they did not meet at all.
    expect(blocked).toBeGreaterThan(PAIRS.length / 4)
  })

  test(
    'not one deadlock was seen by the database',
    async () => {
      await Promise.all(lanes.map((lane) => lane.close()))
      lanes = [openLane(9)]
      expect(await deadlocks()).toBe(0)
    },
    ALL_PAIRS_MS,
  )
})

describe('while a long reading of B is being applied', () => {
  const last = async () => statementsOf('apply B')
  const goesOn = [
    'event',
    'first grant',
    'renewal of A',
    'attempt at A begins',
    'attempt at A fails',
    'apply A',
    'cut',
    'classify',
    'analyse',
    'publish partial',
    'purge',
  ]
  const mayWait = ['begin', 'park or continue', 'close by its run', 'close by the caretaker', 'renewal of B']
  PROTOCOLS['renewal of B'] = { run: (m, { userId }) => m.consents.grant(userId, makeGrant('B')) }

  test.each(goesOn)('%s of the same user waits for nothing', async (name) => {
    const lane = lanes[0]!
    const at = await last()
    const stage = await prepare([PROTOCOLS['apply B']!, PROTOCOLS[name]!])
    const gate = lane.holdAt(at)
    const long = ending(PROTOCOLS['apply B']!.run(lane.first, stage))
    await gate.hasArrived
    const end = await ending(PROTOCOLS[name]!.run(lane.second, stage))
    // The gate is still shut: whoever had waited for the reading would have ended with a lock timeout.
    expect(end.error).toBeNull()
    gate.open()
    await long
    expect(await brokenPromises(moa.test.owner, stage.userId)).toEqual([])
  })

  test.each(mayWait)('an event comes through although %s waits for it, holding the user', async (name) => {
    const lane = lanes[0]!
    const at = await last()
    const stage = await prepare([PROTOCOLS['apply B']!, PROTOCOLS[name]!])
    const gate = lane.holdAt(at)
    const long = ending(PROTOCOLS['apply B']!.run(lane.first, stage))
    await gate.hasArrived
    const state = { isOver: false }
    const waiting = ending(PROTOCOLS[name]!.run(lane.second, stage)).then((end) => {
      state.isOver = true
      return end
    })
    await lane.isBlocked(state)
    const event = await ending(PROTOCOLS['event']!.run(lane.second, stage))
    // The gate is still shut: the reading goes on, and the event did not need its end.
    expect(event.error).toBeNull()
    gate.open()
    const ends = await Promise.all([long, waiting])
    expect(ends.filter(({ error }) => error !== null && !isLegal(error))).toEqual([])
    expect(await brokenPromises(moa.test.owner, stage.userId)).toEqual([])
  })
})
