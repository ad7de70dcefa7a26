import { randomBytes } from 'node:crypto'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import type { Attempt, NotYet } from '../../db/attempts.ts'
import type { UserId } from '../../db/database.ts'
import { BREAKER_RULES } from '../../domain/breaker.ts'
import type { FailureName } from '../../domain/failures.ts'
import { createTestMoa, makeInstitution, type TestMoa } from './moa.ts'
import { createSteps, factsOf, type Steps } from './support/person.ts'
import { makeReading } from './support/readings.ts'
import { createRepositories, openDatabases } from './support/repositories.ts'

type Reader = { userId: UserId; refreshNo: number; institutionId: string; round: number }
type Worker = Pick<TestMoa['worker'], 'attempts' | 'breakers' | 'collections'>

let moa: TestMoa
let steps: Steps
/** Another process with the same database. */
let other: Worker & { close: () => Promise<void> }
let bank: string

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
  const databases = openDatabases(moa, 'another worker', { size: 16, lockTimeoutMs: 2_000 })
  other = { ...createRepositories(databases, moa.sealingKeys), close: databases.close }
})
afterAll(async () => {
  await other.close()
  await moa.close()
})
beforeEach(async () => {
  await moa.test.owner`DELETE FROM breakers`
  bank = await makeBank()
})

async function makeBank(): Promise<string> {
  const institutionId = `B${randomBytes(4).toString('hex')}`
  await moa.api.institutions.register([makeInstitution(institutionId)])
  return institutionId
}

async function makeReader(institutionIds: readonly string[] = [bank]): Promise<Reader> {
  const { userId, refreshNo } = await steps.enrolWithConsents(institutionIds)
  await moa.worker.refreshes.begin(userId, refreshNo, 'run')
  return { userId, refreshNo, institutionId: institutionIds[0]!, round: 1 }
}

const makeReaders = (count: number): Promise<Reader[]> =>
  Promise.all(Array.from({ length: count }, () => makeReader()))

const isNotYet = (answer: Attempt | NotYet | 'done'): answer is NotYet =>
  answer !== 'done' && 'notYet' in answer

async function begin(reader: Reader, worker: Worker = moa.worker): Promise<Attempt> {
  const answer = await worker.attempts.begin(reader)
  if (answer === 'done' || isNotYet(answer)) throw new Error('the reading could not begin')
  return answer
}

type Ended = { calls: (FailureName | null)[]; probe?: number | null; begunAt?: Date }

/** A reading has ended with such calls. */
const told = (
  { calls, probe = null, begunAt = new Date(Date.now() + 3_600_000) }: Ended,
  { institutionId = bank, worker = moa.worker }: { institutionId?: string; worker?: Worker } = {},
) =>
  worker.breakers.note(institutionId, {
    calls: calls.map((failure) => ({ failure })),
    probe,
    begunAt,
    isFirstTry: true,
  })

const down = (count: number): FailureName[] => Array.from({ length: count }, () => 'InstitutionUnavailable')

/** As if so much time had passed for a breaker. */
const later = (ms: number, institutionId = bank) => moa.test.owner`
  UPDATE breakers SET since = since - make_interval(secs => ${ms / 1_000}),
    opened_at = opened_at - make_interval(secs => ${ms / 1_000}),
    probe_from = probe_from - make_interval(secs => ${ms / 1_000}),
    probe_until = probe_until - make_interval(secs => ${ms / 1_000}),
    forced_until = forced_until - make_interval(secs => ${ms / 1_000}),
    answered_at = answered_at - make_interval(secs => ${ms / 1_000}),
    missed_at = missed_at - make_interval(secs => ${ms / 1_000})
  WHERE institution_id = ${institutionId}`

async function stateOf(institutionId = bank): Promise<string> {
  const [row] = await moa.test.owner<{ state: string }[]>`
    SELECT state FROM breakers WHERE institution_id = ${institutionId}`
  return row?.state ?? 'closed'
}

