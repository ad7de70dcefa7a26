import { afterAll, beforeAll, expect, test } from 'vitest'

import { type Sandbox, startSandbox } from './server.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ today: '2026-11-22', seed: 'control', maxPeople: 3, cardInstitutions: 1 })
})
afterAll(() => sandbox.close())

async function control(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object | string) {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {})
  const init = method === 'GET' ? {} : { method, body: text }
  const response = await fetch(`${sandbox.url}/_sandbox${path}`, init)
  const answer: unknown = await response.json()
  return { status: response.status, body: answer }
}

const who = { person: 'minji', institutionId: 'SBXBANK001' }
const atCards = { person: 'minji', institutionId: 'SBXCARD001' }

test('what HTTP says is what the functions say', async () => {
  expect((await control('GET', '/ledger?person=minji&from=2026-11-01')).body).toEqual(
    sandbox.control.ledger({ person: 'minji', from: '2026-11-01' }),
  )
  expect((await control('GET', '/clock')).body).toEqual(sandbox.control.clock())
  expect((await control('GET', '/violations')).body).toMatchObject(sandbox.control.violations())
  expect((await control('GET', '/calls?since=0')).body).toEqual(sandbox.control.calls())
  expect((await control('GET', '/ci?person=minji')).body).toEqual(sandbox.control.ci({ person: 'minji' }))
  expect((await control('GET', '/chains')).body).toEqual(sandbox.control.chains())
  expect((await control('GET', '/rules')).body).toEqual(sandbox.control.rules())
  expect((await control('GET', '/doors')).body).toEqual(sandbox.control.doors())
  expect((await control('GET', '/profile')).body).toEqual(sandbox.control.profile())
})

test('every order has a route', async () => {
  const orders: [string, object][] = [
    [
      '/consents',
      { person: 'minji', institutionIds: ['SBXBANK001'], endsOn: '2027-01-31', scope: 'bank.list' },
    ],
    ['/codes', who],
    ['/expire-access', who],
    ['/refuse-refresh', who],
    ['/withdraw', who],
    ['/token-rules', { institutionId: '*', rotation: 'grace', accessSeconds: 60 }],
    ['/transactions', { ...who, count: 2 }],
    ['/plant', { ...who, accountNum: '999CANARY', memo: 'm', prodName: 'p' }],
    ['/close-account', { ...who, accountNum: '999CANARY' }],
    ['/approvals', { ...atCards, count: 2, merchant: 'm', amount: '900', overseas: false, installments: 2 }],
    ['/amend-approval', { ...atCards, amount: '800' }],
    ['/cancel-approval', atCards],
    ['/behaviour', { institutionId: '*', latencyMs: { p50: 1, sigma: 0.1 }, api: 'bank-001', times: 1 }],
    ['/behaviour/reset', {}],
    [
      '/rules',
      { id: 'night', institutionId: '*', from: '01:00', until: '05:00', hang: true, probability: 0.5 },
    ],
    [
      '/rules',
      { institutionId: '*', share: 0.3, group: 'g', forSeconds: 600, over: { calls: 1, perSeconds: 1 } },
    ],
    ['/rules', { institutionId: '*', status: { http: 429, retryAfter: { dateInSeconds: 30 } }, every: 2 }],
    ['/violations/reset', {}],
    ['/clock', { advanceDays: 1 }],
  ]
  for (const [path, order] of orders)
    expect([path, (await control('POST', path, order)).status]).toEqual([path, 200])
})

