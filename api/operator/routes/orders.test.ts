import { describe, expect, test, vi } from 'vitest'

import type { OrderAnswer } from '../../../db/orders.ts'
import { obey, type Order } from '../../../domain/orders.ts'
import { orderAnswer, orderRefused, recoveredAnswer } from '../answers.ts'
import { PERSON, startOperator } from '../make-operator.ts'

const PATH = '/v1/operator/refreshes/user-key/12'
const WHY = 'the bank says that it is back'

const done: OrderAnswer = {
  outcome: 'done',
  because: null,
  state: 'running',
  institutions: [{ institutionId: 'A', outcome: 'done', because: null, notBefore: null }],
}

async function startWith(answer: OrderAnswer) {
  const give = vi.fn(async (_userId: number, _refreshNo: number, _order: Order) => answer)
  const tell = vi.fn()
  return { give, tell, ...(await startOperator({ orders: { give }, tell })) }
}

describe.each([
  ['cancel', { why: WHY }, null],
  ['resume', { why: WHY }, null],
  ['resume', { why: WHY, institutions: ['A', 'B'] }, ['A', 'B']],
  ['excuse', { why: WHY, institutions: ['A'] }, ['A']],
] as const)('%s with %j', (verb, body, institutionIds) => {
  test('is given under the name and from the address of its operator, and told to the engine', async () => {
    const { post, give, tell } = await startWith(done)
    const answer = await post(`${PATH}/${verb}`, body)
    expect(answer.status).toBe(200)
    expect(orderAnswer.parse(await answer.json())).toMatchObject({ changed: true, state: 'running' })
    const place = expect.stringMatching(/127\.0\.0\.1$/)
    const order = { verb, institutionIds, by: 'kim-operator', why: WHY, via: 'operator', place }
    expect(give.mock.calls).toEqual([[PERSON, 12, order]])
    expect(tell.mock.calls).toEqual([[verb, { userKey: 'user-key', refreshNo: 12 }]])
  })

  test('given again is answered the same and told again, since what was told before may have been lost', async () => {
    const { post, tell } = await startWith({ ...done, outcome: 'already' })
    const told = orderAnswer.parse(await (await post(`${PATH}/${verb}`, body)).json())
    expect(told).toMatchObject({ changed: false, state: 'running' })
    expect(tell).toHaveBeenCalledOnce()
  })

  test('may not be given by who may only look, and then nothing is tried', async () => {
    const { post, give, tell } = await startWith(done)
    const answer = await post(`${PATH}/${verb}`, body, 'viewer')
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ type: '/problems/MayOnlyLook' })
    expect([give, tell].map((called) => called.mock.calls.length)).toEqual([0, 0])
  })
})

test('a refusal names its reason for the whole and for each institution, and the engine is not told', async () => {
  const notBefore = new Date('2026-11-22T01:00:00.000Z')
  const { post, tell } = await startWith({
    outcome: 'refused',
    because: 'institution_asks_to_wait',
    state: 'parked',
    institutions: [
      { institutionId: 'A', outcome: 'refused', because: 'institution_asks_to_wait', notBefore },
    ],
  })
  const answer = await post(`${PATH}/resume`, { why: WHY })
  expect(answer.status).toBe(409)
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(orderRefused.parse(await answer.json())).toMatchObject({
    type: '/problems/OrderRefused',
    because: 'institution_asks_to_wait',
    state: 'parked',
    institutions: [{ institutionId: 'A', says: expect.any(String), notBefore: notBefore.toISOString() }],
  })
  expect(tell).not.toHaveBeenCalled()
})

test('an institution that is not in the plan is refused in those words', async () => {
  const rows = obey(
    { verb: 'resume', institutionIds: ['GONE'], by: 'kim', why: WHY, via: 'operator' },
    [],
    new Date(),
  )
  const { post } = await startWith({
    outcome: 'refused',
    because: 'not_in_plan',
    state: 'parked',
    institutions: rows,
  })
  const told = orderRefused.parse(await (await post(`${PATH}/resume`, { why: WHY })).json())
  expect(told.detail).toBe('This institution is not in the plan of this refresh.')
  expect(told.institutions[0]!.says).toBe(told.detail)
})

