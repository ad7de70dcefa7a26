import { randomBytes } from 'node:crypto'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import type { Attempt } from '../../db/attempts.ts'
import type { UserId } from '../../db/database.ts'
import { createTestMoa, makeInstitution, type TestMoa, testPolicy } from './moa.ts'
import { BUTTON, createSteps, factsOf, refreshOf, type Steps } from './support/person.ts'
import { createRandom, freshSeed } from './support/random.ts'
import { makeReading } from './support/readings.ts'
import { createRepositories, openDatabases } from './support/repositories.ts'

const ATTEMPT_MS = testPolicy.limitsFor(false).attemptMs

type Reader = { userId: UserId; refreshNo: number; institutionId: string; round: number }

let moa: TestMoa
let steps: Steps

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})
afterAll(() => moa.close())

/** A bank of one test's own that bears so many readings. */
async function makeBank(concurrency: number): Promise<string> {
  const institutionId = `B${randomBytes(4).toString('hex')}`
  await moa.api.institutions.register([makeInstitution(institutionId)])
  await bears(institutionId, concurrency)
  return institutionId
}

const bears = (institutionId: string, concurrency: number) =>
  moa.test.owner`UPDATE institutions SET concurrency = ${concurrency} WHERE institution_id = ${institutionId}`

/** People whose refresh has begun and wants to read this bank. */
async function makeReaders(institutionId: string, count: number): Promise<Reader[]> {
  const readers: Reader[] = []
  for (let k = 0; k < count; k += 1) {
    const { userId, refreshNo } = await steps.enrolWithConsents([institutionId])
    await moa.worker.refreshes.begin(userId, refreshNo, 'run')
    readers.push({ userId, refreshNo, institutionId, round: 1 })
  }
  return readers
}

/** A try that may read. */
async function begin(reader: Reader): Promise<Attempt> {
  const answer = await moa.worker.attempts.begin(reader)
  if (answer === 'done' || 'notYet' in answer) throw new Error('the reading could not begin')
  return answer
}

const NO_SLOT = { notYet: 'slot', notBefore: null }
const tryToBegin = (reader: Reader) => moa.worker.attempts.begin(reader)

const apply = (reader: Reader, attempt: Attempt, { worker } = moa as Pick<TestMoa, 'worker'>) =>
  worker.collections.apply(reader, factsOf(attempt), makeReading([{ name: 'one', amount: 5 }]))

const failed = { outcome: 'failed', failure: 'InstitutionUnavailable', calls: 1 } as const
const end = (reader: Reader, { attempt }: Attempt) => moa.worker.attempts.end(reader, attempt, failed)

async function held(institutionId: string): Promise<number> {
  const [row] = await moa.test.owner<{ count: number }[]>`
    SELECT count(*)::int AS count FROM institution_slots
    WHERE institution_id = ${institutionId} AND holder IS NOT NULL AND expires_at > now()`
  return row!.count
}

/** How often its row has waited. */
async function waitsOf({ userId, refreshNo, institutionId }: Reader): Promise<number> {
  const [row] = await moa.test.owner<{ waits: number }[]>`
    SELECT waits FROM plans
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND institution_id = ${institutionId}`
  return row!.waits
}

/** As if so much time had passed for whoever holds a slot. */
const goneBy = (institutionId: string, ms: number) => moa.test.owner`
  UPDATE institution_slots SET expires_at = expires_at - make_interval(secs => ${ms / 1_000})
  WHERE institution_id = ${institutionId}`

