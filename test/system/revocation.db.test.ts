import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { UserId } from '../../db/database.ts'
import type { Revoked } from '../../db/revocations.ts'
import { createTestMoa, makeGrant, type TestMoa } from './moa.ts'
import { BUTTON, createSteps, factsOf, refreshOf, type Steps, VIEW } from './support/person.ts'
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

const KEEP = { deletion: false, reason: null } as const
const DELETE = { deletion: true, reason: null } as const

/** A and B, both shown, and no refresh open. */
async function makePerson(): Promise<UserId> {
  const { userId, refreshNo } = await steps.enrolWithConsents(['A', 'B'])
  expect((await steps.refresh(userId, refreshNo, 100)).outcome).toBe('complete')
  return userId
}

const revoke = async (userId: UserId, wish: typeof KEEP | typeof DELETE = DELETE): Promise<Revoked> =>
  (await moa.api.revocations.request(userId, 'A', wish))!
const button = async (userId: UserId) => refreshOf(await steps.record(userId, BUTTON))
const shown = async (userId: UserId, asOf: Date | null = null) => {
  const snapshot = await moa.api.published.snapshot(userId, 'latest', asOf)
  return snapshot!.accounts.map(({ institutionId }) => institutionId)
}
const isOwed = async (userId: UserId, refreshNo: number) => {
  const plan = await moa.worker.refreshes.begin(userId, refreshNo, 'run')
  return plan.state === 'open' && plan.owesCut
}
const deleteAll = async (userId: UserId, revocationNo = 1) => {
  for (;;) {
    const { state } = await moa.worker.revocationDeletion.page(userId, revocationNo)
    if (state === 'done') return
  }
}
const tell = async (userId: UserId, revocationNo = 1) => {
  const toTell = await moa.worker.revocationSteps.toTell(userId, revocationNo)
  if (toTell) await moa.worker.revocationSteps.told(userId, revocationNo, toTell.version, 'confirmed')
}
const finish = (userId: UserId, revocationNo = 1) =>
  moa.worker.revocationReceipts.finish(userId, revocationNo, async ({ auditNo }) => `receipt ${auditNo}`)
const remainder = (userId: UserId, revocationNo = 1) =>
  moa.worker.revocationReceipts.remainder(userId, revocationNo)

/** How a refresh stands when the consent of A ends in the middle of it. */
const STATES: Record<string, (userId: UserId) => Promise<number>> = {
  requested: button,
  running: async (userId) => {
    const refreshNo = await button(userId)
    await moa.worker.refreshes.begin(userId, refreshNo, 'run')
    await steps.beginReading(userId, refreshNo, 'A')
    return refreshNo
  },
  parked: async (userId) => {
    const refreshNo = await button(userId)
    await moa.worker.refreshes.begin(userId, refreshNo, 'run')
    await steps.collect(userId, refreshNo, 'A', 200)
    const { ref } = await steps.beginReading(userId, refreshNo, 'B')
    await moa.worker.attempts.fail(ref, 'InstitutionUnavailable', null)
    await steps.cutAndPublish(userId, refreshNo, 1)
    expect((await moa.worker.refreshes.parkOrContinue(userId, refreshNo)).next).toBe('parked')
    return refreshNo
  },
  cutting: async (userId) => {
    const refreshNo = await button(userId)
    await moa.worker.refreshes.begin(userId, refreshNo, 'run')
    await steps.collect(userId, refreshNo, 'A', 200)
    await moa.worker.cuts.cut(userId, refreshNo, 1)
    return refreshNo
  },
  publishing: async (userId) => {
    const refreshNo = await button(userId)
    await moa.worker.refreshes.begin(userId, refreshNo, 'run')
    await steps.collect(userId, refreshNo, 'A', 200)
    await steps.cutAndAnalyse(userId, refreshNo, 1)
    return refreshNo
  },
}

describe.each(Object.entries(STATES))('a revocation while a refresh is %s', (_, bring) => {
  test.each([
    ['with deletion', DELETE],
    ['without', KEEP],
  ])('%s: is not seen any more, is cut without at once, and joins', async (__, wish) => {
    const userId = await makePerson()
    const refreshNo = await bring(userId)
    const revoked = await revoke(userId, wish)
    expect(revoked.refresh).toMatchObject({ outcome: 'joined', refreshNo })
    expect(await shown(userId)).toEqual(['B'])
    expect((await moa.api.published.snapshot(userId, 'latest'))!.analyses).toBe('recomputing')
    const building = await moa.test.owner`
      SELECT FROM snapshots WHERE user_id = ${userId} AND status = 'building'`
    expect(building).toHaveLength(0)
    expect(await remainder(userId)).toEqual({ state: 'open', refreshNo })
    expect(await isOwed(userId, refreshNo)).toBe(true)

    const { snapshotNo } = await steps.cutAndPublish(userId, refreshNo, 9)
    expect(await isOwed(userId, refreshNo)).toBe(false)
    expect(await remainder(userId)).toEqual({ state: 'shown', snapshotNo })
    expect((await moa.api.published.snapshot(userId, 'latest'))!).toMatchObject({
      analyses: 'here',
      coverage: [{ institutionId: 'B' }],
    })
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })
})

