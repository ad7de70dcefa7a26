import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import type { Limits } from '../../domain/refresh.ts'
import { plusDays } from '../../domain/time.ts'
import { refreshWorkflowId } from '../../workflows/contract.ts'
import { createTestMoa } from './moa.ts'
import { press, tell } from './support-e2e/asking.ts'
import { type Engine, openEngine } from './support-e2e/engine.ts'
import { faultLimits, faultPolicy, SPAN_MONTHS } from './support-e2e/faults.ts'
import { firstDay, ledgerOf, storedIn } from './support-e2e/ledger.ts'
import { closed, type Person, startWorld, startWorker, until, type World } from './world.ts'

/*
 * F26, F34, F35, F41 and F42 of the catalogue with ten people at once, read by two workers. A worker that dies between a new
 * token and its storing (K11) is killed in tokens.e2e.
 */

const CROWD = 10
const INSTITUTIONS = 10
const BANK = 'SBXBANK001'
// The three of ten that are down at once.
const DOWN = [BANK, 'SBXBANK004', 'SBXBANK007']
const LONG_MS = 120_000
// Five days pass here, and what is a week old is read again: no day may be in our future, or older than that.
const DAYS_BEHIND = 6

/** Everybody has the first bank, and two of the others. */
const banksOf = (no: number): string[] =>
  [0, 1 + (no % 9), 1 + ((no + 4) % 9)].map((at) => `SBXBANK${String(at + 1).padStart(3, '0')}`)

let world: World
let engine: Engine
let second: Awaited<ReturnType<typeof startWorker>>
let crowd: Person[]
beforeAll(async () => {
  const moa = await createTestMoa({ policy: faultPolicy })
  const today = plusDays(new Date().toISOString().slice(0, 10), -DAYS_BEHIND)
  world = await startWorld({ moa, sandbox: { institutions: INSTITUTIONS, today, rotation: 'strict' } })
  second = await startWorker(moa, world.taskQueue, async () => {}, world.runs)
  engine = await openEngine()
  crowd = await Promise.all(
    Array.from({ length: CROWD }, (_, no) => world.enrol(`one-of-ten-${no}`, banksOf(no))),
  )
  await Promise.all(crowd.map((person) => tell(world, person, 'consent.granted')))
  await Promise.all(crowd.map(({ userId, refreshNo }) => closed(world, userId, refreshNo, LONG_MS)))
})
beforeEach(() => void world.sandbox.control.moveClock({ advanceDays: 1 }))
afterEach(() => world.sandbox.control.resetBehaviour())
afterAll(async () => {
  await engine.close()
  await second.stop()
  await world.close()
})

/** All of them at once press the button. */
const pressAll = () =>
  Promise.all(crowd.map(async (person) => ({ ...person, refreshNo: await press(world, person) })))

const progressOf = async ({ userId, refreshNo }: Person) =>
  (await world.moa.api.progress.of(userId, refreshNo))!

const parked = (person: Person) =>
  until(
    'it to be parked',
    async () => {
      const refresh = await progressOf(person)
      return refresh.state === 'parked' && refresh
    },
    LONG_MS,
  )

/** Pressed until it is allowed again; then it ends whole, and everybody has what the banks have. */
async function expectWhole(people: readonly Person[]): Promise<void> {
  await Promise.all(
    people.map(async (person) => {
      await until(
        `refresh ${person.refreshNo} of ${person.person} to be whole`,
        async () => {
          const refresh = await progressOf(person)
          // Each press of a row that has failed opens a new round: pressed once, it is pending.
          const hasFailed = refresh.readings.some(({ state }) => state === 'failed')
          if (refresh.state === 'parked' && hasFailed) await pressOnceAllowed(person)
          return refresh.closedAt
        },
        LONG_MS,
      )
      const refresh = await progressOf(person)
      expect([refresh.state, refresh.closedBecause]).toEqual(['succeeded', null])
      const told = await storedIn(world, person, refresh.snapshot!.snapshotNo)
      const institutionIds = banksOf(crowd.findIndex(({ userId }) => userId === person.userId))
      const truth = await ledgerOf(world, person, { from: firstDay(SPAN_MONTHS), institutionIds })
      const isShared = (account: { isShared: boolean }) => account.isShared
      expect(told.filter(isShared)).toEqual(truth.filter(isShared))
    }),
  )
  expect(world.sandbox.control.violations().violations).toEqual([])
}

async function pressOnceAllowed(person: Person): Promise<void> {
  const event = { type: 'assets.refresh_requested', institutionId: null, idempotencyKey: null } as const
  const answer = await world.moa.api.events.record(person.userId, event)
  if (answer.outcome === 'joined') await world.runs.hint(person)
}

const callsAt = (institutionId: string, since: number) =>
  world.sandbox.control.calls({ institutionId }).filter(({ no, api }) => no > since && api !== 'oauth-token')
const lastCall = (): number => Math.max(0, ...world.sandbox.control.calls().map(({ no }) => no))

const limitAt = (institutionId: string, limits: Partial<Limits>) =>
  world.moa.test.owner`
    UPDATE plans SET limits = limits || ${world.moa.test.owner.json(limits)}
    WHERE institution_id = ${institutionId}`

