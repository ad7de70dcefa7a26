import { randomBytes } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { Database } from '../../db/database.ts'
import { createOperatorAudit } from '../../db/operator-audit.ts'
import { createOperatorOverview } from '../../db/operator-overview.ts'
import {
  createOperatorRefreshes,
  type OperatorRefreshes,
  type RefreshCursor,
  type RefreshFilter,
} from '../../db/operator-refreshes.ts'
import { createOperatorStory, isShortened } from '../../db/operator-story.ts'
import type { FailureName } from '../../domain/failures.ts'
import { createTestMoa, type TestMoa } from './moa.ts'
import { BUTTON, createSteps, refreshOf, type Steps, VIEW } from './support/person.ts'

let moa: TestMoa
let database: Database
let steps: Steps
let refreshes: OperatorRefreshes

beforeAll(async () => {
  moa = await createTestMoa()
  database = moa.databases.operator
  steps = createSteps(moa)
  refreshes = createOperatorRefreshes(database)
})

afterAll(() => moa.close())

const anything: RefreshFilter = {
  states: [],
  institutionId: null,
  failure: null,
  olderThanMs: null,
  waitingFor: null,
  userKey: null,
}

const find = (filter: Partial<RefreshFilter>, limit = 100, after: RefreshCursor | null = null) =>
  refreshes.find({ ...anything, ...filter }, limit, after)

/** Institutions of one test, so that no other test's people are found at them. */
const makeBanks = (count: number): string[] =>
  Array.from({ length: count }, () => `B${randomBytes(4).toString('hex')}`)

/** A reading whose quick tries have failed, as a run would settle it; answers when it is tried again. */
async function failReading(
  userId: number,
  refreshNo: number,
  institutionId: string,
  failure: FailureName,
): Promise<Date | null> {
  const { ref, attempt } = await steps.beginReading(userId, refreshNo, institutionId)
  await moa.worker.attempts.end(ref, attempt.attempt, { outcome: 'failed', failure, calls: 2 })
  await moa.worker.attempts.fail(ref, failure, null)
  const [row] = await moa.test.owner<{ nextTryAt: Date | null }[]>`
    SELECT next_try_at AS "nextTryAt" FROM plans
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND institution_id = ${institutionId}`
  return row!.nextTryAt
}

/** Somebody with an open refresh whose run has begun. */
async function startSomebody(institutionIds: readonly string[]) {
  const person = await steps.enrolWithConsents(institutionIds)
  await moa.worker.refreshes.begin(person.userId, person.refreshNo, 'run-1')
  return person
}

describe('the list', () => {
  test('finds refreshes by state, institution, failure, age, user and what they wait for', async () => {
    const [A, B] = makeBanks(2) as [string, string]
    const slow = await startSomebody([A, B])
    await steps.collect(slow.userId, slow.refreshNo, A, 5)
    await failReading(slow.userId, slow.refreshNo, B, 'InstitutionTooSlow')
    const fine = await startSomebody([A])
    await steps.refresh(fine.userId, fine.refreshNo, 5)

    const found = async (filter: Partial<RefreshFilter>) =>
      (await find(filter))
        .map(({ userKey }) => userKey)
        .filter((key) => [slow.userKey, fine.userKey].includes(key))
    expect(await found({ institutionId: A })).toEqual([fine.userKey, slow.userKey])
    expect(await found({ institutionId: B })).toEqual([slow.userKey])
    expect(await found({ institutionId: A, states: ['succeeded'] })).toEqual([fine.userKey])
    expect(await found({ failure: 'InstitutionTooSlow' })).toEqual([slow.userKey])
    expect(await found({ institutionId: A, failure: 'InstitutionTooSlow' })).toEqual([])
    expect(await found({ waitingFor: B })).toEqual([slow.userKey])
    expect(await found({ waitingFor: A })).toEqual([])
    expect(await found({ userKey: fine.userKey })).toEqual([fine.userKey])
    expect(await found({ userKey: 'nobody' })).toEqual([])
    expect(await found({ institutionId: A, olderThanMs: 3_600_000 })).toEqual([])
    await moa.test.owner`
      UPDATE refreshes SET opened_at = opened_at - interval '2 hours' WHERE user_id = ${slow.userId}`
    expect(await found({ institutionId: A, olderThanMs: 3_600_000 })).toEqual([slow.userKey])
  })

  test('says of each how its institutions stand and what failed, and names its user by the key alone', async () => {
    const [A, B] = makeBanks(2) as [string, string]
    const person = await startSomebody([A, B])
    const nextTryAt = await failReading(person.userId, person.refreshNo, B, 'RateLimited')
    expect(nextTryAt).not.toBeNull()
    const [head] = await find({ userKey: person.userKey })
    expect(head).toEqual({
      userKey: person.userKey,
      refreshNo: person.refreshNo,
      state: 'running',
      reason: 'consent.granted',
      openedAt: expect.any(Date),
      closedAt: null,
      closedBecause: null,
      ageMs: expect.any(Number),
      institutions: { pending: 1, failed: 1 },
      failed: [{ institutionId: B, failure: 'RateLimited', nextTryAt }],
    })
    expect(head!.ageMs).toBeLessThan(60_000)
  })

  test('page by page names each once, also those opened in the same millisecond, and while others come', async () => {
    const [A] = makeBanks(1) as [string]
    const people = []
    for (let no = 0; no < 7; no += 1) people.push(await startSomebody([A]))
    await moa.test.owner`
      UPDATE refreshes SET opened_at = '2026-01-01T00:00:00.123Z' WHERE user_id = ANY (${people.map((p) => p.userId)})`
    const seen: string[] = []
    let after: RefreshCursor | null = null
    for (let page = 0; page < 4; page += 1) {
      const heads = await find({ institutionId: A }, 2, after)
      seen.push(...heads.map(({ userKey }) => userKey))
      after = heads.at(-1)!
      await startSomebody([A])
    }
    expect(seen.toSorted()).toEqual(people.map(({ userKey }) => userKey).toSorted())
    // A user who is gone since leaves a cursor behind: what was opened earlier still follows.
    await moa.test.owner`
      UPDATE refreshes SET opened_at = '2025-01-01T00:00:00Z' WHERE user_id = ${people[0]!.userId}`
    const earlier = await find({ institutionId: A }, 9, { ...after!, userKey: 'gone' })
    expect(earlier.map(({ userKey }) => userKey)).toEqual([people[0]!.userKey])
  })

  test('finds whom a key names, and nobody by any other', async () => {
    const { userId, userKey } = await startSomebody(makeBanks(1))
    expect(await refreshes.userIdOf(userKey)).toBe(userId)
    expect(await refreshes.userIdOf('nobody')).toBeNull()
  })
})

