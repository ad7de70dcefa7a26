import { expect, test, vi } from 'vitest'

import type { TransactionView } from '../../db/published.ts'
import { writeCursor } from '../cursors.ts'
import { PERSON, startApi } from '../make-api.ts'
import { transactionsAnswer } from './transactions.ts'

const makeTransaction = (changes: Partial<TransactionView> = {}): TransactionView => ({
  id: '9007199254740993',
  institutionId: 'BANK000001',
  accountKey: '0f0e0d0c-0000-0000-0000-000000000001',
  occurredOn: '2026-11-20',
  occurredAt: '2026-11-20 10:11:12',
  timeKnown: true,
  direction: 'out',
  amount: '1200.5',
  currency: 'KRW',
  balanceAfter: null,
  description: 'RENT',
  typeText: null,
  category: 'housing',
  confidence: '0.95',
  ...changes,
})

const pageOf = (rows: TransactionView[]) => {
  const transactions = vi.fn(async () => ({ snapshotNo: 4, rows }))
  return { transactions, start: () => startApi({ published: { transactions } }) }
}

test('transactions are told in Korean time, and without a time that nobody said', async () => {
  const { start } = pageOf([makeTransaction(), makeTransaction({ id: '1', timeKnown: false })])
  const told = transactionsAnswer.parse(await (await (await start()).ask('/v1/me/transactions')).json())
  expect(told.transactions.map(({ occurredAt }) => occurredAt)).toEqual(['2026-11-20T10:11:12+09:00', null])
  expect(told.transactions[0]).toMatchObject({ id: '9007199254740993', amount: '1200.5', confidence: 0.95 })
  expect(told.nextCursor).toBeNull()
})

test('transactions go on where the page before ended, in the snapshot of the first page', async () => {
  const rows = [makeTransaction({ id: '3' }), makeTransaction({ id: '2' }), makeTransaction({ id: '1' })]
  const { start, transactions } = pageOf(rows)
  const { ask } = await start()
  const first = transactionsAnswer.parse(await (await ask('/v1/me/transactions?limit=2')).json())
  expect(first.transactions.map(({ id }) => id)).toEqual(['3', '2'])
  await ask(`/v1/me/transactions?limit=2&cursor=${first.nextCursor}`)
  expect(transactions.mock.calls).toEqual([
    [PERSON, 'latest', 3, null],
    [PERSON, 'latest', 3, { snapshotNo: 4, occurredAt: '2026-11-20 10:11:12', id: '2' }],
  ])
})

test('transactions of a snapshot that is no longer there are not found', async () => {
  const { ask } = await startApi()
  const cursor = writeCursor({ snapshotNo: 4, occurredAt: '2026-11-20 10:11:12', id: '2' })
  const gone = await ask(`/v1/me/transactions?cursor=${cursor}`)
  expect(await gone.json()).toMatchObject({ type: '/problems/NotFound', status: 404 })
  const none = await ask('/v1/me/transactions')
  expect(await none.json()).toMatchObject({ type: '/problems/NothingPublished', status: 404 })
})

test.each([
  ['limit=0', 'limit'],
  ['limit=201', 'limit'],
  ['limit=', 'limit'],
  ['limit=1e2', 'limit'],
  ['limit=%201', 'limit'],
  ['limit=1&limit=2', 'limit'],
  ['cursor=', 'cursor'],
  ['cursor=palimpsest', 'cursor'],
  ['view=building', 'view'],
  ['userId=8', 'userId'],
  ['offset=10', 'offset'],
  ['access_token=palimpsest', 'access_token'],
])('transactions refuse ?%s and name the place', async (query, path) => {
  const { start, transactions } = pageOf([])
  const answer = await (await start()).ask(`/v1/me/transactions?${query}`)
  const text = await answer.text()
  expect(answer.status).toBe(400)
  expect(JSON.parse(text)).toMatchObject({ type: '/problems/InvalidRequest', errors: [{ path }] })
  expect(text).not.toContain('palimpsest')
  expect(transactions).not.toHaveBeenCalled()
})
