import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { UserId } from '../../db/database.ts'
import { createTestMoa, makeGrant, type TestMoa } from './moa.ts'
import { BUTTON, createSteps, refreshOf, type Steps } from './support/person.ts'
import { brokenPromises } from './support/promises.ts'
import { makeReading } from './support/readings.ts'

const DAY_MS = 86_400_000
const WIDE = 'bank.list bank.deposit bank.loan'
const NARROW = 'bank.list bank.deposit'

let moa: TestMoa
let steps: Steps

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})

afterAll(async () => {
  await moa.close()
})

/** A person with A and B, both collected and shown. */
async function makePerson(scope = WIDE): Promise<UserId> {
  const { userId } = await steps.enrol(['A', 'B'])
  for (const id of ['A', 'B']) await moa.api.consents.grant(userId, makeGrant(id, { scope }))
  expect((await steps.refresh(userId, 1, 100)).outcome).toBe('complete')
  return userId
}

const consentOf = async (userId: UserId, institutionId = 'A') =>
  (await moa.api.consentList.one(userId, institutionId))!

const narrow = (userId: UserId, generation: number, scope = NARROW) =>
  moa.api.consentTerms.change(userId, 'A', { generation, scope })

const shownOf = async (userId: UserId): Promise<string[]> =>
  ((await moa.api.published.snapshot(userId, 'latest'))?.accounts ?? []).map(
    ({ institutionId }) => institutionId,
  )

describe('a narrower scope', () => {
  test('is a new generation of the same consent: nothing else of it changes, and its tokens go on', async () => {
    const userId = await makePerson()
    const before = await consentOf(userId)
    expect(await narrow(userId, 1)).toMatchObject({ outcome: 'changed', generation: 2 })
    expect(await consentOf(userId)).toMatchObject({
      generation: 2,
      state: 'active',
      scope: NARROW,
      purpose: before.purpose,
      endsAt: before.endsAt,
      isRegular: true,
    })
    expect(await moa.api.consentList.history(userId, 'A')).toMatchObject([
      { generation: 2, endedBecause: null },
      { generation: 1, endedBecause: 'narrowed', scope: WIDE },
    ])
    const { attempt } = await steps.beginReading(userId, 2, 'A')
    expect(attempt.leave.scope).toBe(NARROW)
    expect(await moa.worker.credentials.read({ userId, institutionId: 'A', generation: 2 })).toMatchObject({
      accessToken: expect.stringMatching(/^access-/),
    })
  })

  test('leaves nothing to be seen of what was held before, and is read anew', async () => {
    const userId = await makePerson()
    await narrow(userId, 1)
    expect(await shownOf(userId)).toEqual(['B'])
    const { ref, attempt } = await steps.beginReading(userId, 2, 'A')
    expect(attempt).toMatchObject({ apiType: 'user-consent', known: { accounts: [], marks: [] } })
    await steps.apply(ref, attempt, makeReading([{ name: 'A-1', amount: 300 }]))
    expect((await steps.cutAndPublish(userId, 2, 1)).outcome).toBe('complete')
    expect(await shownOf(userId)).toEqual(['A', 'B'])
    const surplus = await moa.test.owner`
      SELECT FROM balances WHERE user_id = ${userId} AND institution_id = 'A' AND introduced_seq = 1`
    expect(surplus.length).toBe(0)
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })

  test('is read anew or not: what it no longer covers is deleted with its user’s next purge', async () => {
    const userId = await makePerson()
    await narrow(userId, 1)
    const rowsOf = async (institutionId: string) =>
      (
        await moa.test.owner`
        SELECT FROM balances WHERE user_id = ${userId} AND institution_id = ${institutionId}`
      ).length
    expect([await rowsOf('A'), await rowsOf('B')]).toEqual([1, 1])
    while ((await moa.purging.step(userId)).state === 'more');
    expect([await rowsOf('A'), await rowsOf('B')]).toEqual([0, 1])
    await steps.collect(userId, 2, 'A', 300)
    expect((await steps.cutAndPublish(userId, 2, 1)).outcome).toBe('complete')
  })

  test('refuses what was being read in the wider one, and discards the cut that contains it', async () => {
    const userId = await makePerson()
    const refreshNo = refreshOf(await steps.record(userId, BUTTON))
    await moa.worker.refreshes.begin(userId, refreshNo, 'run')
    const snapshotNo = await steps.cutAndAnalyse(userId, refreshNo, 1)
    const { ref, attempt } = await steps.beginReading(userId, refreshNo, 'A')
    expect(await narrow(userId, 1)).toMatchObject({ read: { outcome: 'joined', refreshNo } })
    expect(await moa.worker.attempts.isStillWanted(ref, attempt.generation)).toBe(false)
    await expect(
      steps.apply(ref, attempt, makeReading([{ name: 'A-1', amount: 200 }])),
    ).rejects.toMatchObject({ type: 'Superseded' })
    expect(await moa.worker.cuts.publish(userId, snapshotNo)).toEqual({ outcome: 'discarded' })
    expect(await steps.roundOf(userId, refreshNo, 'A')).toBe(ref.round + 1)
  })

  test('of a consent that waits for its user is read by nobody', async () => {
    const userId = await makePerson()
    const { ref } = await steps.beginReading(userId, refreshOf(await steps.record(userId, BUTTON)), 'A')
    await moa.worker.attempts.fail(ref, 'CredentialsRejected', null)
    expect(await narrow(userId, 1)).toMatchObject({ read: { outcome: 'rejected' } })
    expect(await consentOf(userId)).toMatchObject({
      state: 'needs_user',
      needsUserBecause: 'CredentialsRejected',
      scope: NARROW,
    })
    await expect(moa.worker.attempts.begin(ref)).rejects.toMatchObject({ type: 'Superseded' })
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })

  test('that is wider, or of a consent that has moved on, ended or never was, changes nothing', async () => {
    const userId = await makePerson(NARROW)
    expect(await narrow(userId, 1, WIDE)).toEqual({ outcome: 'wider' })
    expect(await narrow(userId, 1, 'bank.list bank.loan')).toEqual({ outcome: 'wider' })
    expect(await narrow(userId, 2, 'bank.list')).toEqual({ outcome: 'moved' })
    expect(await moa.api.consentTerms.change(userId, 'Z', { generation: 1 })).toEqual({ outcome: 'none' })
    expect(await consentOf(userId)).toMatchObject({ generation: 1, scope: NARROW })
    await moa.api.consents.fenceRevoked(userId, 'A', false)
    expect(await narrow(userId, 2, 'bank.list')).toEqual({ outcome: 'ended' })
  })

  test('by two at once holds for the first; the second is told to look again', async () => {
    const userId = await makePerson()
    const answers = await Promise.all([narrow(userId, 1), narrow(userId, 1, 'bank.list')])
    expect(answers.map(({ outcome }) => outcome).toSorted()).toEqual(['changed', 'moved'])
    expect((await consentOf(userId)).generation).toBe(2)
  })

  test('that comes with a new authorization leaves nothing of the wider one either', async () => {
    const userId = await makePerson()
    await moa.api.consents.grant(userId, makeGrant('A', { scope: NARROW }))
    expect(await shownOf(userId)).toEqual(['B'])
    const { attempt } = await steps.beginReading(userId, 2, 'A')
    expect(attempt).toMatchObject({ apiType: 'user-consent', known: { accounts: [], marks: [] } })
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })

  test('is no narrower for being written otherwise', async () => {
    const userId = await makePerson()
    expect(await narrow(userId, 1, 'bank.loan bank.list bank.deposit')).toEqual({
      outcome: 'changed',
      generation: 1,
      read: null,
    })
    expect(await shownOf(userId)).toEqual(['A', 'B'])
  })
})