test('the overview counts what is open however old it is, and of what is closed only what is recent', async () => {
  const overview = createOperatorOverview(database)
  const countsOf = async (institutionId: string) => {
    const { states, failures } = await overview.look(3_600_000)
    const count = (state: string) => states.find((row) => row.state === state)?.refreshes ?? 0
    const failed = failures.filter((row) => row.institutionId === institutionId)
    return {
      running: count('running'),
      succeeded: count('succeeded'),
      incomplete: count('incomplete'),
      failed,
    }
  }
  const [A] = makeBanks(1) as [string]
  const before = await countsOf(A)
  expect(before.failed).toEqual([])

  const open = await startSomebody([A])
  const nextTryAt = await failReading(open.userId, open.refreshNo, A, 'InstitutionUnavailable')
  const ended = await startSomebody([A])
  await failReading(ended.userId, ended.refreshNo, A, 'InstitutionUnavailable')
  await moa.worker.refreshes.close(ended.userId, ended.refreshNo, 'incomplete', 'InstitutionUnavailable')
  const row = { institutionId: A, name: `Bank ${A}`, failure: 'InstitutionUnavailable', open: 1, nextTryAt }
  expect(await countsOf(A)).toEqual({
    ...before,
    running: before.running + 1,
    incomplete: before.incomplete + 1,
    failed: [{ ...row, refreshes: 2 }],
  })

  await moa.test.owner`
    UPDATE refreshes SET opened_at = opened_at - interval '2 hours' WHERE user_id = ANY (${[open.userId, ended.userId]})`
  expect(await countsOf(A)).toEqual({
    ...before,
    running: before.running + 1,
    failed: [{ ...row, refreshes: 1 }],
  })
})

