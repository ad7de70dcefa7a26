import { inspect } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { UserId } from '../../db/database.ts'
import { createTestMoa, makeGrant, type TestMoa } from './moa.ts'
import { BUTTON, createSteps, refreshOf, type Steps } from './support/person.ts'
import { brokenPromises } from './support/promises.ts'
import { makeReading, makeUnchangedReading } from './support/readings.ts'

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
async function makePerson(): Promise<{ userId: UserId; snapshotNo: number }> {
  const { userId, refreshNo } = await steps.enrolWithConsents(['A', 'B'])
  const { snapshotNo, outcome } = await steps.refresh(userId, refreshNo, 100)
  expect(outcome).toBe('complete')
  return { userId, snapshotNo }
}

const grant = async (userId: UserId, institutionId: string) =>
  refreshOf(await moa.api.consents.grant(userId, makeGrant(institutionId)))

async function consentOf(userId: UserId, institutionId: string) {
  const [row] = await moa.test.owner<
    { generation: number; state: string; currentSeq: number; erasedSeq: number }[]
  >`
    SELECT generation, consent_state AS state, current_seq AS "currentSeq", erased_seq AS "erasedSeq"
    FROM user_institutions WHERE user_id = ${userId} AND institution_id = ${institutionId}`
  return row!
}

async function rowOf(userId: UserId, refreshNo: number, institutionId: string) {
  const [row] = await moa.test.owner<{ state: string; round: number; generation: number; unseen: boolean }[]>`
    SELECT state, round, generation, unseen FROM plans
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND institution_id = ${institutionId}`
  return row!
}

async function shownOf(userId: UserId): Promise<Record<string, string>> {
  const snapshot = await moa.api.published.snapshot(userId, 'latest')
  return Object.fromEntries(
    (snapshot?.accounts ?? []).map(({ institutionId, balances }) => [institutionId, balances[0]!.amount]),
  )
}

const button = async (userId: UserId) => refreshOf(await steps.record(userId, BUTTON))

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

describe('a grant', () => {
  test('opens a refresh with a reading of what was granted', async () => {
    const { userId } = await steps.enrol(['A'])
    const refreshNo = await grant(userId, 'A')
    expect(await consentOf(userId, 'A')).toMatchObject({ generation: 1, state: 'active' })
    expect(await rowOf(userId, refreshNo, 'A')).toMatchObject({ state: 'pending', round: 1, generation: 1 })
  })

  test('again moves the generation and opens the next round of a reading in flight, which then is refused', async () => {
    const { userId } = await makePerson()
    const refreshNo = await button(userId)
    const { ref, attempt } = await steps.beginReading(userId, refreshNo, 'A')
    expect(await grant(userId, 'A')).toBe(refreshNo)
    expect(await consentOf(userId, 'A')).toMatchObject({ generation: 2, state: 'active' })
    expect(await rowOf(userId, refreshNo, 'A')).toMatchObject({
      state: 'pending',
      round: 2,
      generation: 2,
      unseen: true,
    })
    expect(
      await failureOf(steps.apply(ref, attempt, makeReading([{ name: 'A-1', amount: 200 }]))),
    ).toMatchObject({ type: 'Superseded' })
    expect(await shownOf(userId)).toEqual({ A: '100', B: '100' })
  })

  test('again keeps showing what was read before, never as fresh, until it is read anew', async () => {
    const { userId } = await makePerson()
    const refreshNo = await grant(userId, 'A')
    expect((await steps.cutAndPublish(userId, refreshNo, 1)).outcome).toBe('partial')
    expect(await shownOf(userId)).toEqual({ A: '100', B: '100' })
    const latest = await moa.api.published.snapshot(userId, 'latest')
    expect(latest!.coverage[0]).toMatchObject({
      institutionId: 'A',
      state: 'carried_over',
      reason: 'still_reading',
    })
    await steps.collect(userId, refreshNo, 'A', 300)
    expect((await steps.cutAndPublish(userId, refreshNo, 2)).outcome).toBe('complete')
    expect(await shownOf(userId)).toEqual({ A: '300', B: '100' })
  })

  test('after credentials were refused asks no one to wait for the old ones', async () => {
    const { userId } = await makePerson()
    const first = await button(userId)
    const { ref } = await steps.beginReading(userId, first, 'A')
    expect(await moa.worker.attempts.fail(ref, 'CredentialsRejected', null)).toEqual({
      isSettled: true,
      waitMs: null,
    })
    expect(await consentOf(userId, 'A')).toMatchObject({ generation: 1, state: 'needs_user' })
    expect(await grant(userId, 'A')).toBe(first)
    expect(await consentOf(userId, 'A')).toMatchObject({ generation: 2, state: 'active' })
    // What the old credentials still have to say is not said of the new ones.
    expect(await moa.worker.attempts.fail(ref, 'CredentialsRejected', null)).toMatchObject({
      isSettled: false,
    })
    expect(await consentOf(userId, 'A')).toMatchObject({ state: 'active' })
  })
})

