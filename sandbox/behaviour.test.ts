import { afterEach, beforeEach, expect, test } from 'vitest'

import { createBehaviours } from './behaviour.ts'
import type { Mangle } from './mangle.ts'
import { type Sandbox, startSandbox } from './server.ts'
import { ACCOUNTS, createTestClient, nextTranId, type TestClient } from './test-client.ts'

let sandbox: Sandbox
let client: TestClient

beforeEach(async () => {
  sandbox = await startSandbox({ today: '2026-11-22', seed: 'behaviour', institutions: 3 })
  client = createTestClient(sandbox, 'minji', 'SBXBANK001')
})
afterEach(() => sandbox.close())

const list = () => client.get(ACCOUNTS, { limit: '500' })

test('a rule for an institution and API comes before one for the institution, and that before the rest', () => {
  const rules = createBehaviours('seed')
  rules.set({ institutionId: '*', latencyMs: 1 })
  rules.set({ institutionId: 'A', latencyMs: 2 })
  rules.set({ institutionId: 'A', api: 'bank-004', latencyMs: 3, times: 1 })
  const delays = () => [rules.next('B', 'bank-001'), rules.next('A', 'bank-001'), rules.next('A', 'bank-004')]
  expect(delays().map(({ delayMs }) => delayMs)).toEqual([1, 2, 3])
  expect(delays().map(({ delayMs }) => delayMs)).toEqual([1, 2, 2])
})

function draw(): number[] {
  const rules = createBehaviours('seed')
  rules.set({ institutionId: '*', latencyMs: { p50: 400, sigma: 0.5 } })
  return Array.from({ length: 2001 }, () => rules.next('A', 'bank-001').delayMs)
}

test('drawn latencies come from the seed and lie around their median', () => {
  const delays = draw()
  expect(delays).toEqual(draw())
  const median = delays.toSorted((one, other) => one - other)[1000] ?? 0
  expect(Math.abs(median - 400)).toBeLessThan(30)
})

test('a failure can wait for the middle of a read, and says when to come again', async () => {
  const status = { http: 429, retryAfter: 7 }
  sandbox.control.behaviour({ institutionId: 'SBXBANK001', api: 'bank-001', status, after: 2, times: 1 })
  const replies = [await list(), await list(), await list()]
  expect(replies.map((reply) => reply.status)).toEqual([200, 429, 200])
  expect(replies[1]?.headers.get('retry-after')).toBe('7')
})

test('a hanging call ends with its client and is written down as aborted', async () => {
  sandbox.control.behaviour({ institutionId: 'SBXBANK001', hang: true, times: 1 })
  const leaving = new AbortController()
  const hanging = fetch(`${sandbox.url}/SBXBANK001${ACCOUNTS}?org_code=SBXBANK001&limit=500`, {
    headers: {
      authorization: `Bearer ${client.auth.token}`,
      'x-api-tran-id': nextTranId(),
      'x-api-type': 'user-refresh',
    },
    signal: leaving.signal,
  })
  const left = expect(hanging).rejects.toThrow()
  await expect.poll(() => sandbox.control.calls()).toHaveLength(1)
  leaving.abort()
  await left
  await expect.poll(() => sandbox.control.calls()[0]?.aborted).toBe(true)
  expect((await list()).status).toBe(200)
})

test('a rule about one person leaves everybody else alone, and comes before a rule about all', async () => {
  const bank = { institutionId: 'SBXBANK001' }
  sandbox.control.behaviour({ ...bank, status: { http: 503 } })
  sandbox.control.behaviour({ ...bank, person: 'minji', status: { http: 429 }, times: 1 })
  expect([(await list()).status, (await list()).status]).toEqual([429, 503])
  sandbox.control.resetBehaviour()
  sandbox.control.behaviour({ ...bank, person: 'somebody', status: { http: 503 } })
  expect((await list()).status).toBe(200)
})

test('a window can be closed for scheduled calls only', async () => {
  const status = { http: 500, rspCode: '50009' }
  sandbox.control.behaviour({ institutionId: '*', apiType: 'scheduled', status })
  const scheduled = await client.get(ACCOUNTS, { limit: '500' }, { 'x-api-type': 'scheduled' })
  expect([scheduled.body.rsp_code, (await list()).body.rsp_code]).toEqual(['50009', '00000'])
})

/** The first page of one account, spoiled. */
async function mangled(mangle: Mangle, query = {}) {
  sandbox.control.behaviour({ institutionId: 'SBXBANK001', mangle, times: 1 })
  const url = `${sandbox.url}/SBXBANK001${ACCOUNTS}?`
  const all = new URLSearchParams({ org_code: 'SBXBANK001', limit: '1', ...query }).toString()
  const tranId = nextTranId()
  const headers = { 'x-api-tran-id': tranId, 'x-api-type': 'user-refresh' }
  const reply = await fetch(url + all, {
    headers: { authorization: `Bearer ${client.auth.token}`, ...headers },
    signal: AbortSignal.timeout(mangle === 'drip' ? 500 : 10_000),
  })
  return {
    status: reply.status,
    isEcho: reply.headers.get('x-api-tran-id') === tranId,
    text: await reply.text(),
  }
}

test('answers are spoiled as told', async () => {
  expect(await mangled('html')).toMatchObject({
    status: 200,
    isEcho: true,
    text: expect.stringContaining('<html>'),
  })
  expect(await mangled('empty')).toMatchObject({ status: 200, text: '' })
  expect(await mangled('wrong-tran-id')).toMatchObject({ status: 200, isEcho: false })
  const native = await mangled('native')
  expect(native.text).toContain('"account_cnt":1,')
  expect(native.text).toContain('"is_consent":true')
  await expect(mangled('truncated')).rejects.toThrow()
  await expect(mangled('reset')).rejects.toThrow()
  await expect.poll(() => sandbox.control.calls().at(-1)).toMatchObject({ status: 200, aborted: true })
  await expect(mangled('drip')).rejects.toThrow()
  const { next_page }: { next_page: string } = JSON.parse((await mangled('native')).text)
  expect((await mangled('same-cursor', { next_page })).text).toContain(next_page)
})

test('calls and chains say who asked what, how it ended and how long it took', async () => {
  const since = Date.now()
  sandbox.control.behaviour({ institutionId: 'SBXBANK001', latencyMs: 60, times: 1 })
  await list()
  await client.get(ACCOUNTS, { limit: 'many' })
  const calls = sandbox.control.calls({ person: 'minji', since })
  expect(calls.map(({ api, apiType, status, rspCode }) => [api, apiType, status, rspCode])).toEqual([
    ['bank-001', 'user-refresh', 200, '00000'],
    ['bank-001', 'user-refresh', 400, '40001'],
  ])
  const [chain] = sandbox.control.chains({ person: 'minji', since })
  expect(chain).toMatchObject({ institutionId: 'SBXBANK001', calls: 2, firstStart: calls[0]?.at })
  expect(chain?.ms).toBeGreaterThanOrEqual(55)
  expect(calls[0]?.ms).toBeGreaterThanOrEqual(55)
})
