import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createPublished, type PublishedRows, type Wanted } from '../../db/published.ts'
import { createTestMoa, type TestMoa } from './moa.ts'
import { BUTTON, createSteps, refreshOf, type Steps } from './support/person.ts'
import { makeReading } from './support/readings.ts'

let moa: TestMoa
let steps: Steps

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})

afterAll(async () => {
  await moa.close()
})

/** Which snapshot a reader gets, or the word for why there is none. */
async function seen(userId: number, wanted: Wanted): Promise<number | string> {
  const answer = await createPublished(moa.databases.api).at(
    userId,
    wanted,
    async ({ snapshotNo }) => snapshotNo,
  )
  return 'found' in answer ? answer.found : answer.missing
}

async function ids(userId: number, filter: Parameters<PublishedRows['transactions']>[0]['filter'] = {}) {
  const answer = await createPublished(moa.databases.api).at(
    userId,
    { view: 'latest', asOf: null },
    (_, rows) => rows.transactions({ limit: 100, after: null, filter }),
  )
  return 'found' in answer ? answer.found.map(({ description }) => description) : answer.missing
}

describe('as of an instant', () => {
  /** Complete 1, partial 2, complete 3, each published an hour after the other. */
  async function threeSnapshots() {
    const { userId, refreshNo } = await steps.enrolWithConsents(['A', 'B'])
    await steps.refresh(userId, refreshNo, 1)
    const second = refreshOf(await steps.record(userId, BUTTON))
    await moa.worker.refreshes.begin(userId, second, 'run')
    await steps.collect(userId, second, 'A', 2)
    expect((await steps.cutAndPublish(userId, second, 1)).outcome).toBe('partial')
    await steps.collect(userId, second, 'B', 2)
    expect((await steps.cutAndPublish(userId, second, 2)).outcome).toBe('complete')
    for (const no of [1, 2, 3])
      await moa.test.owner`
        UPDATE snapshots SET published_at = ${`2026-01-0${no}T00:00:00Z`}
        WHERE user_id = ${userId} AND snapshot_no = ${no}`
    return userId
  }
  const at = (text: string, view: 'latest' | 'complete' = 'latest'): Wanted => ({
    view,
    asOf: new Date(text),
  })

  test('a reader gets what that view showed then, to the millisecond', async () => {
    const userId = await threeSnapshots()
    expect(await seen(userId, at('2025-12-31T23:59:59.999Z'))).toBe('not_then')
    expect(await seen(userId, at('2026-01-01T00:00:00Z'))).toBe(1)
    expect(await seen(userId, at('2026-01-01T23:59:59.999Z'))).toBe(1)
    expect(await seen(userId, at('2026-01-02T00:00:00Z'))).toBe(2)
    expect(await seen(userId, at('2026-01-02T12:00:00Z', 'complete'))).toBe(1)
    expect(await seen(userId, at('2026-01-03T00:00:00Z'))).toBe(3)
    expect(await seen(userId, at('2026-02-01T00:00:00Z', 'complete'))).toBe(3)
  })

  test('the rows of an older snapshot are those it was published with, whatever came since', async () => {
    const userId = await threeSnapshots()
    const amounts = async (text: string) => {
      const snapshot = await moa.api.published.snapshot(userId, 'latest', new Date(text))
      return snapshot!.accounts.map(
        ({ institutionId, balances }) => `${institutionId} ${balances[0]!.amount}`,
      )
    }
    expect(await amounts('2026-01-01T00:00:00Z')).toEqual(['A 1', 'B 1'])
    expect(await amounts('2026-01-02T00:00:00Z')).toEqual(['A 2', 'B 1'])
    expect(await amounts('2026-01-03T00:00:00Z')).toEqual(['A 2', 'B 2'])
  })

  test('an instant that has not come is refused, and nothing was ever published for whoever has nothing', async () => {
    const userId = await threeSnapshots()
    expect(await seen(userId, { view: 'latest', asOf: new Date(Date.now() + 60_000) })).toBe('not_yet')
    const { userId: empty } = await steps.enrolWithConsents(['A'])
    expect(await seen(empty, at('2026-01-02T00:00:00Z'))).toBe('never')
    expect(await seen(empty, { view: 'latest', asOf: null })).toBe('never')
  })

  test('what was purged is never answered by an older snapshot that was kept', async () => {
    const userId = await threeSnapshots()
    const purge = async (no: number) => {
      await moa.test.owner`DELETE FROM analyses WHERE user_id = ${userId} AND snapshot_no = ${no}`
      await moa.test
        .owner`DELETE FROM snapshot_institutions WHERE user_id = ${userId} AND snapshot_no = ${no}`
      await moa.test.owner`DELETE FROM snapshots WHERE user_id = ${userId} AND snapshot_no = ${no}`
    }
    await purge(2)
    expect(await seen(userId, at('2026-01-01T12:00:00Z'))).toBe('purged') // 2 may have been published by then
    expect(await seen(userId, at('2026-01-02T12:00:00Z', 'complete'))).toBe('purged')
    expect(await seen(userId, { snapshotNo: 2 })).toBe('purged')
    expect(await seen(userId, at('2026-01-03T12:00:00Z'))).toBe(3)
    await purge(1)
    expect(await seen(userId, at('2025-12-01T00:00:00Z'))).toBe('purged')
    expect(await seen(userId, { view: 'complete', asOf: null })).toBe(3)
  })

  test('a snapshot that was discarded was shown to nobody, and hides no other', async () => {
    const userId = await threeSnapshots()
    await moa.test.owner`
      UPDATE snapshots SET status = 'discarded', published_at = NULL WHERE user_id = ${userId} AND snapshot_no = 2`
    expect(await seen(userId, at('2026-01-02T12:00:00Z'))).toBe(1)
  })

  test('another person has no snapshot by any of these, the number of somebody else’s included', async () => {
    await threeSnapshots()
    const { userId: other } = await steps.enrolWithConsents(['A'])
    expect(await seen(other, { snapshotNo: 3 })).toBe('purged')
    expect(await seen(other, at('2026-01-03T00:00:00Z'))).toBe('never')
  })
})

