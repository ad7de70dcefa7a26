import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, expect, test } from 'vitest'

import { dayFrom } from './kst.ts'
import { type Sandbox, startSandbox } from './server.ts'
import {
  ACCOUNTS,
  assetOf,
  createTestClient,
  listAccounts,
  readTransactions,
  TRANSACTIONS,
} from './test-client.ts'

const open: Sandbox[] = []

async function start(options: Parameters<typeof startSandbox>[0] = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ today: '2026-11-22', seed: 'time', ...options })
  open.push(sandbox)
  return sandbox
}
afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.close()
})

const DETAIL = `${ACCOUNTS}/deposit/detail`

test('nothing changed is said with 00001 and without data; a change brings the full set', async () => {
  const sandbox = await start()
  const who = { person: 'minji', institutionId: 'SBXBANK001' }
  const client = createTestClient(sandbox, who.person, who.institutionId)
  const list = await client.get(ACCOUNTS, { search_timestamp: '0', limit: '500' })
  const since = { search_timestamp: list.body.search_timestamp ?? '', limit: '500' }
  expect((await client.get(ACCOUNTS, since)).text).toBe('{"rsp_code":"00001","rsp_msg":"변경사항 없음"}')

  const asset = assetOf(list.body.account_list![0]!)
  const detail = await client.post(DETAIL, { ...asset, search_timestamp: '0' })
  const known = { ...asset, search_timestamp: detail.body.search_timestamp }
  expect((await client.post(DETAIL, known)).body.rsp_code).toBe('00001')
  // The clock stands still: the change falls into the very second of the last answer.
  sandbox.control.transactions({ ...who, count: 1, amount: '7000' })
  const changed = await client.post(DETAIL, known)
  expect(changed.body.rsp_code).toBe('00000')
  const [was, is] = [detail, changed].map((reply) => Number(reply.body.detail_list?.[0]?.balance_amt))
  expect(is).toBe((was ?? 0) + 7000)
  // A client that could not store that answer asks with its old time again.
  expect((await client.post(DETAIL, known)).body.rsp_code).toBe('00000')
  const fresh = { ...asset, search_timestamp: changed.body.search_timestamp }
  expect((await client.post(DETAIL, fresh)).body.rsp_code).toBe('00001')

  sandbox.control.plant({ ...who, accountNum: '99900000CANARY', memo: 'CANARY' })
  const longer = await client.get(ACCOUNTS, since)
  expect(longer.body.account_list?.length).toBe((list.body.account_list?.length ?? 0) + 1)
})

test('a further page has no search_timestamp', async () => {
  const sandbox = await start()
  const client = createTestClient(sandbox, 'minji', 'SBXBANK001')
  const first = await client.get(ACCOUNTS, { search_timestamp: '0', limit: '1' })
  const second = await client.get(ACCOUNTS, { next_page: first.body.next_page ?? '', limit: '1' })
  expect([first.body.search_timestamp?.length, second.body.search_timestamp]).toEqual([14, undefined])
})

test('new days add rows at the top and leave every other as it was', async () => {
  for (const person of ['minji', 'p1', 'p2']) {
    const sandbox = await start()
    const client = createTestClient(sandbox, person, 'SBXBANK001')
    const [account] = await listAccounts(client)
    const range = { from: dayFrom('2026-06-01') ?? 0, through: dayFrom('2027-04-30') ?? 0 }
    let before = (await readTransactions(client, 'deposit', assetOf(account!), range)).rows
    // 50 days pass the 40 that are written ahead.
    for (const advanceDays of [1, 3, 50]) {
      sandbox.control.moveClock({ advanceDays })
      const after = (await readTransactions(client, 'deposit', assetOf(account!), range)).rows
      expect(after.slice(after.length - before.length)).toEqual(before)
      if (advanceDays === 50) expect(after.length).toBeGreaterThan(before.length)
      if (advanceDays === 50) expect(after[0]!.trans_dtime.slice(0, 8) > '20270101').toBe(true)
      before = after
    }
  }
})

test('with the real clock histories are the same whenever they are first asked for', async () => {
  const [today, later] = [await start({ today: undefined }), await start({ today: undefined })]
  later.control.moveClock({ advanceDays: 100 })
  const query = { person: 'p1', to: today.control.clock().today, at: today.control.clock().now }
  expect(later.control.ledger(query)).toEqual(today.control.ledger(query))
})