describe('an institution', () => {
  test('is never read by more at once than it bears, however many workers begin', async () => {
    const LIMIT = 4
    const seed = freshSeed()
    const random = createRandom(seed)
    const bank = await makeBank(LIMIT)
    const readers = await makeReaders(bank, 24)
    const workers = Array.from({ length: 3 }, (_, at) => {
      const databases = openDatabases(moa, `slots ${at}`, { size: 8, lockTimeoutMs: 5_000 })
      return { databases, ...createRepositories(databases, moa.sealingKeys) }
    })
    const reading = new Map<Reader, Attempt>()
    for (let round = 1; round <= 20; round += 1) {
      const waiting = readers.filter((reader) => !reading.has(reader))
      const answers = await Promise.all(
        waiting.map((reader, at) => workers[at % workers.length]!.attempts.begin(reader)),
      )
      answers.forEach((answer, at) => {
        if (answer !== 'done' && !('notYet' in answer)) reading.set(waiting[at]!, answer)
      })
      expect(reading.size, `seed ${seed}, round ${round}`).toBeLessThanOrEqual(LIMIT)
      expect(reading.size).toBe(await held(bank))
      const ending = [...reading].filter(() => random.chance(0.5))
      for (const [reader] of ending) reading.delete(reader)
      await Promise.all(ending.map(([reader, attempt]) => end(reader, attempt)))
    }
    await Promise.all(workers.map(({ databases }) => databases.close()))
  })

  test('without a free slot is waited for: no try is written down, and its row is still to be read', async () => {
    const bank = await makeBank(1)
    const [first, second] = (await makeReaders(bank, 2)) as [Reader, Reader]
    await begin(first)
    expect(await tryToBegin(second)).toEqual(NO_SLOT)
    const rows = await moa.test.owner`
      SELECT p.state, p.round, (SELECT count(*)::int FROM attempts a WHERE a.user_id = p.user_id) AS tries
      FROM plans p WHERE p.user_id = ${second.userId}`
    expect(rows).toEqual([{ state: 'pending', round: 1, tries: 0 }])
  })

  test('that bears more from now on is read by more at once', async () => {
    const bank = await makeBank(1)
    const [first, second, third] = (await makeReaders(bank, 3)) as [Reader, Reader, Reader]
    await begin(first)
    expect(await tryToBegin(second)).toEqual(NO_SLOT)
    await bears(bank, 2)
    await begin(second)
    expect(await tryToBegin(third)).toEqual(NO_SLOT)
  })

  test('that bears less from now on is begun by nobody until enough who read it have ended', async () => {
    const bank = await makeBank(4)
    const [a, b, c, d, next] = (await makeReaders(bank, 5)) as [Reader, Reader, Reader, Reader, Reader]
    const [first, second, third] = [await begin(a), await begin(b), await begin(c)]
    await begin(d)
    await bears(bank, 2)
    for (const [reader, attempt] of [
      [a, first],
      [b, second],
    ] as const) {
      await apply(reader, attempt)
      expect(await tryToBegin(next)).toEqual(NO_SLOT)
    }
    await apply(c, third)
    await begin(next)
    expect(await held(bank)).toBe(2)
  })

  test('is read again at once after a crash of the database has emptied its slots', async () => {
    const bank = await makeBank(2)
    const [before, ...after] = (await makeReaders(bank, 4)) as [Reader, Reader, Reader, Reader]
    const attempt = await begin(before)
    await moa.test.owner`TRUNCATE institution_slots`
    await begin(after[0])
    await begin(after[1])
    expect(await tryToBegin(after[2])).toEqual(NO_SLOT)
    await apply(before, attempt) // its slot is gone; what it read is not
    expect(await held(bank)).toBe(2)
  })
  test('that recovers lets its rows wait anew as briefly as at first', async () => {
    const bank = await makeBank(2)
    const [reader] = (await makeReaders(bank, 1)) as [Reader]
    await moa.worker.attempts.fail(reader, 'InstitutionUnavailable', null)
    expect(await waitsOf(reader)).toBe(1)
    await moa.institutionOrders.recovered(bank, 'kim', 'it answers again')
    expect(await waitsOf(reader)).toBe(0)
  })
})

describe('a slot', () => {
  let bank: string
  let reader: Reader
  let next: Reader

  beforeEach(async () => {
    bank = await makeBank(1)
    ;[reader, next] = (await makeReaders(bank, 2)) as [Reader, Reader]
  })

  test('is given back by a reading that is applied', async () => {
    await apply(reader, await begin(reader))
    await begin(next)
  })

  test('is given back by a try that fails', async () => {
    await end(reader, await begin(reader))
    await begin(next)
  })

  test('is taken over by the next try of the same reading, which takes no second one', async () => {
    await bears(bank, 2)
    const other = await begin(next)
    await begin(reader)
    await end(next, other) // a slot before its own is free
    await begin(reader)
    expect(await held(bank)).toBe(1)
    await begin(next)
  })

  test('of who vanished is free when the try would have ended, and not before', async () => {
    await begin(reader)
    await goneBy(bank, ATTEMPT_MS)
    expect(await tryToBegin(next)).toEqual(NO_SLOT)
    await goneBy(bank, 60_000)
    await begin(next)
    expect(await held(bank)).toBe(1)
  })

  test('stays with the next try when one that was taken for dead ends after all', async () => {
    const dead = await begin(reader)
    const alive = await begin(reader)
    await end(reader, dead)
    expect(await tryToBegin(next)).toEqual(NO_SLOT)
    await end(reader, alive)
    await begin(next)
  })

  test('stays with the next refresh of the same person when a reading of the last one ends late', async () => {
    const late = await begin(reader)
    await moa.worker.refreshes.close(reader.userId, reader.refreshNo, 'cancelled', 'a test')
    const refreshNo = refreshOf(await steps.record(reader.userId, BUTTON))
    await moa.worker.refreshes.begin(reader.userId, refreshNo, 'run 2')
    const attempt = await begin({ ...reader, refreshNo })
    await end(reader, late)
    expect(await tryToBegin(next)).toEqual(NO_SLOT)
    await apply({ ...reader, refreshNo }, attempt)
    await begin(next)
  })

  test('is given back by a try that finds its reading applied by an earlier one', async () => {
    const dead = await begin(reader)
    const alive = await begin(reader)
    await apply(reader, dead)
    expect(await tryToBegin(next)).toEqual(NO_SLOT) // the later try still asks the bank
    await apply(reader, alive)
    await begin(next)
    const open = await moa.test
      .owner`SELECT FROM attempts WHERE user_id = ${reader.userId} AND ended_at IS NULL`
    expect(open).toEqual([])
  })

  test('is given back by a reading whose refresh was closed meanwhile', async () => {
    const stopped = await begin(reader)
    await moa.worker.refreshes.close(reader.userId, reader.refreshNo, 'cancelled', 'a test')
    await end(reader, stopped)
    await begin(next)
  })
})

