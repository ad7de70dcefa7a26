import { randomBytes } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { SET_ASIDE_AFTER } from '../../domain/poison.ts'
import { createTestMoa, makeGrant, makeInstitution, type TestMoa } from './moa.ts'
import { BUTTON, createSteps, refreshOf, type Steps, VIEW } from './support/person.ts'

const KIM = { by: 'kim', why: 'mended' }

let moa: TestMoa
let steps: Steps

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})
afterAll(() => moa.close())

type Person = { userId: number; userKey: string; refreshNo: number }

async function makeBanks(): Promise<[string, string]> {
  const [bad, good] = [`B${randomBytes(4).toString('hex')}`, `G${randomBytes(4).toString('hex')}`]
  await moa.api.institutions.register([makeInstitution(bad), makeInstitution(good)])
  return [bad, good]
}

/** One reading that fails without a name, as a run would settle it. */
async function fail({ userId, refreshNo }: Person, bank: string): Promise<number | null> {
  await moa.test.owner`
    UPDATE plans SET next_try_at = now() - interval '1 second'
    WHERE user_id = ${userId} AND institution_id = ${bank} AND next_try_at IS NOT NULL`
  await moa.worker.refreshes.begin(userId, refreshNo, 'run')
  const { ref, attempt } = await steps.beginReading(userId, refreshNo, bank)
  const end = { outcome: 'failed', failure: 'Unexpected', calls: 3, step: 'applying' } as const
  await moa.worker.attempts.end(ref, attempt.attempt, end)
  return (await moa.worker.attempts.fail(ref, 'Unexpected', null)).waitMs
}

/** The same until it is one too many: four times in one refresh, then in the next. */
async function poison(person: Person, bank: string): Promise<Person> {
  for (let k = 1; k < SET_ASIDE_AFTER; k += 1) await fail(person, bank)
  await moa.worker.refreshes.close(person.userId, person.refreshNo, 'incomplete', 'Unexpected')
  const next = { ...person, refreshNo: refreshOf(await steps.record(person.userId, BUTTON)) }
  expect(await fail(next, bank)).toBeNull()
  return next
}

const asideAt = async (bank: string): Promise<string[]> =>
  (await moa.operatorPoison.list(bank, 100)).flatMap(({ userKey, setAsideAt }) => (setAsideAt ? userKey : []))

const partsOf = ({ userId }: Person, snapshotNo: number) =>
  moa.test.owner<{ institutionId: string; state: string; reason: string | null; isRequired: boolean }[]>`
    SELECT institution_id AS "institutionId", state, reason, is_required AS "isRequired" FROM snapshot_institutions
    WHERE user_id = ${userId} AND snapshot_no = ${snapshotNo} ORDER BY institution_id`