test.each([
  ['/consents', { person: 'minji', institutionIds: ['NOWHERE'] }],
  ['/consents', { person: 'minji', institutionIds: 'SBXBANK001' }],
  ['/consents', { person: 'a|b', institutionIds: [] }],
  ['/codes', { ...who, endOn: '2027-01-31' }],
  ['/withdraw', { ...who, institutionId: 'NOWHERE' }],
  ['/token-rules', { institutionId: '*', rotation: 'sometimes' }],
  ['/token-rules', { institutionId: '*', accessSeconds: 0 }],
  ['/clock', {}],
  ['/clock', { advanceDays: -1 }],
  ['/clock', { now: 'yesterday' }],
  ['/behaviour', { institutionId: '*', latencyMs: '5' }],
  ['/behaviour', { institutionId: '*', latencyMs: { means: [], sigma: 1 } }],
  ['/rules', { institutionId: '*', mangle: 'constructor' }],
  ['/rules', { institutionId: '*', api: 'bank-999' }],
  ['/rules', { institutionId: '*', apiType: 'sometimes' }],
  ['/rules', { institutionId: '*', from: '01:00' }],
  ['/rules', { institutionId: '*', from: '25:00', until: '26:00' }],
  ['/rules', { institutionId: '*', probability: 1.1 }],
  ['/rules', { institutionId: '*', times: 0 }],
  ['/rules', { institutionId: '*', drawnEverySeconds: 5 }],
  ['/rules', { institutionId: '*', status: { http: 429, retryAfter: 'a\r\nb' } }],
  ['/rules', { institutionId: '*', status: { http: 100 } }],
  ['/rules', { id: 'a b', institutionId: '*' }],
  ['/doors', { institutionId: 'SBXBANK001', fault: 'refuses' }],
  ['/rules', { institutionId: '*', over: { calls: 1 } }],
  ['/transactions', { ...who, count: 0 }],
  ['/close-account', { ...who, accountNum: '1' }],
  ['/plant', 'not json'],
  ['/plant', JSON.stringify({ ...who, memo: 'x'.repeat(70_000) })],
])('refuses %s with %j', async (path, order) => {
  const { status, body } = await control('POST', path, order)
  expect([status, Object.keys(body ?? {})]).toEqual([400, ['error']])
})

function consent(person: string): void {
  sandbox.control.consents({ person, institutionIds: ['SBXBANK001'] })
}

test('people are limited, so that a mistake cannot fill the memory', () => {
  for (const person of ['minji', 'b', 'c', 'c']) consent(person)
  expect(() => consent('d')).toThrow('maxPeople')
})

test('a rule comes and goes by its id, with what it has struck', async () => {
  const rule = { id: 'mine', institutionId: 'SBXBANK001', status: { http: 503 } }
  expect((await control('POST', '/rules', rule)).body).toEqual({ id: 'mine' })
  await fetch(`${sandbox.url}/SBXBANK001/v2/bank/apis`)
  expect((await control('GET', '/rules')).body).toContainEqual({ ...rule, seen: 1, fired: 1 })
  expect((await control('DELETE', '/rules/mine')).body).toEqual({ removed: 'mine' })
  expect((await control('DELETE', '/rules/mine')).status).toBe(400)
  const named = (await control('POST', '/rules', { institutionId: '*', status: { http: 503 } })).body
  expect(named).toEqual({ id: expect.stringMatching(/^rule-\d+$/) })
  await control('POST', '/behaviour/reset')
  expect((await control('GET', '/rules')).body).toEqual([])
})

test('a profile is played by name, and wrong names are answered with the right ones', async () => {
  expect((await control('PUT', '/profile', { name: 'storm' })).body).toMatchObject({ name: 'storm' })
  expect(sandbox.control.profile()).toMatchObject({ name: 'storm', known: { calm: expect.any(String) } })
  const down = { name: 'outage:SBXCARD001' }
  expect((await control('PUT', '/profile', down)).body).toMatchObject(down)
  for (const name of ['stormy', 'outage:NOWHERE', 'outage:'])
    expect(await control('PUT', '/profile', { name })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/calm, realistic, storm, outage:<institutionId>.*SBXBANK001/) },
    })
  expect(sandbox.control.profile().name).toBe('outage:SBXCARD001')
  await control('PUT', '/profile', { name: 'calm' })
  const wrong = await control('POST', '/rules', { institutionId: '*', mangle: 'htlm' })
  expect(JSON.stringify(wrong.body)).toContain('html')
  const nowhere = await control('POST', '/rules', { institutionId: 'BANK' })
  expect(JSON.stringify(nowhere.body)).toContain('SBXBANK001')
})