test('an order for a refresh that is not there, or for nobody, is not found', async () => {
  const none: OrderAnswer = { outcome: 'refused', because: 'no_such_refresh', state: null, institutions: [] }
  const { post, give } = await startWith(none)
  expect((await post(`${PATH}/cancel`, { why: WHY })).status).toBe(404)
  expect(give).toHaveBeenCalledOnce()
  for (const path of ['nobody/12', 'user-key/0', 'user-key/x'])
    expect((await post(`/v1/operator/refreshes/${path}/cancel`, { why: WHY })).status).toBe(404)
  expect(give).toHaveBeenCalledOnce()
})

test.each([
  ['cancel', {}, 'why'],
  ['cancel', { why: 'no' }, 'why'],
  ['cancel', { why: '   ' }, 'why'],
  ['cancel', { why: 'x'.repeat(501) }, 'why'],
  ['cancel', { why: 'one\ntwo' }, 'why'],
  ['cancel', { why: WHY, institutions: ['A'] }, 'institutions'],
  ['resume', { why: WHY, institutions: [] }, 'institutions'],
  ['resume', { why: WHY, institutions: ['A', 'A'] }, 'institutions'],
  ['resume', { why: WHY, institutions: ["'; --"] }, 'institutions.0'],
  ['excuse', { why: WHY }, 'institutions'],
  ['excuse', { why: WHY, institutions: Array.from({ length: 101 }, (_, no) => `A${no}`) }, 'institutions'],
  ['excuse', { why: WHY, institutions: ['A'], by: 'lee' }, 'by'],
])('%s refuses %j by the name of the place', async (verb, body, path) => {
  const { post, give } = await startWith(done)
  const answer = await post(`${PATH}/${verb}`, body)
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ type: '/problems/InvalidRequest', errors: [{ path }] })
  expect(give).not.toHaveBeenCalled()
})

test('an order is JSON, and posted', async () => {
  const { ask } = await startWith(done)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  expect((await ask(`${PATH}/cancel`, { method: 'POST', headers: form, body: 'why=because' })).status).toBe(
    415,
  )
  expect((await ask(`${PATH}/cancel`)).status).toBe(405)
  expect((await ask(`${PATH}/terminate`, { method: 'POST' })).status).toBe(404)
})

describe('an institution that is back', () => {
  const institution = {
    institutionId: 'A',
    industry: 'bank',
    name: 'A',
    baseUrl: 'https://a.example',
    connector: null,
    windows: [],
    state: 'active',
    concurrency: 100,
    pausedUntil: null,
    callMs: null,
    attemptMs: null,
    updatedAt: new Date(),
  }

  test('is said to be back by name, and how many waited is answered', async () => {
    const recovered = vi.fn(async () => ({ waiting: 2_000 }))
    const institutions = { find: async (id: string) => (id === 'A' ? institution : null) }
    const { post } = await startOperator({ institutionOrders: { recovered }, institutions })
    const answer = await post('/v1/operator/institutions/A/recovered', { why: WHY })
    expect(recoveredAnswer.parse(await answer.json())).toEqual({ waiting: 2_000 })
    expect((await post('/v1/operator/institutions/B/recovered', { why: WHY })).status).toBe(404)
    expect((await post('/v1/operator/institutions/A/recovered', {})).status).toBe(400)
    expect((await post('/v1/operator/institutions/A/recovered', { why: WHY }, 'viewer')).status).toBe(403)
    const place = expect.stringMatching(/127\.0\.0\.1$/)
    expect(recovered.mock.calls).toEqual([['A', 'kim-operator', WHY, place]])
  })
})
