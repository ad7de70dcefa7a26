import { afterAll, beforeAll, expect, test } from 'vitest'

import { type Sandbox, startSandbox } from './server.ts'
import { ACCOUNTS, createTestClient, type TestClient } from './test-client.ts'

const TOKEN = '/oauth/2.0/token'
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ today: '2026-11-22', seed: 'oauth' })
})
afterAll(() => sandbox.close())

function codeGrant(person: string) {
  const { code } = sandbox.control.codes({ person, institutionId: 'SBXBANK001', endsOn: '2027-03-01' })
  return { grant_type: 'authorization_code', code, redirect_uri: 'https://moa.example/callback' }
}

function refreshGrant(client: TestClient) {
  return { grant_type: 'refresh_token', refresh_token: client.issued.refreshToken }
}

async function codeOf(client: TestClient): Promise<string | undefined> {
  return (await client.get(ACCOUNTS, { limit: '500' })).body.rsp_code
}

test('a code becomes tokens once, and the new consent kills the old token', async () => {
  const client = createTestClient(sandbox, 'renewer', 'SBXBANK001')
  const grant = codeGrant('renewer')
  const issued = await client.form(TOKEN, grant)
  expect(await codeOf(client)).toBe('40101')
  client.auth.token = issued.body.access_token ?? ''
  expect((await client.get('/v2/bank/consents', {})).body.end_date).toBe('20270301')
  expect((await client.form(TOKEN, grant)).body.error).toBe('invalid_grant')
})

test('a code is good for ten minutes and at its own institution', async () => {
  const client = createTestClient(sandbox, 'slow', 'SBXBANK001')
  const elsewhere = createTestClient(sandbox, 'slow', 'SBXBANK002')
  expect((await elsewhere.form(TOKEN, codeGrant('slow'))).body.error).toBe('invalid_grant')
  const late = codeGrant('slow')
  sandbox.control.moveClock({ advanceSeconds: 600 })
  expect((await client.form(TOKEN, late)).body.error).toBe('invalid_grant')
})

test('a refresh gives a new access token and no new refresh token', async () => {
  const client = createTestClient(sandbox, 'refresher', 'SBXBANK001')
  sandbox.control.expireAccess(client)
  expect(await codeOf(client)).toBe('40101')
  const reply = await client.form(TOKEN, refreshGrant(client))
  expect(Object.keys(reply.body)).toEqual(['token_type', 'access_token', 'expires_in'])
  expect(reply.body.access_token).not.toBe(client.auth.token)
  client.auth.token = reply.body.access_token ?? ''
  expect(await codeOf(client)).toBe('00000')
})

test('revoking ends access and refresh token, and may be repeated', async () => {
  const client = createTestClient(sandbox, 'leaver', 'SBXBANK001')
  const revoke = async (token: string) => (await client.form('/oauth/2.0/revoke', { token })).body.rsp_code
  expect(await revoke(client.auth.token)).toBe('00000')
  expect(await revoke(client.auth.token)).toBe('99999')
  expect(await revoke('nonsense')).toBe('99999')
  expect(await codeOf(client)).toBe('40101')
  expect((await client.form(TOKEN, refreshGrant(client))).body.error).toBe('invalid_grant')
})

test('an access token is not a refresh token, nor the reverse, and none is good elsewhere', async () => {
  const client = createTestClient(sandbox, 'mixer', 'SBXBANK001')
  const swapped = { grant_type: 'refresh_token', refresh_token: client.auth.token }
  expect((await client.form(TOKEN, swapped)).body.error).toBe('invalid_grant')
  const other = createTestClient(sandbox, 'mixer', 'SBXBANK002')
  other.auth.token = client.auth.token
  expect(await codeOf(other)).toBe('40101')
  client.auth.token = client.issued.refreshToken
  expect(await codeOf(client)).toBe('40101')
})

test('tokens age with the clock: the access token after 90 days, the refresh token after a year', async () => {
  const client = createTestClient(sandbox, 'patient', 'SBXBANK001')
  sandbox.control.moveClock({ advanceDays: 90 })
  expect(await codeOf(client)).toBe('40101')
  expect((await client.form(TOKEN, refreshGrant(client))).status).toBe(200)
  sandbox.control.moveClock({ advanceDays: 276 })
  expect((await client.form(TOKEN, refreshGrant(client))).body.error).toBe('invalid_grant')
})

test('memos stay away if the person did not consent to them', async () => {
  const { person, institutionId } = { person: 'discreet', institutionId: 'SBXBANK001' }
  const client = createTestClient(sandbox, person, institutionId)
  sandbox.control.plant({ person, institutionId, accountNum: '999MEMO', memo: 'SECRET' })
  const read = async () => {
    const today = sandbox.control.clock().today.replaceAll('-', '')
    const range = { from_date: today, to_date: today, limit: '500' }
    return (await client.post(`${ACCOUNTS}/deposit/transactions`, { account_num: '999MEMO', ...range })).text
  }
  expect(await read()).toContain('SECRET')
  const [issued] = sandbox.control.consents({ person, institutionIds: [institutionId], memo: false })
  client.auth.token = issued?.accessToken ?? ''
  expect(await read()).not.toContain('SECRET')
})