describe('the story of a refresh', () => {
  const story = (userKey: string, refreshNo: number) => createOperatorStory(database).of(userKey, refreshNo)

  test('holds what opened and joined it, every attempt, every snapshot with what it lacked, and its end', async () => {
    const [A, B] = makeBanks(2) as [string, string]
    const { userId, userKey, refreshNo } = await startSomebody([A, B])
    await steps.collect(userId, refreshNo, A, 5)
    await failReading(userId, refreshNo, B, 'InstitutionTooSlow')
    await steps.cutAndPublish(userId, refreshNo, 1)
    expect(refreshOf(await steps.record(userId, BUTTON))).toBe(refreshNo)
    await steps.record(userId, VIEW)
    await steps.collect(userId, refreshNo, A, 6)
    await steps.collect(userId, refreshNo, B, 6)
    await steps.cutAndPublish(userId, refreshNo, 2)

    const told = (await story(userKey, refreshNo))!
    expect(told.refresh).toMatchObject({ userKey, refreshNo, state: 'succeeded', runId: 'run-1' })
    expect(told.events.map(({ type, outcome }) => `${outcome} ${type}`)).toEqual([
      'started consent.granted',
      'joined consent.granted',
      `joined ${BUTTON}`,
      `joined ${VIEW}`,
    ])
    expect(told.plan.map(({ institutionId, state }) => `${institutionId} ${state}`).toSorted()).toEqual(
      [`${A} collected`, `${B} collected`].toSorted(),
    )
    expect(
      told.attempts
        .filter(({ institutionId }) => institutionId === B)
        .map(({ outcome, failure }) => [outcome, failure]),
    ).toEqual([
      ['failed', 'InstitutionTooSlow'],
      ['changed', null],
    ])
    expect(told.snapshots.map(({ cutNo, status, lacking }) => ({ cutNo, status, lacking }))).toEqual([
      {
        cutNo: 1,
        status: 'partial',
        lacking: [
          { institutionId: B, state: 'absent', reason: 'InstitutionTooSlow', isRequired: true, asOf: null },
        ],
      },
      { cutNo: 2, status: 'complete', lacking: [] },
    ])
    expect(isShortened(told)).toBe(false)
  })

  test('holds the orders about it, and what was said of its institutions while it was open; no others', async () => {
    const [A, B, C] = makeBanks(3) as [string, string, string]
    const person = await startSomebody([A, B])
    const other = await startSomebody([A])
    await failReading(person.userId, person.refreshNo, B, 'InstitutionTooSlow')
    const order = { institutionIds: [B], by: 'kim', why: 'a test', via: 'operator' } as const
    await moa.institutionOrders.recovered(B, 'lee', 'it answers again')
    await moa.institutionOrders.recovered(C, 'lee', 'this one, too')
    await moa.orders.give(person.userId, person.refreshNo, { ...order, verb: 'resume' })
    await moa.orders.give(person.userId, person.refreshNo, { ...order, verb: 'cancel', institutionIds: null })
    await moa.orders.give(person.userId, person.refreshNo + 1, { ...order, verb: 'resume' })
    await moa.institutionOrders.recovered(B, 'lee', 'after its end')

    const told = (await story(person.userKey, person.refreshNo))!
    expect(told.orders.map(({ action, actor, reason }) => `${actor}: ${action}, ${reason}`)).toEqual([
      'lee: institution.recovered, it answers again',
      'kim: refresh.resume, a test',
      'kim: refresh.cancel, a test',
    ])
    expect(told.orders[1]).toMatchObject({
      institutionId: B,
      details: { outcome: 'done', before: { plan: { [B]: 'failed: InstitutionTooSlow' } } },
    })
    expect((await story(other.userKey, other.refreshNo))!.orders).toEqual([])
  })

  test('writes every instant as the others, so that two of them can be compared', async () => {
    const { userId, userKey, refreshNo } = await startSomebody(makeBanks(1))
    await moa.test.owner`
      UPDATE refreshes SET opened_at = '2026-01-01T00:00:00Z', deadline = '2026-01-01T00:00:00.1Z' WHERE user_id = ${userId}`
    const told = (await story(userKey, refreshNo))!
    expect(told.refresh.openedAt).toBe('2026-01-01T00:00:00.000Z')
    expect(told.refresh.deadline).toBe('2026-01-01T00:00:00.100Z')
    expect(told.now).toBe(new Date(told.now).toISOString())
  })

  test('is nobody’s but the refresh’s own: another number and another key find nothing', async () => {
    const { userKey, refreshNo } = await startSomebody(makeBanks(1))
    expect(await story(userKey, refreshNo + 1)).toBeNull()
    expect(await story('nobody', refreshNo)).toBeNull()
  })
})

test('an act is kept with the address it came from', async () => {
  const { userId, userKey } = await steps.enrol([])
  const order = { verb: 'cancel', institutionIds: null, by: 'kim', why: 'a test', via: 'operator' } as const
  await moa.orders.give(userId, 1, { ...order, place: '203.0.113.7' })
  await moa.institutionOrders.recovered('A', 'lee', 'from elsewhere', '203.0.113.8')
  const rows = await moa.test.owner<{ place: string }[]>`
    SELECT place FROM audit WHERE user_key = ${userKey} OR reason = 'from elsewhere' ORDER BY audit_no`
  expect(rows.map(({ place }) => place)).toEqual(['203.0.113.7', '203.0.113.8'])
})

test('the audit is read newest first, page by page, by whom, what, whose and where', async () => {
  const audit = createOperatorAudit(database)
  const actor = `kim-${randomBytes(4).toString('hex')}`
  await moa.test.owner`
    INSERT INTO audit (actor, action, user_key, institution_id, reason, details) VALUES
      (${actor}, 'refresh.cancel', 'one', NULL, 'first', '{"outcome":"done"}'),
      (${actor}, 'refresh.resume', 'two', 'A', 'second', '{}'),
      (${actor}, 'refresh.cancel', 'two', NULL, 'third', '{}')`
  const none = { userKey: null, actor, action: null, institutionId: null }
  const reasons = async (filter: Partial<typeof none> | object, before: number | null = null, limit = 10) =>
    (await audit.list({ ...none, ...filter }, limit, before)).map(({ reason }) => reason)
  expect(await reasons({})).toEqual(['third', 'second', 'first'])
  expect(await reasons({ userKey: 'two' })).toEqual(['third', 'second'])
  expect(await reasons({ action: 'refresh.cancel' })).toEqual(['third', 'first'])
  expect(await reasons({ institutionId: 'A' })).toEqual(['second'])
  expect(await reasons({ actor: 'nobody' })).toEqual([])
  const [newest] = await audit.list({ ...none }, 1, null)
  expect(await reasons({}, newest!.auditNo)).toEqual(['second', 'first'])
  expect((await audit.list({ ...none }, 10, null)).at(-1)).toMatchObject({ details: { outcome: 'done' } })
})
