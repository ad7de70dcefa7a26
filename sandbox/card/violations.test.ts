import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { type Sandbox, startSandbox } from '../server.ts'
import { createTestClient, type TestClient } from '../test-client.ts'
import type { ViolationKind } from '../violations.ts'
import { BILLS, CARDS, readCards, readCharges } from './test-reading.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ today: '2026-11-22', seed: 'violations', cardInstitutions: 3 })
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.control.resetViolations())

const RANGE = { from_date: '20261101', to_date: '20261122', limit: '500' }
const MONTHS = { from_month: '202609', to_month: '202611', limit: '500' }

/** How rules are broken that are a card company's own, with the first card of minji's at the first company. */
const deeds: [ViolationKind, string, string, (client: TestClient, card: string) => Promise<unknown>][] = [
  ['unknown-asset', 'a card that is not listed', '40402', (client) => client.get(`${CARDS}/CARD-1`, {})],
  [
    'unknown-asset',
    'a bill that is not there yet',
    '40402',
    (client) => client.get(`${BILLS}/detail`, { charge_month: '202612', limit: '500' }),
  ],
  [
    'unknown-asset',
    'a loan that is not listed',
    '40402',
    (client) => client.post('/v2/card/loans/long-term/transactions', { loan_num: 'LN1', ...RANGE }),
  ],
  [
    'asset-without-consent',
    'a card kept out of the consent',
    '40105',
    async () => {
      const client = createTestClient(sandbox, 'minji', 'SBXCARD003')
      const card = (await readCards(client)).rows.find((row) => row['is_consent'] === 'false')
      return client.get(`${CARDS}/${card?.['card_id']}`, {})
    },
  ],
  [
    'missing-seqno',
    'a bill of several without its number',
    '40001',
    () =>
      createTestClient(sandbox, 'minji', 'SBXCARD002').get(`${BILLS}/detail`, {
        charge_month: '202611',
        limit: '500',
      }),
  ],
  [
    'span-too-long',
    'thirteen months of bills',
    '40004',
    (client) => client.get(BILLS, { ...MONTHS, from_month: '202511' }),
  ],
  [
    'span-too-long',
    'four months of bills by schedule',
    '40004',
    (client) => client.get(BILLS, { ...MONTHS, from_month: '202608' }, { 'x-api-type': 'scheduled' }),
  ],
  [
    'older-than-five-years',
    'bills of six years ago',
    '40304',
    (client) => client.get(BILLS, { ...MONTHS, from_month: '202010', to_month: '202012' }),
  ],
  [
    'outside-scope',
    'points without the scope of points',
    '40104',
    (client) => {
      const order = { person: 'minji', institutionIds: ['SBXCARD001'], scope: 'card.list card.card' }
      client.auth.token = sandbox.control.consents(order)[0]?.accessToken ?? ''
      return client.get('/v2/card/points', { search_timestamp: '0' })
    },
  ],
  ['unknown-path', 'a bank’s path', '40401', (client) => client.get('/v2/bank/accounts', { limit: '500' })],
  [
    'secret-in-url',
    'a card number in the query',
    '00000',
    (client, card) => client.get(`${CARDS}/${card}`, { card_num: '9999' }),
  ],
  [
    'scheduled-twice-in-week',
    'the points twice by schedule',
    '42901',
    async (client) => {
      const read = () => client.get('/v2/card/points', {}, { 'x-api-type': 'scheduled' })
      await read()
      return read()
    },
  ],
]

test.each(deeds)('%s is counted, once, for %s, and answered with %s', async (kind, _, rspCode, deed) => {
  const client = createTestClient(sandbox, 'minji', 'SBXCARD001')
  const [card] = (await readCards(client)).rows
  expect(await deed(client, card?.['card_id'] ?? '')).toMatchObject({ body: { rsp_code: rspCode } })
  const { counts, violations } = sandbox.control.violations()
  expect(counts).toEqual({ [kind]: 1 })
  expect(JSON.stringify(violations)).not.toContain(card?.['card_id'])
})

test('two ranges of one card at once, and two bills at once, are parallel; two cards are not', async () => {
  const client = createTestClient(sandbox, 'minji', 'SBXCARD001')
  const [one, other] = (await readCards(client)).rows.map(
    (row) => `${CARDS}/${row['card_id']}/approval-domestic`,
  )
  const both = async (...calls: (() => Promise<unknown>)[]) => {
    sandbox.control.resetViolations()
    sandbox.control.behaviour({ institutionId: 'SBXCARD001', latencyMs: 50, times: calls.length })
    await Promise.all(calls.map((call) => call()))
    return sandbox.control.violations().counts
  }
  const part = { ...RANGE, to_date: '20261110' }
  expect(
    await both(
      () => client.get(one!, RANGE),
      () => client.get(one!, part),
    ),
  ).toEqual({
    'parallel-ranges': 1,
  })
  expect(
    await both(
      () => client.get(one!, RANGE),
      () => client.get(other!, part),
    ),
  ).toEqual({})
  expect(
    await both(
      () => client.get(one!, RANGE),
      () => client.get(one!, RANGE),
    ),
  ).toEqual({})
  const bill = (charge_month: string) => () => readCharges(client, { charge_month })
  expect(await both(bill('202610'), bill('202611'))).toEqual({ 'parallel-ranges': 1 })
})

test('a closed card is refused, and asking again is counted', async () => {
  const client = createTestClient(sandbox, 'closer', 'SBXCARD001')
  const [card] = (await readCards(client)).rows
  const { person, institutionId } = client
  sandbox.control.closeAccount({ person, institutionId, accountNum: card?.['card_id'] ?? '' })
  const read = () => client.get(`${CARDS}/${card?.['card_id']}/approval-domestic`, RANGE)
  expect((await read()).body.rsp_code).toBe('40305')
  expect(sandbox.control.violations().counts).toEqual({})
  expect((await read()).body.rsp_code).toBe('40305')
  expect(sandbox.control.violations().counts).toEqual({ 'asked-closed-asset-again': 1 })
})
