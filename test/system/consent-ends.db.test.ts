import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { UserId } from '../../db/database.ts'
import { createTestMoa, makeGrant, type TestMoa } from './moa.ts'
import { BUTTON, createSteps, refreshOf, type Steps } from './support/person.ts'
import { brokenPromises } from './support/promises.ts'

const DAY_MS = 86_400_000

let moa: TestMoa
let steps: Steps

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})

afterAll(async () => {
  await moa.close()
})

/** A person with A and B, both shown; A was agreed to for a year and ends in so many days. */
async function makePerson(daysLeft: number): Promise<UserId> {
  const { userId } = await steps.enrol(['A', 'B'])
  for (const id of ['A', 'B']) await moa.api.consents.grant(userId, makeGrant(id))
  expect((await steps.refresh(userId, 1, 100)).outcome).toBe('complete')
  await endsIn(userId, daysLeft)
  return userId
}

const endsIn = (userId: UserId, days: number) => moa.test.owner`
  UPDATE consents SET ends_at = now() + ${days}::float8 * interval '1 day',
    granted_at = now() + (${days}::float8 - 365) * interval '1 day'
  WHERE user_id = ${userId} AND institution_id = 'A' AND ended_at IS NULL`

const consentOf = async (userId: UserId) => (await moa.api.consentList.one(userId, 'A'))!
const daysTold = async (userId: UserId) => (await consentOf(userId)).notices.map(({ days }) => days)
const dueOf = async (userId: UserId) => (await moa.consentWatch.due()).filter((due) => due.userId === userId)
const refOf = (userId: UserId, generation = 1) => ({ userId, institutionId: 'A', generation })

describe('a notice', () => {
  test('is due at thirty, seven and one days, and is written once', async () => {
    const userId = await makePerson(31)
    expect(await dueOf(userId)).toEqual([])
    for (const days of [30, 7, 1]) {
      await endsIn(userId, days - 0.01)
      expect(await dueOf(userId)).toEqual([{ ...refOf(userId), isOver: false }])
      expect(await moa.consentEnds.notice(refOf(userId))).toBe(days)
      expect(await moa.consentEnds.notice(refOf(userId))).toBeNull()
      expect(await dueOf(userId)).toEqual([])
    }
    expect(await daysTold(userId)).toEqual([30, 7, 1])
  })

  test('is written once, however many write it at once', async () => {
    const userId = await makePerson(5)
    const told = await Promise.all(Array.from({ length: 8 }, () => moa.consentEnds.notice(refOf(userId))))
    expect(told.filter((days) => days !== null)).toEqual([7])
  })

  test('that was missed is not told beside the next one', async () => {
    const userId = await makePerson(3)
    expect(await moa.consentEnds.notice(refOf(userId))).toBe(7)
    expect(await dueOf(userId)).toEqual([])
  })

  test('is told of no consent that has ended or was renewed', async () => {
    const userId = await makePerson(5)
    await moa.api.consents.grant(userId, makeGrant('A'))
    expect(await moa.consentEnds.notice(refOf(userId))).toBeNull()
    await endsIn(userId, 5)
    await moa.api.consents.fenceRevoked(userId, 'A', false)
    expect(await dueOf(userId)).toEqual([])
    for (const generation of [2, 3])
      expect(await moa.consentEnds.notice(refOf(userId, generation))).toBeNull()
    expect(await daysTold(userId)).toEqual([])
  })
})

describe('a consent whose time is over', () => {
  test('is due, and ends as its user’s own revocation would: without its data, which nobody asked to delete', async () => {
    const userId = await makePerson(1)
    const refreshNo = refreshOf(await steps.record(userId, BUTTON))
    const { ref, attempt } = await steps.beginReading(userId, refreshNo, 'A')
    await endsIn(userId, -0.001)
    expect(await dueOf(userId)).toEqual([{ ...refOf(userId), isOver: true }])
    expect(await moa.consentEnds.expire(refOf(userId))).toBe(true)
    expect(await consentOf(userId)).toMatchObject({ state: 'ended', endedBecause: 'expired' })
    expect(await moa.worker.attempts.isStillWanted(ref, attempt.generation)).toBe(false)
    const [kept] = await moa.test.owner<{ erased: number; state: string; generation: number }[]>`
      SELECT ui.erased_seq AS erased, p.state, ui.generation FROM user_institutions ui
      JOIN plans p USING (user_id, institution_id)
      WHERE ui.user_id = ${userId} AND ui.institution_id = 'A' AND p.refresh_no = ${refreshNo}`
    expect(kept).toEqual({ erased: 0, state: 'withdrawn', generation: 2 })
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })

  test('ends once, and never before its time', async () => {
    const userId = await makePerson(1)
    expect(await moa.consentEnds.expire(refOf(userId))).toBe(false)
    await endsIn(userId, -1)
    const ended = await Promise.all(Array.from({ length: 8 }, () => moa.consentEnds.expire(refOf(userId))))
    expect(ended.filter(Boolean)).toHaveLength(1)
    expect(await dueOf(userId)).toEqual([])
    const ends = await moa.test.owner`
      SELECT because, with_deletion AS "withDeletion", state FROM revocations WHERE user_id = ${userId}`
    expect([...ends]).toEqual([{ because: 'expired', withDeletion: false, state: 'requested' }])
    const audit = await moa.test.owner`
      SELECT actor, action FROM audit JOIN users USING (user_key)
      WHERE user_id = ${userId} AND action LIKE 'consent.%' AND actor = 'worker'`
    expect(audit).toHaveLength(1)
  })

  test('that was renewed in the same moment stands', async () => {
    const userId = await makePerson(-1)
    await moa.api.consents.grant(userId, makeGrant('A'))
    expect(await moa.consentEnds.expire(refOf(userId))).toBe(false)
    expect(await consentOf(userId)).toMatchObject({ state: 'active', generation: 2 })
  })
})

describe('a reading that is told that the consent has ended', () => {
  const toldSo = async (userId: UserId) => {
    const { ref } = await steps.beginReading(userId, refreshOf(await steps.record(userId, BUTTON)), 'A')
    return { ref, settled: await moa.worker.attempts.fail(ref, 'ConsentEnded', null) }
  }

  test.each([
    ['before its end: its user withdrew it there', 5, 'withdrawn'],
    ['after it: it has expired', -1, 'expired'],
  ])('ends it here as well; %s', async (_, days, because) => {
    const userId = await makePerson(days)
    const { settled } = await toldSo(userId)
    expect(settled).toEqual({ isSettled: true, waitMs: null })
    expect(await consentOf(userId)).toMatchObject({ state: 'ended', endedBecause: because })
    expect(
      await moa.test.owner`
      SELECT FROM credentials WHERE user_id = ${userId} AND institution_id = 'A'`,
    ).toHaveLength(0)
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })

  test('says nothing of the consent that was given since', async () => {
    const userId = await makePerson(5)
    const { ref } = await steps.beginReading(userId, refreshOf(await steps.record(userId, BUTTON)), 'A')
    await moa.api.consents.grant(userId, makeGrant('A'))
    expect(await moa.worker.attempts.fail(ref, 'ConsentEnded', null)).toMatchObject({ isSettled: false })
    expect(await consentOf(userId)).toMatchObject({ state: 'active', generation: 2 })
  })
})

test('nobody is looked for among those who have years', async () => {
  const userId = await makePerson(400)
  expect(await dueOf(userId)).toEqual([])
  expect((await consentOf(userId)).endsAt.getTime()).toBeGreaterThan(Date.now() + 399 * DAY_MS)
})
