import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { type Sandbox, startSandbox } from './server.ts'
import { agreedBy, askForConsent, codeGrant, OTHER_REDIRECT, refreshGrant } from './test-app.ts'
import {
  ACCOUNTS,
  assetOf,
  createTestClient,
  listAccounts,
  nextTranId,
  sidesOf,
  type TestClient,
  TRANSACTIONS,
} from './test-client.ts'
import { type ViolationKind, VIOLATIONS } from './violations.ts'

let sandbox: Sandbox
let people = 0

beforeAll(async () => {
  sandbox = await startSandbox({ today: '2026-11-22', seed: 'violations' })
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.control.resetViolations())

const RANGE = { from_date: '20261101', to_date: '20261122', limit: '500' }
const LIST = { search_timestamp: '0', limit: '500' }

type Deed = (client: TestClient, asset: { account_num: string }) => Promise<unknown>

/** How each rule is broken once, at the first bank, with a deposit account of minji's. */
const deeds: Record<ViolationKind, Deed> = {
  'malformed-tran-id': (client) => client.get(ACCOUNTS, LIST, { 'x-api-tran-id': 'short' }),
  'repeated-tran-id': async (client) => {
    const headers = { 'x-api-tran-id': nextTranId() }
    await client.get(ACCOUNTS, LIST, headers)
    await client.get(ACCOUNTS, LIST, headers)
  },
  'missing-api-type': (client) => client.get(ACCOUNTS, LIST, { 'x-api-type': null }),
  'unknown-api-type': (client) => client.get(ACCOUNTS, LIST, { 'x-api-type': 'daily' }),
  'missing-authorization': (client) => client.get(ACCOUNTS, LIST, { authorization: null }),
  'wrong-org-code': (client) => client.get(ACCOUNTS, { ...LIST, org_code: 'SBXBANK002' }),
  'bad-limit': (client) => client.get(ACCOUNTS, { limit: '501' }),
  'bad-timestamp': (client) => client.get(ACCOUNTS, { ...LIST, search_timestamp: 'yesterday' }),
  'timestamp-with-cursor': (client) => client.get(ACCOUNTS, { ...LIST, next_page: 'x' }),
  'foreign-cursor': async (client, asset) => {
    const first = await client.post(TRANSACTIONS, { ...asset, ...RANGE, limit: '1' })
    const next_page = first.body.next_page
    await client.post(TRANSACTIONS, { ...asset, ...RANGE, from_date: '20261102', limit: '1', next_page })
  },
  'repeated-cursor': async (client, asset) => {
    const first = await client.post(TRANSACTIONS, { ...asset, ...RANGE, limit: '1' })
    const next_page = first.body.next_page
    for (let time = 0; time < 3; time += 1)
      await client.post(TRANSACTIONS, { ...asset, ...RANGE, limit: '1', next_page })
  },
  'outside-scope': async (client, asset) => {
    const { person, institutionId } = client
    const order = { person, institutionIds: [institutionId], scope: 'bank.list' }
    client.auth.token = sandbox.control.consents(order)[0]?.accessToken ?? ''
    const reply = await client.post(TRANSACTIONS, { ...asset, ...RANGE })
    expect(reply.body.rsp_code).toBe('40104')
  },
  'asset-without-consent': async () => {
    const client = createTestClient(sandbox, 'minji', 'SBXBANK005')
    const account = (await listAccounts(client)).find(({ is_consent }) => is_consent === 'false')
    const reply = await client.post(TRANSACTIONS, { ...assetOf(account!), ...RANGE })
    expect(reply.body.rsp_code).toBe('40105')
  },
  'asked-closed-asset-again': async ({ person, institutionId, ...client }) => {
    const { accountNum } = sandbox.control.plant({ person, institutionId })
    sandbox.control.closeAccount({ person, institutionId, accountNum })
    for (let time = 0; time < 2; time += 1) {
      const reply = await client.post(TRANSACTIONS, { account_num: accountNum, ...RANGE })
      expect(reply.body.rsp_code).toBe('40305')
    }
  },
  'unknown-asset': (client) => client.post(TRANSACTIONS, { account_num: '99912345678901', ...RANGE }),
  'missing-seqno': async () => {
    const client = createTestClient(sandbox, 'minji', 'SBXBANK004')
    const account = (await listAccounts(client)).find(({ seqno }) => seqno !== undefined)
    await client.post(TRANSACTIONS, { account_num: account?.account_num, ...RANGE })
  },
  'span-too-long': async (client, asset) => {
    const reply = await client.post(TRANSACTIONS, { ...asset, ...RANGE, from_date: '20251121' })
    expect(reply.body.rsp_code).toBe('40004')
  },
  'older-than-five-years': async (client, asset) => {
    const range = { ...RANGE, from_date: '20211121', to_date: '20211130' }
    const reply = await client.post(TRANSACTIONS, { ...asset, ...range })
    expect(reply.body.rsp_code).toBe('40304')
  },
  'parallel-ranges': async (client, asset) => {
    sandbox.control.behaviour({ institutionId: client.institutionId, latencyMs: 50, times: 2 })
    await Promise.all([
      client.post(TRANSACTIONS, { ...asset, ...RANGE }),
      client.post(TRANSACTIONS, { ...asset, ...RANGE, to_date: '20261110' }),
    ])
  },
  'scheduled-twice-in-week': async (client) => {
    const headers = { 'x-api-type': 'scheduled' }
    const first = await client.get(ACCOUNTS, LIST, headers)
    const second = await client.get(ACCOUNTS, LIST, headers)
    expect([first.status, second.status, second.body.rsp_code]).toEqual([200, 429, '42901'])
  },
  'call-after-withdrawal': async (client) => {
    await client.form('/oauth/2.0/revoke', { token: client.auth.token })
    expect((await client.get(ACCOUNTS, LIST)).body.rsp_code).toBe('40101')
  },
  'call-with-ended-consent': async (client) => {
    const order = { person: client.person, institutionIds: [client.institutionId], endsOn: '2026-11-21' }
    client.auth.token = sandbox.control.consents(order)[0]?.accessToken ?? ''
    expect((await client.get(ACCOUNTS, LIST)).body.rsp_code).toBe('40106')
  },
  'refresh-loop': async (client) => {
    sandbox.control.expireAccess(client)
    for (let time = 0; time < 4; time += 1) await client.get(ACCOUNTS, LIST)
  },
  'unregistered-redirect': async () => {
    const reply = await askForConsent(sandbox, { redirect_uri: 'https://moa.example/callback/' })
    expect([reply.status, reply.location]).toEqual([400, null])
  },
  'malformed-authorization': async () => {
    const reply = await askForConsent(sandbox, { code_challenge_method: 'plain' })
    expect(reply.back['error']).toBe('invalid_request')
  },
  'redirect-mismatch': async (client) => {
    const { code } = await agreedBy(sandbox, client.person)
    await client.form('/oauth/2.0/token', { ...codeGrant(code), redirect_uri: OTHER_REDIRECT })
  },
  'wrong-verifier': async (client) => {
    const { code } = await agreedBy(sandbox, client.person)
    const { code_verifier: _, ...grant } = codeGrant(code)
    await client.form('/oauth/2.0/token', grant)
  },
  'code-used-again': async (client) => {
    const { code } = await agreedBy(sandbox, client.person)
    for (let time = 0; time < 3; time += 1) await client.form('/oauth/2.0/token', codeGrant(code))
  },
  'refresh-of-dead-series': async (client) => {
    sandbox.control.tokenRules({ institutionId: client.institutionId, rotation: 'strict' })
    for (let time = 0; time < 3; time += 1)
      await client.form('/oauth/2.0/token', refreshGrant(client.issued.refreshToken))
  },
  'secret-in-url': (client) => client.get(ACCOUNTS, { ...LIST, access_token: 'x' }),
  'unknown-path': (client) => client.get('/v2/bank/nothing', {}),
  'wrong-method': (client) => client.post(ACCOUNTS, {}),
  'malformed-body': (client) => client.post(TRANSACTIONS, '{"org_code":'),
}

function kindOf(name: string): ViolationKind {
  if (!isKind(name)) throw new Error(name)
  return name
}

function isKind(name: string): name is ViolationKind {
  return name in VIOLATIONS
}

test.each(Object.keys(VIOLATIONS))('%s is counted, once, and nothing else', async (kind) => {
  // A person of one's own where the deed changes something; minji's accounts are known.
  people += 1
  const client = createTestClient(sandbox, `breaker-${people}`, 'SBXBANK001')
  const account = (await listAccounts(client)).find((each) => sidesOf(each).includes('deposit'))
  await deeds[kindOf(kind)](client, assetOf(account!))
  const { counts, violations } = sandbox.control.violations()
  expect(counts).toEqual({ [kind]: 1 })
  expect(JSON.stringify(violations)).not.toContain(account?.account_num)
  expect(JSON.stringify(violations)).not.toContain(client.auth.token)
})

test('a token refused three times in a row is bad luck, not a loop', async () => {
  const client = createTestClient(sandbox, 'unlucky', 'SBXBANK001')
  sandbox.control.expireAccess(client)
  for (let time = 0; time < 3; time += 1) await client.get(ACCOUNTS, LIST)
  expect(sandbox.control.violations().counts).toEqual({})
})

test('the same page asked again while the first call is under way is a retry, not a parallel range', async () => {
  const client = createTestClient(sandbox, 'retrier', 'SBXBANK001')
  const [account] = await listAccounts(client)
  sandbox.control.behaviour({ institutionId: 'SBXBANK001', latencyMs: 50, times: 2 })
  const ask = () => client.post(TRANSACTIONS, { ...assetOf(account!), ...RANGE })
  const [first, second] = await Promise.all([ask(), ask()])
  expect(first.text).toBe(second.text)
  expect(sandbox.control.violations().counts).toEqual({})
})

test('a scheduled read that failed may be made again, and next week is another week', async () => {
  const client = createTestClient(sandbox, 'weekly', 'SBXBANK001', 'scheduled')
  sandbox.control.behaviour({ institutionId: 'SBXBANK001', status: { http: 500 }, times: 1 })
  expect((await client.get(ACCOUNTS, LIST)).status).toBe(500)
  expect((await client.get(ACCOUNTS, LIST)).status).toBe(200)
  // 2026-11-22 is a Sunday.
  sandbox.control.moveClock({ advanceDays: 6 })
  expect((await client.get(ACCOUNTS, LIST)).body.rsp_code).toBe('42901')
  sandbox.control.moveClock({ advanceDays: 1 })
  expect((await client.get(ACCOUNTS, LIST)).status).toBe(200)
})