describe('an institution that does not answer', () => {
  test('is called by no worker once any of them has met five calls without an answer', async () => {
    const [reader, next] = (await makeReaders(2)) as [Reader, Reader]
    await told({ calls: down(3) })
    await told({ calls: down(2) }, { worker: other })
    expect(await stateOf()).toBe('open')
    const before = Date.now()
    for (const [who, worker] of [
      [reader, moa.worker],
      [next, other],
    ] as const) {
      const answer = await worker.attempts.begin(who)
      expect(answer).toEqual({ notYet: 'breaker', notBefore: expect.any(Date) })
      const waitMs = (answer as NotYet).notBefore!.getTime() - before
      expect(waitMs).toBeLessThanOrEqual(BREAKER_RULES.firstOpenMs + 1_000)
    }
    const tries = await moa.test.owner`SELECT FROM attempts WHERE institution_id = ${bank}`
    expect(tries).toEqual([])
    const slots = await moa.test.owner`
      SELECT FROM institution_slots WHERE institution_id = ${bank} AND holder IS NOT NULL`
    expect(slots).toEqual([])
  })

  test('is asked by one probe at a time, whoever of fifty begins, and by the next when it has answered', async () => {
    const readers = await makeReaders(50)
    await told({ calls: down(5) })
    for (let good = 1; good <= BREAKER_RULES.goodProbes; good += 1) {
      await later(BREAKER_RULES.firstOpenMs)
      const answers = await Promise.all(
        readers.map((reader, at) => (at % 2 ? moa.worker : other).attempts.begin(reader)),
      )
      const begun = answers.flatMap((answer, at) =>
        answer === 'done' || isNotYet(answer) ? [] : [{ attempt: answer, reader: readers[at]! }],
      )
      expect(begun).toHaveLength(1)
      expect(answers.filter((answer) => isNotYet(answer) && answer.notYet === 'breaker')).toHaveLength(49)
      const [{ attempt, reader }] = begun as [(typeof begun)[number]]
      expect(attempt.probe).not.toBeNull()
      await moa.worker.collections.apply(reader, factsOf(attempt), makeReading([{ name: 'one', amount: 1 }]))
      readers.splice(readers.indexOf(reader), 1, await makeReader())
      await told({ calls: [null], probe: attempt.probe })
    }
    expect(await stateOf()).toBe('closed')
    const begun = await Promise.all(readers.map((reader) => moa.worker.attempts.begin(reader)))
    expect(begun.filter((answer) => answer !== 'done' && isNotYet(answer))).toEqual([])
  })

  test('whose probe fails is left alone twice as long', async () => {
    const reader = await makeReader()
    await told({ calls: down(5) })
    await later(BREAKER_RULES.firstOpenMs)
    const { probe } = await begin(reader)
    await told({ calls: down(1), probe })
    expect(await stateOf()).toBe('open')
    await later(BREAKER_RULES.firstOpenMs + 1_000)
    expect(await moa.worker.attempts.begin(reader)).toMatchObject({ notYet: 'breaker' })
    await later(BREAKER_RULES.firstOpenMs)
    await begin(reader)
  })

  test('whose probe died with its worker is asked by another when its lease is over', async () => {
    const [dead, alive] = (await makeReaders(2)) as [Reader, Reader]
    await told({ calls: down(5) })
    await later(BREAKER_RULES.firstOpenMs)
    const lost = await begin(dead, other)
    expect(await moa.worker.attempts.begin(alive)).toMatchObject({ notYet: 'breaker' })
    await later(lost.limits.attemptMs + BREAKER_RULES.firstOpenMs)
    const { probe } = await begin(alive)
    await told({ calls: [null], probe: lost.probe }, { worker: other })
    expect(await moa.worker.attempts.begin(dead)).toMatchObject({ notYet: 'breaker' })
    expect(probe).not.toBe(lost.probe)
  })

  test('that has no slot for a probe loses none: the next who asks is the probe', async () => {
    const [first, second] = (await makeReaders(2)) as [Reader, Reader]
    await moa.test.owner`UPDATE institutions SET concurrency = 1 WHERE institution_id = ${bank}`
    const reading = await begin(first)
    await told({ calls: down(5) })
    await later(BREAKER_RULES.firstOpenMs)
    expect(await moa.worker.attempts.begin(second)).toEqual({ notYet: 'slot', notBefore: null })
    await moa.worker.attempts.end(first, reading.attempt, {
      outcome: 'failed',
      failure: 'InstitutionUnavailable',
      calls: 1,
    })
    expect((await begin(second)).probe).not.toBeNull()
  })

  test('is told by all who end at once in a few statements, and no word is lost', async () => {
    await Promise.all(
      Array.from({ length: 100 }, (_, at) =>
        told({ calls: [null] }, { worker: at % 2 ? moa.worker : other }),
      ),
    )
    const [row] = await moa.test.owner<{ minute: { calls: number }[]; retry_tenths: number }[]>`
      SELECT minute, retry_tenths FROM breakers WHERE institution_id = ${bank}`
    expect(row!.minute.reduce((sum, { calls }) => sum + calls, 0)).toBe(100)
    expect(row!.retry_tenths).toBe(120)
  })
})