describe('a reading that fails without a name', () => {
  test('is set aside when it has failed once too often, refresh after refresh, and waits no more', async () => {
    const [bad] = await makeBanks()
    const person = await steps.enrolWithConsents([bad])
    const waits = []
    for (let k = 1; k < SET_ASIDE_AFTER; k += 1) waits.push(await fail(person, bad))
    expect(waits.map((wait) => wait !== null)).toEqual([true, true, true, false])
    expect(await asideAt(bad)).toEqual([])
    await moa.worker.refreshes.close(person.userId, person.refreshNo, 'incomplete', 'Unexpected')
    const refreshNo = refreshOf(await steps.record(person.userId, BUTTON))
    expect(await fail({ ...person, refreshNo }, bad)).toBeNull()
    const [row] = await moa.test.owner`
      SELECT state, next_try_at FROM plans WHERE user_id = ${person.userId} AND refresh_no = ${refreshNo}`
    expect(row).toEqual({ state: 'failed', next_try_at: null })
    expect(await moa.operatorPoison.list(bad, 10)).toEqual([
      {
        userKey: person.userKey,
        institutionId: bad,
        name: `Bank ${bad}`,
        failed: SET_ASIDE_AFTER,
        firstAt: expect.any(Date),
        lastAt: expect.any(Date),
        lastRefreshNo: refreshNo,
        step: 'applying',
        setAsideAt: expect.any(Date),
        replayAt: null,
      },
    ])
  })

  test('is forgotten by the first that brings something: only one after another are counted', async () => {
    const [bad] = await makeBanks()
    const person = await steps.enrolWithConsents([bad])
    for (let k = 1; k < SET_ASIDE_AFTER; k += 1) await fail(person, bad)
    await steps.record(person.userId, BUTTON)
    await steps.collect(person.userId, person.refreshNo, bad, 5)
    await steps.cutAndPublish(person.userId, person.refreshNo, 1)
    const refreshNo = refreshOf(await steps.record(person.userId, BUTTON))
    expect(await fail({ ...person, refreshNo }, bad)).not.toBeNull()
    expect(await asideAt(bad)).toEqual([])
  })

  test('by any other name is never set aside', async () => {
    const [bad] = await makeBanks()
    const { userId, refreshNo, userKey } = await steps.enrolWithConsents([bad])
    for (let k = 0; k <= SET_ASIDE_AFTER; k += 1) {
      const { ref, attempt } = await steps.beginReading(userId, refreshNo, bad)
      const end = { outcome: 'failed', failure: 'UnexpectedResponse', calls: 1 } as const
      await moa.worker.attempts.end(ref, attempt.attempt, end)
      await moa.worker.attempts.fail(ref, 'UnexpectedResponse', null)
      await steps.record(userId, BUTTON)
    }
    expect(await asideAt(bad)).not.toContain(userKey)
  })

  test('says how far it came: that it never began, or that its worker was lost', async () => {
    const [bad] = await makeBanks()
    const { userId, refreshNo } = await steps.enrolWithConsents([bad])
    const ref = { userId, refreshNo, institutionId: bad, round: 1 }
    const stepNow = async () => {
      const [row] = await moa.test.owner<{ step: string }[]>`
        SELECT step FROM poison_readings WHERE user_id = ${userId} AND institution_id = ${bad}`
      return row!.step
    }
    await moa.worker.attempts.fail(ref, 'Unexpected', null)
    expect(await stepNow()).toBe('beginning')
    await steps.record(userId, BUTTON)
    const { ref: next } = await steps.beginReading(userId, refreshNo, bad)
    await moa.worker.attempts.fail(next, 'Unexpected', null)
    expect(await stepNow()).toBe('lost')
  })
})

describe('what is set aside', () => {
  test('is named as missing, keeps nobody waiting, and is read by no event any more; others are', async () => {
    const [bad, good] = await makeBanks()
    const neighbour = await steps.enrolWithConsents([bad])
    const person = await poison(await steps.enrolWithConsents([bad, good]), bad)
    await steps.collect(person.userId, person.refreshNo, good, 5)
    const { outcome, snapshotNo } = await steps.cutAndPublish(person.userId, person.refreshNo, 1)
    expect(outcome).toBe('complete')
    const missing = { institutionId: bad, state: 'absent', reason: 'Unexpected', isRequired: false }
    expect([...(await partsOf(person, snapshotNo))]).toEqual([
      missing,
      { institutionId: good, state: 'fresh', reason: null, isRequired: true },
    ])

    const refreshNo = refreshOf(await steps.record(person.userId, BUTTON))
    const plan = await moa.worker.refreshes.begin(person.userId, refreshNo, 'run')
    expect(plan).toMatchObject({ readings: [{ institutionId: good }] })
    await steps.collect(person.userId, refreshNo, good, 6)
    const later = await steps.cutAndPublish(person.userId, refreshNo, 1)
    expect(later.outcome).toBe('complete')
    expect((await partsOf(person, later.snapshotNo))[0]).toEqual(missing)
    expect(await steps.record(person.userId, 'assets.detail_viewed', bad)).toMatchObject({
      outcome: 'rejected',
      because: 'set_aside',
    })
    expect((await steps.refresh(neighbour.userId, neighbour.refreshNo, 7)).outcome).toBe('complete')
  })

  test('is read again under a new consent, and counted anew', async () => {
    const [bad] = await makeBanks()
    const person = await poison(await steps.enrolWithConsents([bad]), bad)
    await moa.worker.refreshes.close(person.userId, person.refreshNo, 'incomplete', 'Unexpected')
    const refreshNo = refreshOf(await moa.api.consents.grant(person.userId, makeGrant(bad)))
    expect(await fail({ ...person, refreshNo }, bad)).not.toBeNull()
    expect(await asideAt(bad)).toEqual([])
  })
})

