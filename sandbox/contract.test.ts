import { readFileSync } from 'node:fs'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { addMonths, dayFrom } from './kst.ts'
import { type Sandbox, startSandbox } from './server.ts'
import { askForConsent, queryOf, refreshGrant, visit } from './test-app.ts'
import {
  ACCOUNTS,
  assetOf,
  createTestClient,
  listAccounts,
  readTransactions,
  sidesOf,
  type TestClient,
  TRANSACTIONS,
} from './test-client.ts'
import { contractFolder, expectLawful, faultsOf } from './test-contract.ts'

const TODAY = dayFrom('2026-11-22') ?? 0
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ today: '2026-11-22', seed: 'contract', institutions: 7 })
})
afterAll(() => sandbox.close())

async function expectLawfulReading(client: TestClient): Promise<void> {
  expectLawful('get', '/v2/bank/apis', await client.get('/v2/bank/apis', {}))
  expectLawful('get', '/v2/bank/consents', await client.get('/v2/bank/consents', {}))
  expectLawful('get', ACCOUNTS, await client.get(ACCOUNTS, { search_timestamp: '0', limit: '2' }))
  for (const account of await listAccounts(client)) {
    for (const side of sidesOf(account)) {
      for (const kind of ['basic', 'detail']) {
        const path = `${ACCOUNTS}/${side}/${kind}`
        const reply = await client.post(path, { ...assetOf(account), search_timestamp: '0' })
        expectLawful('post', path, reply)
        const since = { ...assetOf(account), search_timestamp: reply.body.search_timestamp ?? '' }
        const again = await client.post(path, since)
        expect(again.body.rsp_code).toBe('00001')
        expectLawful('post', path, again)
      }
      const range = { from: addMonths(TODAY, -12) + 1, through: TODAY }
      const { replies } = await readTransactions(client, side, assetOf(account), range)
      for (const reply of replies) expectLawful('post', `${ACCOUNTS}/${side}/transactions`, reply)
    }
  }
}

test.each(['minji', 'p1', '이름-긴 사람', 'borrower-7'])(
  'everything %s is told at any bank keeps the contract',
  async (person) => {
    for (const { institutionId } of sandbox.institutions)
      await expectLawfulReading(createTestClient(sandbox, person, institutionId))
    expect(sandbox.control.violations().counts).toEqual({})
  },
)

test('memos and channels fit the bytes the standard gives them', async () => {
  for (const { institutionId } of sandbox.institutions) {
    const client = createTestClient(sandbox, 'minji', institutionId)
    for (const account of await listAccounts(client)) {
      if (!sidesOf(account).includes('deposit')) continue
      const range = { from: addMonths(TODAY, -12) + 1, through: TODAY }
      const { rows } = await readTransactions(client, 'deposit', assetOf(account), range)
      for (const { trans_class = '', trans_memo = '' } of rows) {
        expect(Buffer.byteLength(trans_class)).toBeLessThanOrEqual(15)
        expect(Buffer.byteLength(trans_memo)).toBeLessThanOrEqual(90)
      }
    }
  }
})

test.each([
  ['400', '40001', { account_num: '', from_date: '20261101', to_date: '20261122', limit: '500' }, {}],
  ['400', '40002', {}, { 'x-api-type': 'sometimes' }],
  ['400', '40004', { from_date: '20250101' }, {}],
  ['401', '40101', {}, { authorization: 'Bearer nobody' }],
  ['403', '40303', { org_code: 'SBXBANK002' }, {}],
  ['403', '40304', { from_date: '20200101' }, {}],
  ['404', '40402', { account_num: '99900000000000' }, {}],
])('refuses with %s %s as the contract has it', async (status, rspCode, change, headers) => {
  const client = createTestClient(sandbox, 'minji', 'SBXBANK001')
  const [account] = await listAccounts(client)
  const asset = { ...assetOf(account!), from_date: '20261101', to_date: '20261122', limit: '500' }
  const reply = await client.post(TRANSACTIONS, { ...asset, ...change }, headers)
  expect([String(reply.status), reply.body.rsp_code]).toEqual([status, rspCode])
  expectLawful('post', TRANSACTIONS, reply)
})