describe('our own network', () => {
  test('being down opens nothing, closes what opened for it, and is over with the first answer', async () => {
    const banks = await Promise.all(Array.from({ length: 6 }, makeBank))
    for (const institutionId of banks) await told({ calls: [null] }, { institutionId })
    for (const institutionId of banks) await later(60_000, institutionId)
    for (const institutionId of banks.slice(0, 5)) await told({ calls: down(5) }, { institutionId })
    expect(await stateOf(banks[0])).toBe('open') // nobody could know yet
    expect(await stateOf(banks[4])).toBe('closed')
    expect(await moa.worker.breakers.judgeOurNetwork()).toBe(true)
    expect(await Promise.all(banks.map(stateOf))).toEqual(banks.map(() => 'closed'))
    const [last] = await moa.breakerOrders.history(banks[0]!)
    expect(last).toMatchObject({ from: 'open', to: 'closed', cause: 'our_network', by: null })

    await told({ calls: [null] }, { institutionId: banks[5]! })
    expect(await moa.worker.breakers.judgeOurNetwork()).toBe(false)
    await told({ calls: down(5) }, { institutionId: banks[0]! })
    expect(await stateOf(banks[0])).toBe('open')
  })
})

describe('an operator’s word', () => {
  const KIM = { by: 'kim', why: 'the bank called', place: '10.0.0.1' }
  const inAnHour = () => new Date(Date.now() + 3_600_000)

  test('to call nobody stands above a bank that is well, is written down, and ends by itself', async () => {
    const reader = await makeReader()
    const until = inAnHour()
    const forced = await moa.breakerOrders.force(bank, { to: 'open', until }, KIM)
    expect(forced).toMatchObject({ changed: true, breaker: { state: 'open', forced: { to: 'open', until } } })
    expect(await moa.worker.attempts.begin(reader)).toEqual({ notYet: 'breaker', notBefore: until })
    await told({ calls: [null, null, null] })
    expect(await moa.worker.attempts.begin(reader)).toEqual({ notYet: 'breaker', notBefore: until })
    expect(await moa.breakerOrders.force(bank, { to: 'open', until }, KIM)).toMatchObject({ changed: false })
    expect(await moa.breakerOrders.history(bank)).toMatchObject([
      { from: 'closed', to: 'open', cause: 'operator', by: 'kim', why: 'the bank called' },
    ])
    const audited = await moa.test.owner`
      SELECT actor, reason, place, details ->> 'outcome' AS outcome FROM audit
      WHERE institution_id = ${bank} AND action = 'institution.force' ORDER BY audit_no`
    expect([...audited]).toEqual([
      { actor: 'kim', reason: 'the bank called', place: '10.0.0.1', outcome: 'done' },
      { actor: 'kim', reason: 'the bank called', place: '10.0.0.1', outcome: 'already' },
    ])
    await later(3_600_000)
    expect((await begin(reader)).probe).not.toBeNull()
  })

  test('to call stands above a bank that is down, until it ends', async () => {
    const reader = await makeReader()
    await told({ calls: down(5) })
    await moa.breakerOrders.force(bank, { to: 'closed', until: inAnHour() }, KIM)
    await told({ calls: down(50) })
    expect((await begin(reader)).probe).toBeNull()
    await later(3_600_000)
    await told({ calls: down(5) })
    expect(await stateOf()).toBe('open')
  })

  test('is taken back: whoever asks next finds out', async () => {
    const reader = await makeReader()
    await moa.breakerOrders.force(bank, { to: 'open', until: inAnHour() }, KIM)
    expect(await moa.breakerOrders.force(bank, { to: 'none' }, KIM)).toMatchObject({
      changed: true,
      breaker: { state: 'open', forced: null },
    })
    expect((await begin(reader)).probe).not.toBeNull()
    expect(await moa.breakerOrders.force(bank, { to: 'none' }, KIM)).toMatchObject({ changed: false })
  })

  test('that it is back lets an open breaker be asked at once, and never one that was forced', async () => {
    const [reader, next] = (await makeReaders(2)) as [Reader, Reader]
    await told({ calls: down(5) })
    await moa.institutionOrders.recovered(bank, 'kim', 'the bank called')
    expect((await begin(reader)).probe).not.toBeNull()
    await moa.breakerOrders.force(bank, { to: 'open', until: inAnHour() }, KIM)
    await moa.institutionOrders.recovered(bank, 'kim', 'the bank called')
    expect(await moa.worker.attempts.begin(next)).toMatchObject({ notYet: 'breaker' })
  })
})

