import { expect, test, vi } from 'vitest'

import type { RefreshHead } from '../../../db/operator-refreshes.ts'
import { refreshesAnswer } from '../answers.ts'
import { writeRefreshCursor } from '../cursors.ts'
import { startOperator } from '../make-operator.ts'

const openedAt = new Date('2026-11-22T00:00:00.123Z')

const makeHead = (changes: Partial<RefreshHead> = {}): RefreshHead => ({
  userKey: 'user-key',
  refreshNo: 12,
  state: 'parked',
  reason: 'assets.home_viewed',
  openedAt,
  closedAt: null,
  closedBecause: null,
  ageMs: 60_000,
  institutions: { collected: 9, failed: 1 },
  failed: [{ institutionId: 'BANK000001', failure: 'RateLimited', nextTryAt: openedAt }],
  ...changes,
})

const startWith = async (heads: RefreshHead[]) => {
  const find = vi.fn(async () => heads)
  return { find, ...(await startOperator({ refreshes: { find, userIdOf: async () => null } })) }
}

test('a page of refreshes names people by their key, and says where the next one begins', async () => {
  const { ask, find } = await startWith([
    makeHead(),
    makeHead({ refreshNo: 11 }),
    makeHead({ refreshNo: 10 }),
  ])
  const told = refreshesAnswer.parse(await (await ask('/v1/operator/refreshes?limit=2')).json())
  expect(told.refreshes.map(({ url }) => url)).toEqual([
    '/v1/operator/refreshes/user-key/12',
    '/v1/operator/refreshes/user-key/11',
  ])
  await ask(`/v1/operator/refreshes?limit=2&cursor=${told.nextCursor}`)
  expect(find.mock.lastCall).toEqual([expect.anything(), 3, { openedAt, userKey: 'user-key', refreshNo: 11 }])
})

test('the last page says that it is the last', async () => {
  const { ask } = await startWith([makeHead()])
  const told = refreshesAnswer.parse(await (await ask('/v1/operator/refreshes?limit=1')).json())
  expect(told.nextCursor).toBeNull()
})

const anything = {
  states: [],
  institutionId: null,
  failure: null,
  olderThanMs: null,
  waitingFor: null,
  userKey: null,
}

test.each([
  ['', {}],
  ['state=parked', { states: ['parked'] }],
  ['state=parked,failed', { states: ['parked', 'failed'] }],
  ['state=open', { states: ['requested', 'running', 'parked'] }],
  ['institution=BANK000001&failure=RateLimited', { institutionId: 'BANK000001', failure: 'RateLimited' }],
  ['olderThan=90s', { olderThanMs: 90_000 }],
  ['olderThan=2h', { olderThanMs: 7_200_000 }],
  ['waitingFor=BANK000001', { waitingFor: 'BANK000001' }],
  ['userKey=user-key', { userKey: 'user-key' }],
])('?%s looks for that and nothing else', async (query, filter) => {
  const { ask, find } = await startWith([])
  expect((await ask(`/v1/operator/refreshes?${query}`)).status).toBe(200)
  expect(find.mock.lastCall).toEqual([{ ...anything, ...filter }, 51, null])
})

test.each([
  ['state=', 'state.0'],
  ['state=building', 'state.0'],
  ['institution=%27%3B--', 'institution'],
  ['failure=toString', 'failure'],
  ['olderThan=0s', 'olderThan'],
  ['olderThan=1000d', 'olderThan'],
  ['olderThan=2', 'olderThan'],
  ['waitingFor=', 'waitingFor'],
  ['userKey=a%20b', 'userKey'],
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['cursor=palimpsest', 'cursor'],
  [`cursor=${Buffer.from('["2026-02-30T00:00:00.000Z","k",1]').toString('base64url')}`, 'cursor'],
  [`cursor=${Buffer.from('["2026-02-20T00:00:00.000Z","k",0]').toString('base64url')}`, 'cursor'],
  ['subject=kim', 'subject'],
])('?%s is refused by the name of the place', async (query, path) => {
  const { ask, find } = await startWith([])
  const answer = await ask(`/v1/operator/refreshes?${query}`)
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ type: '/problems/InvalidRequest', errors: [{ path }] })
  expect(find).not.toHaveBeenCalled()
})

test('a cursor fits its own limit, for the longest key and the largest number', () => {
  const cursor = { openedAt, userKey: 'k'.repeat(64), refreshNo: 2 ** 31 - 1 }
  expect(writeRefreshCursor(cursor).length).toBeLessThanOrEqual(160)
})