describe('a revocation', () => {
  test('when no refresh is open opens one that reads nothing, and is enough', async () => {
    const userId = await makePerson()
    const { refresh } = await revoke(userId)
    expect(refresh).toMatchObject({ outcome: 'started', refreshNo: 2 })
    expect(await moa.worker.refreshes.begin(userId, 2, 'run')).toMatchObject({ readings: [], owesCut: true })
    expect((await steps.cutAndPublish(userId, 2, 1)).outcome).toBe('complete')
    expect(await remainder(userId)).toEqual({ state: 'shown', snapshotNo: 2 })
    expect(await steps.record(userId, VIEW)).toMatchObject({ outcome: 'fresh' })
  })

  test('asked for twice, or twice at once, is one', async () => {
    const userId = await makePerson()
    const both = await Promise.all([revoke(userId), revoke(userId)])
    const again = await revoke(userId, KEEP)
    expect([...both, again].map(({ revocation }) => revocation.revocationNo)).toEqual([1, 1, 1])
    expect(again.revocation.withDeletion).toBe(true)
    const events = await moa.test.owner`
      SELECT FROM events WHERE user_id = ${userId} AND type = 'consent.revoked'`
    expect(events).toHaveLength(1)
  })

  test('of what was never given is none', async () => {
    const { userId } = await steps.enrolWithConsents(['B'])
    expect(await moa.api.revocations.request(userId, 'A', DELETE)).toBeNull()
    expect(await moa.api.revocations.list(userId)).toEqual([])
  })

  test('takes the tokens with it, sealed for the place they had, and lets them go once they are told of', async () => {
    const { userId } = await steps.enrol(['A'])
    await moa.api.consents.grant(
      userId,
      makeGrant('A', { accessToken: 'access-of-a', refreshToken: 'refresh-of-a' }),
    )
    await revoke(userId)
    const toTell = (await moa.worker.revocationSteps.toTell(userId, 1))!
    expect(toTell.tokens).toEqual(['refresh-of-a', 'access-of-a'])
    const other = { generation: 1, version: 2 }
    expect(await moa.worker.revocationSteps.told(userId, 1, other, 'confirmed')).toBe(false)
    expect(await moa.worker.revocationSteps.told(userId, 1, toTell.version, 'confirmed')).toBe(true)
    expect(await moa.worker.revocationSteps.toTell(userId, 1)).toBeNull()
    const [row] = await moa.test.owner<{ left: number }[]>`
      SELECT num_nonnulls(access_token_sealed, refresh_token_sealed) AS left FROM revocations
      WHERE user_id = ${userId}`
    expect(row!.left).toBe(0)
  })

  test('hides what was shown in every snapshot, and a later consent does not bring it back there', async () => {
    const userId = await makePerson()
    const then = new Date()
    await revoke(userId, KEEP)
    expect([await shown(userId), await shown(userId, then)]).toEqual([['B'], ['B']])
    const rows = await moa.api.published.transactions(userId, 'latest', 100, null)
    expect(rows!.rows.filter(({ institutionId }) => institutionId === 'A')).toEqual([])

    const refreshNo = refreshOf(await moa.api.consents.grant(userId, makeGrant('A')))
    expect(await shown(userId, then)).toEqual(['B'])
    const { ref, attempt } = await steps.beginReading(userId, refreshNo, 'A')
    await steps.apply(ref, attempt, makeUnchangedReading(['A-1']))
    await steps.cutAndPublish(userId, refreshNo, 1)
    expect([await shown(userId), await shown(userId, then)]).toEqual([['A', 'B'], ['B']])
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })
})