test('rows that come while pages are read do not move the later pages', async () => {
  const sandbox = await start()
  const who = { person: 'minji', institutionId: 'SBXBANK001' }
  const client = createTestClient(sandbox, who.person, who.institutionId)
  const [account] = await listAccounts(client)
  const range = { from: dayFrom('2026-10-01') ?? 0, through: dayFrom('2026-11-22') ?? 0 }
  const whole = await readTransactions(client, 'deposit', assetOf(account!), range)
  const wanted = { ...assetOf(account!), from_date: '20261001', to_date: '20261122', limit: '10' }
  const first = await client.post(TRANSACTIONS, wanted)
  sandbox.control.transactions({ ...who, count: 3 })
  const second = await client.post(TRANSACTIONS, { ...wanted, next_page: first.body.next_page })
  const both = [...(first.body.trans_list ?? []), ...(second.body.trans_list ?? [])]
  expect(both).toEqual(whole.rows.slice(0, 20))
})

async function servedWith(seed: string): Promise<unknown[]> {
  const sandbox = await start({ seed })
  const client = createTestClient(sandbox, 'p1', 'SBXBANK003')
  const [account] = await listAccounts(client)
  const range = { from: dayFrom('2026-01-01') ?? 0, through: dayFrom('2026-11-22') ?? 0 }
  const { replies: pages } = await readTransactions(client, 'deposit', assetOf(account!), range)
  return [client.issued, ...pages.map(({ text }) => text)]
}

test('the same seed serves the same bytes, another seed others', async () => {
  expect(await servedWith('one')).toEqual(await servedWith('one'))
  expect(await servedWith('one')).not.toEqual(await servedWith('two'))
})

test('a restart with the state file keeps tokens, revocations, codes, planted rows and the clock', async () => {
  const state = join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'state.json')
  const before = await start({ state })
  const [kept, gone] = ['kept', 'gone'].map((person) => createTestClient(before, person, 'SBXBANK001'))
  const { code } = before.control.codes({ person: 'coded', institutionId: 'SBXBANK001' })
  await gone!.form('/oauth/2.0/revoke', { token: gone!.auth.token })
  before.control.transactions({ person: 'kept', institutionId: 'SBXBANK001', count: 5, amount: '1234.567' })
  before.control.moveClock({ advanceDays: 2 })
  const truth = before.control.ledger({ person: 'kept' })
  await before.close()

  const after = await start({ state, today: undefined })
  expect(after.control.clock().today).toBe('2026-11-24')
  expect(after.control.ledger({ person: 'kept' })).toEqual(truth)
  const ask = async (token: string) => {
    const client = createTestClient(after, 'asker', 'SBXBANK001')
    client.auth.token = token
    return (await client.get(ACCOUNTS, { limit: '500' })).body.rsp_code
  }
  expect(await ask(kept!.auth.token)).toBe('00000')
  expect(await ask(gone!.auth.token)).toBe('40101')
  const coded = createTestClient(after, 'asker', 'SBXBANK001')
  const grant = { grant_type: 'authorization_code', code, redirect_uri: 'https://moa.example' }
  // Two days have passed; a code lives ten minutes.
  expect((await coded.form('/oauth/2.0/token', grant)).body.error).toBe('invalid_grant')
})

test('a revocation is written before it is answered', async () => {
  const state = join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'state.json')
  const before = await start({ state })
  const client = createTestClient(before, 'gone', 'SBXBANK001')
  await client.form('/oauth/2.0/revoke', { token: client.auth.token })
  // The first sandbox is not closed: it might have been killed here.
  const after = createTestClient(await start({ state }), 'asker', 'SBXBANK001')
  after.auth.token = client.auth.token
  expect((await after.get(ACCOUNTS, { limit: '500' })).body.rsp_code).toBe('40101')
})

test('without a state file a restart with the same seed still knows its tokens', async () => {
  const before = await start()
  const { token } = createTestClient(before, 'kept', 'SBXBANK001').auth
  await before.close()
  const client = createTestClient(await start(), 'asker', 'SBXBANK001')
  client.auth.token = token
  expect((await client.get(ACCOUNTS, { limit: '500' })).status).toBe(200)
})