describe('the fence of a revocation', () => {
  test('withdraws the reading of an open refresh and refuses what had begun', async () => {
    const { userId } = await makePerson()
    const refreshNo = await button(userId)
    const { ref, attempt } = await steps.beginReading(userId, refreshNo, 'A')
    await moa.api.consents.fenceRevoked(userId, 'A', false)
    expect(await consentOf(userId, 'A')).toMatchObject({ generation: 2, state: 'ended', erasedSeq: 0 })
    expect(await rowOf(userId, refreshNo, 'A')).toMatchObject({ state: 'withdrawn', unseen: true })
    const late = steps.apply(ref, attempt, makeReading([{ name: 'A-1', amount: 200 }]))
    expect(await failureOf(late)).toMatchObject({ type: 'Superseded' })
    expect(await failureOf(moa.worker.attempts.begin(ref))).toMatchObject({ type: 'Superseded' })
    expect(await moa.worker.attempts.isStillWanted(ref, attempt.generation)).toBe(false)
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })

  test('lets the refresh of the others go on to be complete', async () => {
    const { userId } = await makePerson()
    const refreshNo = await button(userId)
    await moa.api.consents.fenceRevoked(userId, 'A', true)
    await steps.collect(userId, refreshNo, 'B', 200)
    expect((await steps.cutAndPublish(userId, refreshNo, 1)).outcome).toBe('complete')
    expect(await shownOf(userId)).toEqual({ B: '200' })
  })

  test('discards a cut in the making: neither analysis nor publication of it comes through', async () => {
    const { userId } = await makePerson()
    const refreshNo = await button(userId)
    const snapshotNo = await steps.cutAndAnalyse(userId, refreshNo, 1)
    await moa.api.consents.fenceRevoked(userId, 'B', true)
    expect(await moa.worker.cuts.publish(userId, snapshotNo)).toEqual({ outcome: 'discarded' })
    expect(
      await failureOf(moa.worker.classifications.classifyCut(userId, snapshotNo, () => [], 1)),
    ).toMatchObject({ type: 'Superseded' })
    expect(await failureOf(moa.worker.analyses.analyseCut(userId, snapshotNo, () => []))).toMatchObject({
      type: 'Superseded',
    })
  })

  test('with deletion: from then on no read shows the institution, and no analysis that contained it is left', async () => {
    const { userId, snapshotNo } = await makePerson()
    await moa.api.consents.fenceRevoked(userId, 'A', true)
    for (const view of ['latest', 'complete'] as const) {
      const snapshot = await moa.api.published.snapshot(userId, view)
      expect(snapshot!.accounts.map(({ institutionId }) => institutionId)).toEqual(['B'])
      expect(snapshot!.coverage[0]).toMatchObject({
        institutionId: 'A',
        state: 'absent',
        reason: 'ConsentEnded',
        isRequired: false,
      })
    }
    const rows = await moa.api.published.transactions(userId, 'latest', 100, null)
    expect(rows!.rows.filter(({ institutionId }) => institutionId === 'A')).toEqual([])
    const documents = await moa.test.owner`
      SELECT FROM analyses WHERE user_id = ${userId} AND snapshot_no = ${snapshotNo}`
    expect(documents.length).toBe(0)
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })

  test('without deletion: from then on no read shows it either, and the next snapshot is without it', async () => {
    const { userId } = await makePerson()
    await moa.api.consents.fenceRevoked(userId, 'A', false)
    expect(await shownOf(userId)).toEqual({ B: '100' })
    const refreshNo = await button(userId)
    await steps.refresh(userId, refreshNo, 200)
    expect(await shownOf(userId)).toEqual({ B: '200' })
  })

  test('without deletion first: a deletion that is asked for later is not forgotten', async () => {
    const { userId } = await makePerson()
    await moa.api.consents.fenceRevoked(userId, 'A', false)
    await moa.api.consents.fenceRevoked(userId, 'A', true)
    expect(await consentOf(userId, 'A')).toMatchObject({ currentSeq: 1, erasedSeq: 1 })
    expect(await shownOf(userId)).toEqual({ B: '100' })
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })

  test('twice is once', async () => {
    const { userId } = await makePerson()
    await moa.api.consents.fenceRevoked(userId, 'A', true)
    const after = await consentOf(userId, 'A')
    await moa.api.consents.fenceRevoked(userId, 'A', true)
    expect(await consentOf(userId, 'A')).toEqual(after)
  })

  test('of what was never granted is refused by name', async () => {
    const { userId } = await steps.enrolWithConsents(['A'])
    expect(await failureOf(moa.api.consents.fenceRevoked(userId, 'B', true))).toMatchObject({
      type: 'ConsentEnded',
    })
  })
})