describe('a replay', () => {
  test('puts one back and reads it, in a refresh of its own or the open one, with the policy that it had', async () => {
    const [bad] = await makeBanks()
    const person = await poison(await steps.enrolWithConsents([bad]), bad)
    await moa.worker.refreshes.close(person.userId, person.refreshNo, 'incomplete', 'Unexpected')
    expect(await moa.operatorPoison.replay({ institutionId: bad, userKey: 'nobody' }, KIM)).toEqual({
      replayed: 0,
      left: 0,
    })
    expect(await moa.operatorPoison.replay({ institutionId: bad, userKey: person.userKey }, KIM)).toEqual({
      replayed: 1,
      left: 0,
    })
    expect(await moa.operatorPoison.replay({ institutionId: bad, userKey: person.userKey }, KIM)).toEqual({
      replayed: 0,
      left: 0,
    })
    const due = (await moa.replayWatch.due()).filter(({ institutionId }) => institutionId === bad)
    expect(due).toHaveLength(1)
    // Two who look after it at once, or one who died after it: one event.
    const answers = await Promise.all([moa.replays.replay(due[0]!), moa.replays.replay(due[0]!)])
    expect(answers[0]).toEqual(answers[1])
    const refreshNo = refreshOf(answers[0]!)
    expect(await moa.replayWatch.due()).not.toContainEqual(due[0])

    const [row] = await moa.test.owner<{ state: string; reason: string; limits: object; events: number }[]>`
      SELECT state, reason, limits, (SELECT count(*)::int FROM events e WHERE e.user_id = p.user_id
        AND e.type = 'reading.replayed') AS events
      FROM plans p WHERE user_id = ${person.userId} AND refresh_no = ${refreshNo}`
    expect(row).toMatchObject({
      state: 'pending',
      reason: 'reading.replayed',
      limits: { callMs: 5_000 },
      events: 1,
    })
    expect((await steps.refresh(person.userId, refreshNo, 9)).outcome).toBe('complete')
    expect(await moa.operatorPoison.list(bad, 10)).toEqual([])
    const audit = await moa.test.owner`
      SELECT actor, reason, details FROM audit WHERE action = 'poison.replay' AND user_key = ${person.userKey}`
    expect([...audit]).toEqual([
      {
        actor: 'kim',
        reason: 'mended',
        details: {
          before: { isSetAside: true, failed: SET_ASIDE_AFTER, step: 'applying' },
          after: { isSetAside: false, failed: 0 },
        },
      },
    ])
  })

  test('joins the refresh that is open, whose row had been settled', async () => {
    const [bad] = await makeBanks()
    const person = await poison(await steps.enrolWithConsents([bad]), bad)
    await moa.operatorPoison.replay({ institutionId: bad, userKey: person.userKey }, KIM)
    const [due] = (await moa.replayWatch.due()).filter(({ institutionId }) => institutionId === bad)
    expect(await moa.replays.replay(due!)).toMatchObject({ outcome: 'joined', refreshNo: person.refreshNo })
    await steps.collect(person.userId, person.refreshNo, bad, 5)
    expect((await steps.cutAndPublish(person.userId, person.refreshNo, 1)).outcome).toBe('complete')
  })

  test('of an institution puts back all that are set aside there, and nobody else', async () => {
    const [bad, other] = await makeBanks()
    const people = [
      await poison(await steps.enrolWithConsents([bad]), bad),
      await poison(await steps.enrolWithConsents([bad]), bad),
    ]
    const elsewhere = await poison(await steps.enrolWithConsents([other]), other)
    expect(await moa.operatorPoison.replay({ institutionId: bad, userKey: null }, KIM)).toEqual({
      replayed: 2,
      left: 0,
    })
    expect(await asideAt(bad)).toEqual([])
    expect(await asideAt(other)).toEqual([elsewhere.userKey])
    const due = (await moa.replayWatch.due()).filter(({ institutionId }) => institutionId === bad)
    expect(new Set(due.map(({ userId }) => userId))).toEqual(new Set(people.map(({ userId }) => userId)))
  })

  test('of what is not mended is set aside again, when it has failed as often again', async () => {
    const [bad] = await makeBanks()
    const person = await poison(await steps.enrolWithConsents([bad]), bad)
    await moa.operatorPoison.replay({ institutionId: bad, userKey: person.userKey }, KIM)
    for (const due of await moa.replayWatch.due())
      if (due.institutionId === bad) await moa.replays.replay(due)
    expect(await fail(person, bad)).not.toBeNull()
    expect(await asideAt(bad)).toEqual([])
    await moa.worker.refreshes.close(person.userId, person.refreshNo, 'incomplete', 'Unexpected')
    const next = { ...person, refreshNo: refreshOf(await steps.record(person.userId, VIEW)) }
    for (let k = 2; k <= SET_ASIDE_AFTER; k += 1) {
      await fail(next, bad)
      if (k < SET_ASIDE_AFTER) await steps.record(person.userId, BUTTON)
    }
    expect(await asideAt(bad)).toEqual([person.userKey])
  })
})
