import { expect, test } from 'vitest'

import { transactionsAnswer } from '../answers/transactions.ts'
import { PERSON, startApi } from '../make-api.ts'
import { makePublished, makeSnapshot, makeTransaction } from '../make-published.ts'

const PATH = '/v1/me/transactions'
const pageOf = (ids: string[] = []) =>
  makePublished(makeSnapshot({ transactions: ids.map((id) => makeTransaction({ id })) }))

test('transactions are told in Korean time, and without a time that nobody said', async () => {
  const transactions = [makeTransaction(), makeTransaction({ id: '1', timeKnown: false })]
  const { ask } = await startApi(makePublished(makeSnapshot({ transactions })))
  const told = transactionsAnswer.parse(await (await ask(PATH)).json())
  expect(told.transactions.map(({ occurredAt }) => occurredAt)).toEqual(['2026-11-20T10:11:12+09:00', null])
  expect(told.transactions[0]).toMatchObject({ id: '9007199254740993', amount: '1200.5', confidence: 0.95 })
  expect(told.nextCursor).toBeNull()
})

test('transactions go on where the page before ended, in the snapshot of the first page', async () => {
  const made = pageOf(['3', '2', '1'])
  const { ask } = await startApi(made)
  const first = transactionsAnswer.parse(await (await ask(`${PATH}?limit=2&category=income`)).json())
  expect(first.transactions.map(({ id }) => id)).toEqual(['3', '2'])
  await ask(`${PATH}?limit=9&category=income&cursor=${first.nextCursor}`)
  const after = { snapshotNo: 4, occurredAt: '2026-11-20 10:11:12', id: '2' }
  expect(made.wanted.mock.calls).toEqual([
    [PERSON, { view: 'latest', asOf: null }],
    [PERSON, after],
  ])
  expect(made.transactions.mock.calls).toMatchObject([
    [{ limit: 3, after: null, filter: { category: 'income' } }],
    [{ limit: 10, after, filter: { category: 'income' } }],
  ])
  const other = await ask(`${PATH}?limit=2&category=finance&cursor=${first.nextCursor}`)
  expect(await other.json()).toMatchObject({ title: 'InvalidRequest', errors: [{ path: 'cursor' }] })
})

test('a cursor into a snapshot that was purged says so', async () => {
  const first = await (await startApi(pageOf(['3', '2', '1']))).ask(`${PATH}?limit=2`)
  const { nextCursor } = transactionsAnswer.parse(await first.json())
  const { ask } = await startApi(makePublished('purged'))
  const answer = await ask(`${PATH}?limit=2&cursor=${nextCursor}`)
  expect(await answer.json()).toMatchObject({ type: '/problems/SnapshotPurged', status: 404 })
})

test('every filter is passed on as it was asked', async () => {
  const made = pageOf()
  const { ask } = await startApi(made)
  const asked = {
    institution: 'BANK000001',
    account: '0f0e0d0c-0000-0000-0000-000000000001',
    from: '2026-11-01',
    to: '2026-11-22',
    category: 'income.salary',
    text: '50%_\\할인',
    direction: 'in',
    currency: 'KRW',
  }
  const query = new URLSearchParams({ ...asked, min_amount: '10', max_amount: '20.5' })
  expect((await ask(`${PATH}?${query.toString()}`)).status).toBe(200)
  expect(made.transactions).toHaveBeenCalledExactlyOnceWith({
    limit: 51,
    after: null,
    filter: { ...asked, minAmount: '10', maxAmount: '20.5' },
  })
})

test('a text that was typed letter by letter finds what is stored as whole syllables', async () => {
  const made = pageOf()
  const { ask } = await startApi(made)
  await ask(`${PATH}?text=${encodeURIComponent('커피'.normalize('NFD'))}`)
  expect(made.transactions.mock.calls[0]![0].filter).toMatchObject({ text: '커피'.normalize('NFC') })
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
  ['offset=10', 'offset'],
  ['institution=palimpsest%27--', 'institution'],
  ['account=palimpsest', 'account'],
  ['from=2026-02-30', 'from'],
  ['from=20260101', 'from'],
  ['from=2026-11-02&to=2026-11-01', 'to'],
  ['category=%25', 'category'],
  ['category=a.b.c', 'category'],
  ['text=', 'text'],
  [`text=${'x'.repeat(65)}`, 'text'],
  ['text=a%00b', 'text'],
  ['direction=both', 'direction'],
  ['currency=won', 'currency'],
  ['min_amount=-1', 'min_amount'],
  ['min_amount=1e9', 'min_amount'],
  ['max_amount=1.0001', 'max_amount'],
])('transactions refuse ?%s and name the place', async (query, path) => {
  const made = pageOf()
  const { ask } = await startApi(made)
  const answer = await ask(`${PATH}?${query}`)
  const text = await answer.text()
  expect(answer.status).toBe(400)
  expect(JSON.parse(text)).toMatchObject({ type: '/problems/InvalidRequest', errors: [{ path }] })
  expect(text).not.toContain('palimpsest')
  expect(made.transactions).not.toHaveBeenCalled()
})