describe('a grant after a deletion', () => {
  test('collects anew: nothing erased is known, asked by, or kept as unchanged', async () => {
    const { userId } = await makePerson()
    await moa.api.consents.fenceRevoked(userId, 'A', true)
    const refreshNo = await grant(userId, 'A')
    const { ref, attempt } = await steps.beginReading(userId, refreshNo, 'A')
    expect(attempt.known).toEqual({ accounts: [], marks: [] })
    // The same rows as were erased.
    const applied = await steps.apply(ref, attempt, makeReading([{ name: 'A-1', amount: 100 }]))
    expect(applied).toMatchObject({ outcome: 'changed', introduced: 2 })
    const { erasedSeq } = await consentOf(userId, 'A')
    const old = await moa.test.owner`
      SELECT FROM balances WHERE user_id = ${userId} AND institution_id = 'A' AND introduced_seq <= ${erasedSeq}`
    expect(old.length).toBe(0)
    expect((await steps.cutAndPublish(userId, refreshNo, 1)).outcome).toBe('complete')
    expect(await shownOf(userId)).toEqual({ A: '100', B: '100' })
  })

  test('leaves no mark of before for an account that the first new reading could not bring', async () => {
    const { userId } = await makePerson()
    await moa.api.consents.fenceRevoked(userId, 'A', true)
    const refreshNo = await grant(userId, 'A')
    const first = await steps.beginReading(userId, refreshNo, 'A')
    const list = makeReading([{ name: 'A-1', amount: 100 }]).sections.slice(0, 1)
    const gap = { asset: 'A-1', api: 'bank-002', failure: 'InstitutionUnavailable' as const }
    await steps.apply(first.ref, first.attempt, { sections: list, gaps: [gap] })
    await grant(userId, 'A')
    const second = await steps.beginReading(userId, refreshNo, 'A')
    expect(second.attempt.known.marks.map(({ api }) => api)).toEqual(['bank-001'])
  })

  test('goes on as any other: the next reading knows what the first brought', async () => {
    const { userId } = await makePerson()
    await moa.api.consents.fenceRevoked(userId, 'A', true)
    await steps.refresh(userId, await grant(userId, 'A'), 100)
    const { ref, attempt } = await steps.beginReading(userId, await button(userId), 'A')
    expect(attempt.known.accounts.map(({ identity }) => identity)).toEqual(['A-1'])
    expect(attempt.known.marks.map(({ api }) => api).toSorted()).toEqual(['bank-001', 'bank-002'])
    const applied = await steps.apply(ref, attempt, makeUnchangedReading(['A-1']))
    expect(applied).toMatchObject({ outcome: 'unchanged', introduced: 0, removed: 0 })
  })
})