test('the history of a quarter of a year is kept, and what is older goes', async () => {
  await told({ calls: down(5) })
  const old = await makeBank()
  await told({ calls: down(5) }, { institutionId: old })
  await moa.test.owner`
    UPDATE breaker_transitions SET at = at - interval '91 days' WHERE institution_id = ${old}`
  expect(await moa.worker.breakers.forgetHistory()).toBe(1)
  expect(await moa.breakerOrders.history(old)).toEqual([])
  expect(await moa.breakerOrders.history(bank)).toHaveLength(1)
})

describe('quick tries', () => {
  test('are granted while there is some of the allowance left, to all workers together', async () => {
    const drawn = await Promise.all(
      Array.from({ length: 12 }, (_, at) => (at % 2 ? moa.worker : other).breakers.drawRetry(bank)),
    )
    expect(drawn.filter(Boolean)).toHaveLength(2) // the floor of a bank that was never read
    for (let tries = 0; tries < 10; tries += 1) await told({ calls: [null] })
    const more = await Promise.all(Array.from({ length: 3 }, () => moa.worker.breakers.drawRetry(bank)))
    expect(more.filter(Boolean)).toHaveLength(1)
  })
})

describe('of those who wait for a bank that answers again', () => {
  /** Its own next try is a minute away; the bank was down when it was asked. */
  async function park(reader: Reader): Promise<Reader> {
    await moa.worker.attempts.fail(reader, 'InstitutionPaused', null)
    await steps.cutAndPublish(reader.userId, reader.refreshNo, 1)
    expect(await moa.worker.refreshes.parkOrContinue(reader.userId, reader.refreshNo)).toMatchObject({
      next: 'parked',
    })
    return reader
  }

  afterEach(() => moa.test.owner`UPDATE plans SET next_try_at = NULL WHERE next_try_at IS NOT NULL`)

  /** Whom the caretaker would wake now; each test leaves nobody parked. */
  const due = async () => (await moa.caretaking.due(10_000)).next.map(({ userId }) => userId)

  const close = async (probes = BREAKER_RULES.goodProbes) => {
    for (let good = 0; good < probes; good += 1) {
      await later(BREAKER_RULES.firstOpenMs)
      const { probe } = await begin(await makeReader())
      await told({ calls: [null], probe })
    }
  }

  const look = async () => {
    expect(await moa.recoveries.owed()).toEqual([bank])
    return moa.recoveries.look(bank)
  }

  test('nobody is woken while it is not to be asked, and one ahead of the others when it is', async () => {
    const readers = [await makeReader(), await makeReader()]
    for (const reader of readers) await park(reader)
    await told({ calls: down(5) })
    expect(await moa.recoveries.sendProbes()).toBe(0)
    await moa.test.owner`UPDATE plans SET next_try_at = now() WHERE institution_id = ${bank}`
    expect(await due()).toEqual([]) // a timer that was lost
    await moa.test
      .owner`UPDATE plans SET next_try_at = now() + interval '1 hour' WHERE institution_id = ${bank}`
    await later(BREAKER_RULES.firstOpenMs)
    expect(await moa.recoveries.sendProbes()).toBe(1)
    expect(await moa.recoveries.sendProbes()).toBe(0) // one is on its way
    expect(await due()).toHaveLength(1)
  })

  test('all are due once it has closed, and the caretaker wakes them as it bears', async () => {
    const readers = [await makeReader(), await makeReader(), await makeReader()]
    for (const reader of readers) await park(reader)
    await told({ calls: down(5) })
    await close()
    expect(await stateOf()).toBe('closed')
    expect(await look()).toMatchObject({ waiting: 3, next: [], areMore: true })
    expect(new Set(await due())).toEqual(new Set(readers.map(({ userId }) => userId)))
    expect(await look()).toMatchObject({ waiting: 0, areMore: false })
    expect(await moa.recoveries.owed()).toEqual([])
    const audited = await moa.test.owner`
      SELECT actor, details ->> 'waiting' AS waiting FROM audit
      WHERE institution_id = ${bank} AND action = 'institution.recovered'`
    expect([...audited]).toEqual([{ actor: 'the breaker', waiting: '3' }])
  })

  test('a running refresh hears of it although another bank still hangs', async () => {
    const slow = await makeBank()
    const reader = await makeReader([bank, slow])
    await begin({ ...reader, institutionId: slow })
    await moa.worker.attempts.fail(reader, 'InstitutionPaused', null)
    await told({ calls: down(5) })
    await close()
    await look()
    expect(await moa.caretaking.behind(2_000)).toEqual([]) // its run may be about to see it
    await moa.test.owner`
      UPDATE plans SET next_try_at = now() - interval '3 seconds' WHERE user_id = ${reader.userId} AND next_try_at IS NOT NULL`
    expect((await moa.caretaking.behind(2_000)).map(({ userId }) => userId)).toEqual([reader.userId])
  })

  /** A refresh whose deadline passed without this bank. */
  async function endWithout(reader: Reader, hoursAgo = 1): Promise<Reader> {
    await moa.test.owner`UPDATE refreshes SET deadline = now() WHERE user_id = ${reader.userId}`
    expect(await moa.worker.refreshes.parkOrContinue(reader.userId, reader.refreshNo)).toMatchObject({
      next: 'closed',
      as: 'incomplete',
    })
    await moa.test.owner`
      UPDATE refreshes SET closed_at = now() - make_interval(hours => ${hoursAgo}) WHERE user_id = ${reader.userId}`
    return reader
  }

  const wentWithout = async (): Promise<Reader> => endWithout(await park(await makeReader()))

  const refreshesOf = ({ userId }: Reader) => moa.test.owner`
    SELECT r.refresh_no, r.state, r.reason, r.priority, p.api_type FROM refreshes r
    JOIN plans p USING (user_id, refresh_no) WHERE r.user_id = ${userId} AND p.institution_id = ${bank}
    ORDER BY 1`

  test('who went without it is refreshed, once, as a schedule would, and the record says why', async () => {
    const reader = await wentWithout()
    await told({ calls: down(5) })
    await close()
    const { next } = await look()
    expect(next.map(({ userId }) => userId)).toEqual([reader.userId])
    const answers = await Promise.all([1, 2].map(() => moa.recoveryRefreshes.open(next[0]!)))
    expect(answers.map(({ outcome }) => outcome)).toEqual(['started', 'started'])
    expect([...(await refreshesOf(reader))]).toMatchObject([
      { refresh_no: 1, state: 'incomplete', reason: 'consent.granted' },
      {
        refresh_no: 2,
        state: 'requested',
        reason: 'institution.recovered',
        priority: 3,
        api_type: 'scheduled',
      },
    ])
    const events = await moa.test.owner`
      SELECT type, institution_id, outcome FROM events WHERE user_id = ${reader.userId} AND refresh_no = 2`
    expect([...events]).toEqual([{ type: 'institution.recovered', institution_id: bank, outcome: 'started' }])
    expect(await moa.recoveries.look(bank)).toMatchObject({ next: [], areMore: false })
  })

  test('no more are refreshed at once than a quarter of what it bears, who waited longest first', async () => {
    await moa.test.owner`UPDATE institutions SET concurrency = 8 WHERE institution_id = ${bank}`
    const readers = await Promise.all(Array.from({ length: 5 }, wentWithout))
    await endingAt(readers)
    await told({ calls: down(5) })
    await moa.breakerOrders.force(
      bank,
      { to: 'closed', until: new Date(Date.now() + 60_000) },
      { by: 'kim', why: 'a test', place: null },
    )
    const order: UserId[] = []
    const sizes: number[] = []
    for (let areMore = true; areMore;) {
      const looked = await look()
      for (const left of looked.next) await moa.recoveryRefreshes.open(left)
      order.push(...looked.next.map(({ userId }) => userId))
      sizes.push(looked.next.length)
      areMore = looked.areMore
    }
    expect(sizes).toEqual([2, 2, 1])
    expect(order).toEqual(readers.map(({ userId }) => userId))
  })

  /** The first ended first. */
  const endingAt = async (readers: readonly Reader[]) => {
    for (const [at, { userId }] of readers.entries()) {
      await moa.test.owner`
        UPDATE refreshes SET closed_at = now() - make_interval(hours => ${10 - at}) WHERE user_id = ${userId}`
    }
  }

  test.each([
    ['has asked again since', (userId: UserId) => steps.record(userId, 'assets.refresh_requested')],
    [
      'was cancelled by somebody',
      (userId: UserId) => moa.test.owner`UPDATE refreshes SET state = 'cancelled' WHERE user_id = ${userId}`,
    ],
    [
      'agreed to be read on request only',
      (userId: UserId) =>
        moa.test.owner`UPDATE consents SET purpose = 'view-on-request' WHERE user_id = ${userId}`,
    ],
    [
      'agreed to be read once',
      (userId: UserId) => moa.test.owner`UPDATE consents SET is_regular = false WHERE user_id = ${userId}`,
    ],
    [
      'must act first',
      (userId: UserId) =>
        moa.test.owner`UPDATE plans SET failure = 'CredentialsRejected' WHERE user_id = ${userId}`,
    ],
    [
      'went without it a month ago',
      (userId: UserId) =>
        moa.test.owner`UPDATE refreshes SET closed_at = now() - interval '30 days' WHERE user_id = ${userId}`,
    ],
    [
      'has ended the consent',
      (userId: UserId) => moa.api.revocations.request(userId, bank, { deletion: false, reason: null }),
    ],
  ])('who %s is left alone', async (_, happened) => {
    const reader = await wentWithout()
    await happened(reader.userId)
    await told({ calls: down(5) })
    await close()
    const { next } = await look()
    expect(next.filter(({ userId }) => userId === reader.userId)).toEqual([])
  })
})
