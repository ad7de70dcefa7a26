import { afterAll, beforeAll, expect, test } from 'vitest'

import type { Sandbox } from '../server.ts'
import { ACCOUNTS, createTestClient, type TestClient } from '../test-client.ts'
import type { RetryAfter } from './retry-after.ts'
import { startFaulty } from './test-raw.ts'

let sandbox: Sandbox
let client: TestClient

beforeAll(async () => {
  sandbox = await startFaulty()
  client = createTestClient(sandbox, 'minji', 'SBXBANK001')
})
afterAll(() => sandbox.close())

const bank = { institutionId: 'SBXBANK001' }
const list = () => client.get(ACCOUNTS, { limit: '500' })

const forms: [RetryAfter | undefined, string | null][] = [
  [7, '7'],
  [0, '0'],
  [-5, '-5'],
  [1e9, '1000000000'],
  ['soon', 'soon'],
  ['', ''],
  [undefined, null],
]
test.each(forms)('429 with Retry-After %j', async (retryAfter, seen) => {
  const status = { http: 429, ...(retryAfter === undefined ? {} : { retryAfter }) }
  sandbox.control.addRule({ ...bank, status, times: 1 })
  const reply = await list()
  expect([reply.status, reply.headers.get('retry-after'), reply.body.rsp_code]).toEqual([429, seen, '42901'])
})

test('429 with an HTTP date', async () => {
  sandbox.control.addRule({ ...bank, status: { http: 429, retryAfter: { dateInSeconds: 90 } }, times: 1 })
  const text = (await list()).headers.get('retry-after') ?? ''
  expect(new Date(text).toUTCString()).toBe(text)
  const inSeconds = (Date.parse(text) - Date.now()) / 1000
  expect([inSeconds > 30, inSeconds <= 90]).toEqual([true, true])
})

test('maintenance says when its hours end, on the clock of the institutions', async () => {
  const status = { http: 503, rspCode: '50008', retryAfter: { untilEnd: true } } as const
  const id = sandbox.control.addRule({ ...bank, from: '11:00', until: '12:30', status }).id
  const reply = await list()
  sandbox.control.removeRule(id)
  // The clock stands at noon.
  expect([reply.status, reply.headers.get('retry-after'), reply.body.rsp_code]).toEqual([
    503,
    '1800',
    '50008',
  ])
})

test.each([
  [200, '50001'],
  [200, '99999'],
  [400, '40001'],
  [401, '40101'],
  [403, '40302'],
  [404, '40402'],
  [500, '50005'],
  [500, '50008'],
  [500, '50009'],
])('status %d with rsp_code %s is an error without data', async (http, rspCode) => {
  sandbox.control.addRule({ ...bank, status: { http, rspCode }, times: 1 })
  const reply = await list()
  expect([reply.status, reply.body]).toEqual([http, { rsp_code: rspCode, rsp_msg: expect.any(String) }])
})

test('a token call is refused by the names of RFC 6749', async () => {
  const status = { http: 400, rspCode: 'invalid_grant' }
  sandbox.control.addRule({ ...bank, api: 'oauth-token', status, times: 1 })
  const form = { grant_type: 'refresh_token', refresh_token: client.issued.refreshToken }
  const reply = await client.form('/oauth/2.0/token', form)
  expect([reply.status, reply.body]).toEqual([400, { error: 'invalid_grant' }])
  expect((await client.form('/oauth/2.0/token', form)).status).toBe(200)
})

test('a rule stands beside the call it struck, in the log', async () => {
  const { id } = sandbox.control.addRule({ ...bank, status: { http: 503 }, times: 1 })
  await list()
  await list()
  expect(
    sandbox.control
      .calls()
      .slice(-2)
      .map(({ rule }) => rule),
  ).toEqual([id, null])
})

test('a reset ends rules and profile', async () => {
  sandbox.control.playProfile('outage:SBXBANK001')
  sandbox.control.addRule({ ...bank, status: { http: 503 } })
  expect((await list()).status).toBe(503)
  sandbox.control.resetBehaviour()
  expect([(await list()).status, sandbox.control.profile().name]).toEqual([200, 'calm'])
})