test.each([
  [500, undefined, '50001'],
  [500, '50009', '50009'],
  [429, undefined, '42901'],
  [403, '40302', '40302'],
])('breaks as told with %s %s, and as the contract has it', async (http, rspCode, expected) => {
  const client = createTestClient(sandbox, 'minji', 'SBXBANK001')
  const status = { http, ...(rspCode === undefined ? {} : { rspCode }) }
  sandbox.control.behaviour({ institutionId: 'SBXBANK001', status, times: 1 })
  const reply = await client.get(ACCOUNTS, { limit: '500' })
  expect([reply.status, reply.body.rsp_code]).toEqual([http, expected])
  expectLawful('get', ACCOUNTS, reply)
  expect((await client.get(ACCOUNTS, { limit: '500' })).status).toBe(200)
})

test('token answers keep the contract, refusals too', async () => {
  const client = createTestClient(sandbox, 'p1', 'SBXBANK001')
  const path = '/oauth/2.0/token'
  const { code } = sandbox.control.codes({ person: 'p1', institutionId: 'SBXBANK001' })
  const grant = { grant_type: 'authorization_code', code, redirect_uri: 'https://moa.example/callback' }
  const replies = [
    await client.form(path, grant),
    await client.form(path, grant),
    await client.form(path, { ...grant, client_secret: 'wrong' }),
    await client.form(path, { grant_type: 'password' }),
    await client.form(path, {}),
    await client.form(path, grant, { 'x-api-tran-id': nextTranIdLike() }),
  ]
  expect(replies.map(({ status, body }) => [status, body.error])).toEqual([
    [200, undefined],
    [400, 'invalid_grant'],
    [400, 'invalid_client'],
    [400, 'unsupported_grant_type'],
    [400, 'invalid_request'],
    [400, 'invalid_grant'],
  ])
  for (const reply of replies) expectLawful('post', path, reply)
  // The code that came again ended what it gave.
  const [issued] = sandbox.control.consents({ person: 'p1', institutionIds: ['SBXBANK001'] })
  const revoked = await client.form('/oauth/2.0/revoke', { token: issued?.accessToken ?? '' })
  const again = await client.form('/oauth/2.0/revoke', { token: issued?.accessToken ?? '' })
  expect([revoked.body.rsp_code, again.body.rsp_code]).toEqual(['00000', '99999'])
  for (const reply of [revoked, again]) expectLawful('post', '/oauth/2.0/revoke', reply)
})

test('rotated tokens, and what the caller of authorize is told, keep the contract', async () => {
  sandbox.control.tokenRules({ institutionId: 'SBXBANK002', rotation: 'strict' })
  const client = createTestClient(sandbox, 'p1', 'SBXBANK002')
  const rotated = await client.form('/oauth/2.0/token', refreshGrant(client.issued.refreshToken))
  expect(rotated.body.refresh_token).toBeDefined()
  expectLawful('post', '/oauth/2.0/token', rotated)
  const path = '/oauth/2.0/authorize'
  const { status, text } = await askForConsent(sandbox, { redirect_uri: 'https://elsewhere.example' })
  expect(faultsOf('get', path, status, JSON.parse(text))).toEqual([])
  const posted = await visit(`${sandbox.url}/SBXBANK001${path}?${queryOf({})}`, { method: 'POST' })
  expect(faultsOf('get', path, posted.status, JSON.parse(posted.text))).toEqual([])
})

test('the published examples keep the contract', () => {
  const index: { file: string; method: string; path: string; status: number }[] = JSON.parse(
    readFileSync(new URL('examples/index.json', contractFolder), 'utf8'),
  )
  for (const { file, method, path, status } of index) {
    const body: unknown = JSON.parse(readFileSync(new URL(`examples/${file}`, contractFolder), 'utf8'))
    expect(faultsOf(method.toLowerCase(), path, status, body), file).toEqual([])
  }
})

function nextTranIdLike(): string {
  return `SBXMOA0001M${String(Date.now()).padStart(14, '9')}`
}
