import { expect, test, vi } from 'vitest'

import { auditAnswer, overviewAnswer } from '../answers.ts'
import { NOW, startOperator } from '../make-operator.ts'

const counts = {
  now: NOW,
  since: new Date(NOW.getTime() - 86_400_000),
  states: [{ state: 'parked' as const, refreshes: 2, oldestOpenedAt: new Date(NOW.getTime() - 5_000) }],
  failures: [
    { institutionId: 'A', name: '모아은행', failure: 'RateLimited', refreshes: 3, open: 2, nextTryAt: NOW },
  ],
}

test('the overview says how old the oldest is, and whose fault a failure is', async () => {
  const { ask } = await startOperator({ overview: { look: async () => counts } })
  expect(overviewAnswer.parse(await (await ask('/v1/operator/overview')).json())).toMatchObject({
    states: [{ state: 'parked', refreshes: 2, oldestAgeMs: 5_000 }],
    failures: [{ failure: 'RateLimited', blame: 'nobody is at fault; nobody need act', open: 2 }],
  })
})

test('however many look at once, the counts of one span are made once', async () => {
  const look = vi.fn(async () => counts)
  const { ask } = await startOperator({ overview: { look } })
  await Promise.all(Array.from({ length: 10 }, () => ask('/v1/operator/overview')))
  expect(look.mock.calls).toEqual([[86_400_000]])
  await ask('/v1/operator/overview?since=2h')
  expect(look.mock.lastCall).toEqual([7_200_000])
})

test('counts that could not be made are made again for the next who asks', async () => {
  const look = vi.fn(async () => counts).mockRejectedValueOnce(new Error('away'))
  const { ask } = await startOperator({ overview: { look } })
  expect((await ask('/v1/operator/overview')).status).toBe(500)
  expect((await ask('/v1/operator/overview')).status).toBe(200)
})

test.each(['8d', '1', 'x', '0h'])('an overview since %s is refused', async (since) => {
  const { ask } = await startOperator()
  const answer = await ask(`/v1/operator/overview?since=${since}`)
  expect(await answer.json()).toMatchObject({ status: 400, errors: [{ path: 'since' }] })
})

const makeEntry = (auditNo: number) => ({
  auditNo,
  at: NOW,
  actor: 'kim',
  action: 'refresh.cancel',
  userKey: 'user-key',
  institutionId: null,
  reason: 'stuck',
  details: { outcome: 'done', before: { state: 'parked' }, after: { state: 'cancelled' } },
})

test('the audit is read page by page, by whom, what, whose and where', async () => {
  const list = vi.fn(async () => [makeEntry(9), makeEntry(8)])
  const { ask } = await startOperator({ audit: { list } })
  const query = 'userKey=user-key&institution=A&actor=kim&action=refresh.cancel&limit=1'
  const told = auditAnswer.parse(await (await ask(`/v1/operator/audit?${query}`)).json())
  expect(told).toMatchObject({ entries: [{ auditNo: 9, reason: 'stuck' }], nextCursor: '9' })
  await ask(`/v1/operator/audit?limit=1&cursor=${told.nextCursor}`)
  const filter = { userKey: 'user-key', institutionId: 'A', actor: 'kim', action: 'refresh.cancel' }
  const none = { userKey: null, institutionId: null, actor: null, action: null }
  expect(list.mock.calls).toEqual([
    [filter, 2, null],
    [none, 2, 9],
  ])
})

test.each([
  ['cursor=0', 'cursor'],
  ['cursor=1e3', 'cursor'],
  ['action=DROP', 'action'],
  ['actor=', 'actor'],
  ['refresh=1', 'refresh'],
])('the audit refuses ?%s by the name of the place', async (query, path) => {
  const { ask } = await startOperator()
  const answer = await ask(`/v1/operator/audit?${query}`)
  expect(await answer.json()).toMatchObject({ status: 400, errors: [{ path }] })
})