test('F26: nobody asks again before the time that the institution has named to them, and no worker waits for it', async () => {
  const waitS = 5
  const since = lastCall()
  const refusal = { institutionId: BANK, status: { http: 429, retryAfter: waitS }, times: 1 }
  for (const { person } of crowd) world.sandbox.control.behaviour({ ...refusal, person })
  const people = await pressAll()
  await expectWhole(people)
  for (const { person } of people) {
    const calls = callsAt(BANK, since).filter((call) => call.person === person)
    const refused = calls.filter(({ status }) => status === 429)
    expect(refused.length).toBe(1)
    const after = calls.filter(({ no }) => no > refused[0]!.no)
    expect(after.length).toBeGreaterThan(0)
    for (const { at } of after) expect(at).toBeGreaterThanOrEqual(refused[0]!.endedAt! + waitS * 1000)
  }
})

test('F26: a long wait is a timer of the engine’s', async () => {
  world.sandbox.control.behaviour({ institutionId: BANK, status: { http: 429, retryAfter: 3600 } })
  const people = await pressAll()
  await Promise.all(people.map(parked))
  const held = people.map((person) => engine.pendingActivities(refreshWorkflowId(person)))
  expect(await Promise.all(held)).toEqual(people.map(() => 0))
  world.sandbox.control.resetBehaviour()
  // The hour has passed.
  await world.moa.test.owner`
    UPDATE plans SET not_before = now(), next_try_at = now() WHERE not_before > now()`
  await expectWhole(people)
})

test('F34, F35: tokens that end in the middle of a reading are renewed once for each, though each renewal ends the one before', async () => {
  const since = lastCall()
  for (const { person } of crowd)
    world.sandbox.control.behaviour({
      institutionId: BANK,
      person,
      api: 'bank-004',
      mangle: 'token-expired',
      times: 1,
    })
  const people = await pressAll()
  await expectWhole(people)
  const renewals = world.sandbox.control
    .calls({ institutionId: BANK })
    .filter(({ no, api }) => no > since && api === 'oauth-token')
  expect(renewals.map(({ refreshToken, person }) => `${person} ${refreshToken}`).toSorted()).toEqual(
    people.map(({ person }) => `${person} current`).toSorted(),
  )
})

test('F41: where three in ten are down at once the others are on the screen, and nothing is lost when all come back', async () => {
  const since = lastCall()
  for (const institutionId of DOWN) {
    const { addRule } = world.sandbox.control
    addRule({ institutionId, status: { http: 503, rspCode: '50001' } })
    addRule({ institutionId, probability: 0.5, mangle: 'reset-first' })
  }
  const people = await pressAll()
  for (const [no, person] of people.entries()) {
    const late = banksOf(no).filter((institutionId) => DOWN.includes(institutionId))
    await until(
      `all banks of ${person.person} but ${late.join(', ')} to be shown as new`,
      async () => {
        const latest = await world.moa.api.published.snapshot(person.userId, 'latest')
        const behind = latest?.coverage.filter(({ state }) => state !== 'fresh')
        const ids = behind?.map(({ institutionId }) => institutionId).toSorted()
        return latest?.refreshNo === person.refreshNo && ids?.join() === late.toSorted().join()
      },
      LONG_MS,
    )
  }
  // A try ends with its first call, which is sent again where a kept connection was found closed.
  const most = CROWD * faultLimits.quickTries * 2
  for (const institutionId of DOWN) {
    const calls = callsAt(institutionId, since).length
    expect(calls).toBeGreaterThan(0)
    expect(calls).toBeLessThanOrEqual(most)
  }
  world.sandbox.control.resetBehaviour()
  await expectWhole(people)
})

test('F42: one that stands still keeps its own few slots busy, and nobody else', async () => {
  const slots = 2
  const { owner } = world.moa.test
  await owner`DELETE FROM institution_slots WHERE institution_id = ${BANK}`
  await owner`UPDATE institutions SET concurrency = ${slots} WHERE institution_id = ${BANK}`
  const since = lastCall()
  world.sandbox.control.behaviour({ institutionId: BANK, hang: true })
  const people = await pressAll()
  await limitAt(BANK, { callMs: 3_000 })
  const others = await Promise.all(
    people.map((person) =>
      until(
        `the other banks of ${person.person}`,
        async () => {
          const { readings } = await progressOf(person)
          const rest = readings.filter(({ institutionId }) => institutionId !== BANK)
          return rest.every(({ state }) => state === 'collected') && rest
        },
        LONG_MS,
      ),
    ),
  )
  expect(others.flat().map(({ attempts }) => attempts)).toEqual(others.flat().map(() => 1))
  expect(mostAtOnce(callsAt(BANK, since))).toBeLessThanOrEqual(slots)
  world.sandbox.control.resetBehaviour()
  await expectWhole(people)
  expect(mostAtOnce(callsAt(BANK, since))).toBeLessThanOrEqual(slots)
})

type Call = ReturnType<typeof callsAt>[number]

/** How many people were being read at the same moment, at most. */
function mostAtOnce(calls: readonly Call[]): number {
  const open = (at: number) =>
    calls.filter((call) => call.at <= at && (call.endedAt === null || call.endedAt > at))
  return Math.max(0, ...calls.map(({ at }) => new Set(open(at).map(({ person }) => person)).size))
}