describe('a reader', () => {
  test('sees one moment of the database: a deletion between its statements is there for none of them', async () => {
    const { userId, refreshNo } = await steps.enrolWithConsents(['A', 'B'])
    await steps.refresh(userId, refreshNo, 1)
    const answer = await createPublished(moa.databases.api).at(
      userId,
      { view: 'latest', asOf: null },
      async (snapshot, rows) => {
        await moa.api.consents.fenceRevoked(userId, 'A', true)
        const [accounts, documents] = await Promise.all([rows.accounts(), rows.documents()])
        return { states: snapshot.coverage.map(({ state }) => state), accounts, documents }
      },
    )
    if (!('found' in answer)) throw new Error('a snapshot was expected')
    expect(answer.found.states).toEqual(['fresh', 'fresh'])
    expect(answer.found.accounts.map(({ institutionId }) => institutionId)).toEqual(['A', 'B'])
    expect(answer.found.documents).toHaveLength(1)

    const after = await moa.api.published.snapshot(userId, 'latest')
    expect(after!.coverage.map(({ state, reason }) => [state, reason])).toEqual([
      ['absent', 'ConsentEnded'],
      ['fresh', null],
    ])
    expect(after!.accounts.map(({ institutionId }) => institutionId)).toEqual(['B'])
    expect(after!.documents).toEqual([])
  })

  test('changes nothing, whatever its statements say', async () => {
    const { userId } = await steps.enrolWithConsents(['A'])
    const writing = moa.databases.api.asReader(userId, (tx) => tx.execute(`UPDATE users SET cycle_ms = 1`))
    await expect(writing).rejects.toMatchObject({ code: '25006' })
  })
})

describe('transactions', () => {
  test('are those for which every filter holds', async () => {
    const { userId, refreshNo } = await steps.enrolWithConsents(['A', 'B'])
    const bookings = [
      { no: 1, on: '2026-01-31', amount: 100, description: 'Coffee 50%' },
      { no: 2, on: '2026-02-01', amount: 200, description: 'coffee 500' },
      { no: 3, on: '2026-02-28', amount: 300, description: '커피_빈' },
      { no: 4, on: '2026-03-01', amount: 400, description: '커피 빈' },
      { no: 5, on: '2026-03-02', amount: 500, description: String.raw`back\slash` },
    ]
    await moa.worker.refreshes.begin(userId, refreshNo, 'run')
    for (const [institutionId, made] of [
      ['A', bookings],
      ['B', [{ no: 1, on: '2026-02-10', amount: 1, description: 'B’s own' }]],
    ] as const) {
      const { ref, attempt } = await steps.beginReading(userId, refreshNo, institutionId)
      await steps.apply(
        ref,
        attempt,
        makeReading([{ name: `${institutionId}-1`, amount: 1, bookings: made }]),
      )
    }
    await steps.cutAndPublish(userId, refreshNo, 1)
    const all = bookings.map(({ description }) => description).toReversed()
    all.splice(3, 0, 'B’s own')
    expect(await ids(userId)).toEqual(all)
    expect(await ids(userId, { institution: 'B' })).toEqual(['B’s own'])
    expect(await ids(userId, { from: '2026-02-01', to: '2026-02-28' })).toEqual([
      '커피_빈',
      'B’s own',
      'coffee 500',
    ])
    expect(await ids(userId, { text: 'COFFEE' })).toEqual(['coffee 500', 'Coffee 50%'])
    expect(await ids(userId, { text: '50%' })).toEqual(['Coffee 50%'])
    expect(await ids(userId, { text: '커피_' })).toEqual(['커피_빈'])
    expect(await ids(userId, { text: String.raw`k\s` })).toEqual([String.raw`back\slash`])
    expect(await ids(userId, { text: '%' })).toEqual(['Coffee 50%'])
    expect(await ids(userId, { minAmount: '200', maxAmount: '300.5' })).toEqual(['커피_빈', 'coffee 500'])
    expect(await ids(userId, { direction: 'in' })).toEqual([])
    expect(await ids(userId, { direction: 'out', currency: 'USD' })).toEqual([])
    expect(await ids(userId, { category: 'finance' })).toEqual(all)
    expect(await ids(userId, { category: 'finance.fee', text: 'b’s' })).toEqual(['B’s own'])
    expect(await ids(userId, { category: 'fin' })).toEqual([])
    const account = (await moa.api.published.snapshot(userId, 'latest'))!.accounts[1]!.accountKey
    expect(await ids(userId, { account })).toEqual(['B’s own'])
    const { userId: other, refreshNo: theirs } = await steps.enrolWithConsents(['A'])
    await steps.refresh(other, theirs, 1)
    expect(await ids(other, { account })).toEqual([])
  })
})