describe('a cycle of one institution', () => {
  const aged = (userId: UserId, days: number) => moa.test.owner`
    UPDATE collections SET as_of = as_of - ${days} * interval '1 day' WHERE user_id = ${userId}`

  /** What a refresh reads that is about B, when all that is stored is so many days old. */
  async function planned(cycleDays: number | null, days: number) {
    const userId = await makePerson()
    const cycleMs = cycleDays === null ? null : cycleDays * DAY_MS
    await moa.api.consentTerms.change(userId, 'A', { generation: 1, cycleMs })
    await aged(userId, days)
    const answer = await steps
      .record(userId, 'assets.detail_viewed', 'B')
      .then((first) => (first.outcome === 'fresh' ? moa.api.consents.grant(userId, makeGrant('B')) : first))
    const plan = await moa.worker.refreshes.begin(userId, refreshOf(answer), 'run')
    if (plan.state === 'closed') throw new Error('the refresh is closed')
    return {
      userId,
      refreshNo: refreshOf(answer),
      reads: plan.readings.map(({ institutionId }) => institutionId),
    }
  }

  test.each([
    ['longer than the user’s: what is younger is not read', 31, 20, ['B']],
    ['longer than the user’s: what is older is', 31, 32, ['A', 'B']],
    ['that is not chosen: it is the user’s, a week', null, 8, ['A', 'B']],
    ['as short as it may be', 7, 6, ['B']],
  ])('%s', async (_, cycleDays, days, reads) => {
    expect((await planned(cycleDays, days)).reads).toEqual(reads)
  })

  test('decides what is fresh: a snapshot with older data of it is complete, where that was chosen', async () => {
    const { userId, refreshNo } = await planned(31, 20)
    await steps.collect(userId, refreshNo, 'B', 200)
    expect((await steps.cutAndPublish(userId, refreshNo, 1)).outcome).toBe('complete')
  })

  test('that changes while a refresh is open changes nothing of that one', async () => {
    const { userId, refreshNo } = await planned(31, 20)
    await moa.api.consentTerms.change(userId, 'A', { generation: 1, cycleMs: 7 * DAY_MS })
    await steps.collect(userId, refreshNo, 'B', 200)
    expect((await steps.cutAndPublish(userId, refreshNo, 1)).outcome).toBe('complete')
  })

  test('outside of a week to a month is refused by the database itself', async () => {
    const userId = await makePerson()
    for (const days of [6, 32]) {
      const change = { generation: 1, cycleMs: days * DAY_MS }
      await expect(moa.api.consentTerms.change(userId, 'A', change)).rejects.toThrow('23514')
    }
  })
})