describe('of those who are parked for an institution that recovers', () => {
  /** Their own next try is a minute away. */
  async function makeParked(bank: string, count: number): Promise<Reader[]> {
    const readers = await makeReaders(bank, count)
    for (const reader of readers) {
      await moa.worker.attempts.fail(reader, 'InstitutionUnavailable', null)
      await steps.cutAndPublish(reader.userId, reader.refreshNo, 1)
      expect(await moa.worker.refreshes.parkOrContinue(reader.userId, reader.refreshNo)).toMatchObject({
        next: 'parked',
      })
    }
    return readers
  }

  const prioritise = ({ userId }: Reader, priority: number) =>
    moa.test.owner`UPDATE refreshes SET priority = ${priority} WHERE user_id = ${userId}`

  /** Whom the caretaker would wake now. Nobody else in this file is due: each test leaves nobody parked. */
  async function due(): Promise<{ userIds: UserId[]; areMore: boolean }> {
    const { next, areMore } = await moa.caretaking.due(10_000)
    return { userIds: next.map(({ userId }) => userId), areMore }
  }

  const userIdsOf = (readers: readonly Reader[]) => readers.map(({ userId }) => userId)

  async function wake(reader: Reader): Promise<Reader> {
    await moa.worker.refreshes.begin(reader.userId, reader.refreshNo, 'run')
    return { ...reader, round: reader.round + 1 }
  }

  afterEach(() => moa.test.owner`UPDATE plans SET next_try_at = NULL WHERE next_try_at IS NOT NULL`)

  test('no more are woken than there is room, and those who are about to read count', async () => {
    const bank = await makeBank(3)
    const [first, ...others] = (await makeParked(bank, 5)) as [Reader, ...Reader[]]
    expect(await due()).toEqual({ userIds: [], areMore: false })
    await moa.institutionOrders.recovered(bank, 'kim', 'the bank called')
    const woken = await due()
    expect(woken.userIds).toHaveLength(3)
    expect(woken.areMore).toBe(true)

    const awake = await wake(first)
    expect((await due()).userIds).toHaveLength(2) // its run has begun, and its reading not yet
    const attempt = await begin(awake)
    expect((await due()).userIds).toHaveLength(2)
    await apply(awake, attempt)
    expect((await due()).userIds).toHaveLength(3)
    for (const reader of others.slice(0, 3)) await begin(await wake(reader))
    expect(await due()).toEqual({ userIds: [], areMore: true })
  })

  test('whoever waits for a turn longer than a moment keeps nobody from being woken', async () => {
    const bank = await makeBank(1)
    const [turn, parked] = (await makeParked(bank, 2)) as [Reader, Reader]
    await moa.institutionOrders.recovered(bank, 'kim', 'the bank called')
    await wake(turn)
    expect(await due()).toEqual({ userIds: [], areMore: true })
    await moa.test.owner`
      UPDATE plans SET changed_at = now() - interval '1 minute' WHERE user_id = ${turn.userId}`
    expect(await due()).toEqual({ userIds: [parked.userId], areMore: false })
  })

  test('users are woken before schedules, and who has waited longest first', async () => {
    const bank = await makeBank(1)
    const [scheduled, late, early] = (await makeParked(bank, 3)) as [Reader, Reader, Reader]
    await prioritise(scheduled, 9)
    await moa.institutionOrders.recovered(bank, 'kim', 'the bank called')
    await moa.test.owner`
      UPDATE plans SET next_try_at = now() - interval '1 hour' WHERE user_id IN (${scheduled.userId}, ${early.userId})`
    expect(await due()).toEqual({ userIds: [early.userId], areMore: true })
    await bears(bank, 2)
    expect(await due()).toEqual({ userIds: userIdsOf([early, late]), areMore: true })
    await bears(bank, 3)
    expect(await due()).toEqual({ userIds: userIdsOf([early, late, scheduled]), areMore: false })
  })

  test('one bank that has no room keeps nobody waiting at another', async () => {
    const [full, free] = [await makeBank(1), await makeBank(1)]
    const [reading] = (await makeReaders(full, 1)) as [Reader]
    await begin(reading)
    await makeParked(full, 1)
    const [waiting] = (await makeParked(free, 1)) as [Reader]
    for (const bank of [full, free]) await moa.institutionOrders.recovered(bank, 'kim', 'they called')
    expect(await due()).toEqual({ userIds: [waiting.userId], areMore: true })
  })
})