describe('a deletion', () => {
  test('that is added to what is under way is done before the receipt', async () => {
    const userId = await makePerson()
    await revoke(userId, KEEP)
    await deleteAll(userId)
    await steps.cutAndPublish(userId, 2, 1)
    await remainder(userId)
    await revoke(userId, DELETE)
    await tell(userId)
    expect(await finish(userId)).toBeNull()
    await deleteAll(userId)
    expect(await finish(userId)).toBe('done')
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })

  test('that is asked for when all is done is one of its own, with a receipt of its own', async () => {
    const userId = await makePerson()
    await revoke(userId, KEEP)
    await tell(userId)
    await steps.cutAndPublish(userId, 2, 1)
    await remainder(userId)
    expect(await finish(userId)).toBe('done')
    const { revocation, refresh } = await revoke(userId, DELETE)
    expect([revocation.revocationNo, refresh]).toEqual([2, null])
    await tell(userId, 2)
    await deleteAll(userId, 2)
    expect(await remainder(userId, 2)).toEqual({ state: 'shown', snapshotNo: 2 })
    expect(await finish(userId, 2)).toBe('done')
    const [first, second] = [await moa.api.revocations.of(userId, 1), await moa.api.revocations.of(userId, 2)]
    expect(second).toMatchObject({ answer: 'nothing_to_revoke', withDeletion: true })
    expect(first!.receipt).not.toBe(second!.receipt)
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })

  test('counts every row once, whoever takes it: pages, two at once, or a reading under a new consent', async () => {
    const userId = await makeRich()
    const before = await rowsOf(userId)
    await revoke(userId)
    const refreshNo = refreshOf(await moa.api.consents.grant(userId, makeGrant('A')))
    const { ref, attempt } = await steps.beginReading(userId, refreshNo, 'A')
    // Nothing of the past is known to it, whether it is still there or not.
    expect(attempt.known).toEqual({ accounts: [], marks: [] })
    await moa.worker.revocationDeletion.page(userId, 1)
    const applied = moa.worker.collections.apply(ref, factsOf(attempt), RICH)
    await Promise.all([applied, deleteAll(userId), deleteAll(userId)])
    const { deleted, deletedAt } = (await moa.api.revocations.of(userId, 1))!
    expect(deletedAt).not.toBeNull()
    expect(deleted).toMatchObject(before)
    // The same rows as were deleted, all of them new.
    expect(await rowsOf(userId)).toEqual({ ...before, classifications: 0 })
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })

  test('waits for a reading that is being applied there, and holds up nobody', async () => {
    const userId = await makePerson()
    await revoke(userId)
    await moa.databases.worker.asUser(userId, async (tx) => {
      await tx.execute(`UPDATE user_institutions SET current_seq = current_seq
        WHERE user_id = ${userId} AND institution_id = 'A'`)
      expect((await moa.worker.revocationDeletion.page(userId, 1)).state).toBe('passed')
    })
    expect((await moa.worker.revocationDeletion.page(userId, 1)).state).toBe('more')
  })
})

test('a receipt is written once, and only when institution, rows and remainder have been seen to', async () => {
  const userId = await makePerson()
  await revoke(userId)
  expect(await finish(userId)).toBeNull()
  await tell(userId)
  expect(await finish(userId)).toBeNull()
  await deleteAll(userId)
  expect(await finish(userId)).toBeNull()
  await steps.cutAndPublish(userId, 2, 1)
  await remainder(userId)
  const both = await Promise.all([finish(userId), finish(userId)])
  expect(both).toEqual(['done', 'done'])
  const entries = await moa.test.owner<{ no: number }[]>`
    SELECT audit_no::int AS no FROM audit JOIN users USING (user_key)
    WHERE user_id = ${userId} AND action = 'consent.revoked'`
  expect(entries).toHaveLength(1)
  expect((await moa.api.revocations.of(userId, 1))!.receipt).toBe(`receipt ${entries[0]!.no}`)
  expect(await moa.worker.revocationSteps.begin(userId, 1)).toEqual({ state: 'done' })
})

const RICH = makeReading(
  [1, 2].map((no) => ({
    name: `A-${no}`,
    amount: no,
    bookings: Array.from({ length: 900 }, (_, at) => ({ no: at, on: '2026-02-03', amount: at + 1 })),
  })),
)

/** So much at A that a deletion has several pages. */
async function makeRich(): Promise<UserId> {
  const { userId, refreshNo } = await steps.enrolWithConsents(['A'])
  const { ref, attempt } = await steps.beginReading(userId, refreshNo, 'A')
  await moa.worker.refreshes.begin(userId, refreshNo, 'run')
  await steps.apply(ref, attempt, RICH)
  await steps.cutAndPublish(userId, refreshNo, 1)
  return userId
}

async function rowsOf(userId: UserId): Promise<Record<string, number>> {
  const [row] = await moa.test.owner<Record<string, number>[]>`
    SELECT (SELECT count(*)::int FROM accounts WHERE user_id = ${userId}) AS accounts,
      (SELECT count(*)::int FROM balances WHERE user_id = ${userId}) AS balances,
      (SELECT count(*)::int FROM transactions WHERE user_id = ${userId}) AS transactions,
      (SELECT count(*)::int FROM classifications WHERE user_id = ${userId}) AS classifications`
  return { ...row }
}