describe('a token', () => {
  test('can never serve two users, and the refusal says nothing of it', async () => {
    const one = await steps.enrol(['A'])
    const other = await steps.enrol(['A'])
    const accessToken = 'token-canary-77ab'
    await moa.api.consents.grant(one.userId, makeGrant('A', { accessToken }))
    const refused = await failureOf(moa.api.consents.grant(other.userId, makeGrant('A', { accessToken })))
    expect(refused).toMatchObject({ type: 'CredentialsRejected' })
    expect(inspect(refused, { depth: 8, showHidden: true })).not.toContain(accessToken)
    expect(await moa.test.owner`SELECT FROM user_institutions WHERE user_id = ${other.userId}`).toHaveLength(
      0,
    )
  })

  test('that was copied into the row of another user does not open', async () => {
    const one = await steps.enrolWithConsents(['A'])
    const other = await steps.enrolWithConsents(['A'])
    await moa.test.owner`
      UPDATE credentials mine SET access_token_sealed = theirs.access_token_sealed
      FROM credentials theirs WHERE mine.user_id = ${other.userId} AND theirs.user_id = ${one.userId}`
    const ref = { userId: other.userId, institutionId: 'A', generation: 1 }
    expect(await failureOf(moa.worker.credentials.read(ref))).toBeInstanceOf(Error)
  })

  test('lies nowhere in the clear', async () => {
    const { userId } = await steps.enrol(['A'])
    await moa.api.consents.grant(userId, makeGrant('A', { accessToken: 'clear-1', refreshToken: 'clear-2' }))
    const [row] = await moa.test.owner<{ sealed: Buffer }[]>`
      SELECT access_token_sealed || refresh_token_sealed || access_token_hash AS sealed
      FROM credentials WHERE user_id = ${userId}`
    expect(row!.sealed.length).toBeGreaterThan(60)
    expect(row!.sealed.toString('latin1')).not.toContain('clear-')
  })

  test('is gone with its consent', async () => {
    const { userId } = await makePerson()
    await moa.api.consents.fenceRevoked(userId, 'A', false)
    const left = await moa.test.owner<{ id: string }[]>`
      SELECT institution_id AS id FROM credentials WHERE user_id = ${userId}`
    expect(left.map(({ id }) => id)).toEqual(['B'])
  })
})

test('what was hidden by the end of a consent is shown again by a reading under the next one, not by that consent', async () => {
  const { userId } = await makePerson()
  await moa.api.consents.fenceRevoked(userId, 'B', false)
  const refreshNo = await button(userId)
  await moa.worker.refreshes.begin(userId, refreshNo, 'run')
  const snapshotNo = await steps.cutAndAnalyse(userId, refreshNo, 1)
  await grant(userId, 'B')
  expect(await moa.worker.cuts.publish(userId, snapshotNo)).toEqual({ outcome: 'partial' })
  expect(Object.keys(await shownOf(userId))).toEqual(['A'])
  await steps.cutAndPublish(userId, refreshNo, 2)
  expect(Object.keys(await shownOf(userId))).toEqual(['A'])
  await steps.collect(userId, refreshNo, 'B', 100)
  await steps.cutAndPublish(userId, refreshNo, 3)
  expect(Object.keys(await shownOf(userId))).toEqual(['A', 'B'])
})
