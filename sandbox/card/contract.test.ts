import { afterAll, beforeAll, expect, test } from 'vitest'

import { addMonths, dayFrom } from '../kst.ts'
import { type Sandbox, startSandbox } from '../server.ts'
import { createTestClient, type TestClient } from '../test-client.ts'
import { expectLawful } from '../test-contract.ts'
import {
  BILLS,
  cardClients,
  CARDS,
  type Kind,
  readBills,
  readCards,
  readCharges,
  readUses,
  type Row,
  rowsIn,
  WHOLE,
} from './test-reading.ts'

const TODAY = dayFrom('2026-11-22') ?? 0
const YEAR = { from: addMonths(TODAY, -12) + 1, through: TODAY }
const KINDS: readonly Kind[] = [
  'approval-domestic',
  'approval-overseas',
  'purchase-domestic',
  'purchase-overseas',
]
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({
    today: '2026-11-22',
    seed: 'contract',
    institutions: 6,
    cardInstitutions: 5,
  })
})
afterAll(() => sandbox.close())

/** Reads everything twice where a time can be given, and holds every answer against the contract. */
async function expectLawfulReading(client: TestClient): Promise<void> {
  for (const path of ['/v2/card/apis', '/v2/card/consents'])
    expectLawful('get', path, await client.get(path, {}))
  for (const path of Object.keys(WHOLE)) await expectStamped(client, path, path)
  const cards = await readCards(client)
  for (const reply of cards.replies) expectLawful('get', CARDS, reply)
  for (const card of cards.rows.filter(({ is_consent }) => is_consent === 'true')) {
    await expectStamped(client, `${CARDS}/${card['card_id']}`, `${CARDS}/{card_id}`)
    for (const kind of KINDS)
      for (const reply of (await readUses(client, kind, card['card_id'] ?? '', YEAR)).replies)
        expectLawful('get', `${CARDS}/{card_id}/${kind}`, reply)
  }
  const bills = await readBills(client, '202512', '202611')
  for (const reply of bills.replies) expectLawful('get', BILLS, reply)
  for (const bill of bills.rows)
    for (const reply of (await readCharges(client, bill)).replies)
      expectLawful('get', `${BILLS}/detail`, reply)
  await expectLawfulLoans(client)
}

async function expectStamped(client: TestClient, path: string, template: string): Promise<void> {
  const first = await client.get(path, { search_timestamp: '0' })
  expectLawful('get', template, first)
  const again = await client.get(path, { search_timestamp: first.body.search_timestamp ?? '' })
  expect(again.body.rsp_code).toBe('00001')
  expectLawful('get', template, again)
}

async function expectLawfulLoans(client: TestClient): Promise<void> {
  const path = '/v2/card/loans/long-term/transactions'
  const loans = rowsIn(await client.get('/v2/card/loans/long-term', { search_timestamp: '0' }), 'long_term')
  for (const { loan_num } of loans) {
    const range = { from_date: '20251123', to_date: '20261122', limit: '500' }
    expectLawful('post', path, await client.post(path, { loan_num, ...range }))
  }
}

test.each(['minji', 'p1', '이름-긴 사람', 'borrower-7'])(
  'everything %s is told at any card company keeps the contract',
  async (person) => {
    for (const client of cardClients(sandbox, person)) await expectLawfulReading(client)
    expect(sandbox.control.violations().counts).toEqual({})
  },
)

test.each([
  ['404', '40402', '/CARD-0/approval-domestic', {}],
  ['400', '40004', '/own/approval-domestic', { from_date: '20251121' }],
  ['403', '40304', '/own/approval-overseas', { from_date: '20211121', to_date: '20211122' }],
  ['400', '40001', '/own/purchase-domestic', { limit: '0' }],
  ['403', '40303', '/own/purchase-overseas', { org_code: 'SBXCARD002' }],
])('refuses with %s %s as the contract has it', async (status, rspCode, place, change) => {
  const client = createTestClient(sandbox, 'minji', 'SBXCARD001')
  const [card] = (await readCards(client)).rows
  const path = `${CARDS}${place.replace('own', card?.['card_id'] ?? '')}`
  const range = { from_date: '20261101', to_date: '20261122', limit: '500' }
  const reply = await client.get(path, { ...range, ...change })
  expect([String(reply.status), reply.body.rsp_code]).toEqual([status, rspCode])
  expectLawful('get', `${CARDS}/{card_id}/${place.split('/').at(-1)}`, reply)
})

test('names of merchants fit the bytes the standard gives them, and stay away without consent', async () => {
  const named = (rows: readonly Row[]) =>
    rows.filter((row) => 'merchant_name' in row || 'merchant_regno' in row)
  for (const client of cardClients(sandbox, 'minji')) {
    const rows = await everyUse(client)
    expect(named(rows).length).toBeGreaterThan(100)
    for (const { merchant_name = '', merchant_regno = '' } of rows) {
      expect(Buffer.byteLength(merchant_name)).toBeLessThanOrEqual(75)
      expect(merchant_regno).toMatch(/^(999-\d\d-\d{5})?$/)
    }
    const order = { person: 'minji', institutionIds: [client.institutionId], memo: false }
    client.auth.token = sandbox.control.consents(order)[0]?.accessToken ?? ''
    expect(named(await everyUse(client))).toEqual([])
    expect(await client.get('/v2/card/consents', {})).toMatchObject({
      text: expect.stringContaining('"is_consent_merchant_name_regno":"false"'),
    })
  }
})

async function everyUse(client: TestClient): Promise<Row[]> {
  const rows: Row[] = []
  for (const { card_id = '', is_consent } of (await readCards(client)).rows)
    for (const kind of is_consent === 'true' ? KINDS : [])
      rows.push(...(await readUses(client, kind, card_id, YEAR)).rows)
  for (const bill of (await readBills(client, '202512', '202611')).rows)
    rows.push(...(await readCharges(client, bill)).rows)
  return rows
}
