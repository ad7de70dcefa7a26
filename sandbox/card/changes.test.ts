import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, expect, test } from 'vitest'

import { addMonths, dayFrom } from '../kst.ts'
import { type Sandbox, startSandbox } from '../server.ts'
import { createTestClient } from '../test-client.ts'
import { CARDS, cardClients, readCards, readUses, type Row } from './test-reading.ts'

const TODAY = dayFrom('2026-11-22') ?? 0
const YEAR = { from: addMonths(TODAY, -12) + 1, through: TODAY }
const who = { person: 'minji', institutionId: 'SBXCARD001' }
const open: Sandbox[] = []

async function start(options: Parameters<typeof startSandbox>[0] = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({
    today: '2026-11-22',
    seed: 'changes',
    cardInstitutions: 3,
    ...options,
  })
  open.push(sandbox)
  return sandbox
}
afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.close()
})

const idOf = ({ approved_num, approved_dtime }: Row) => `${approved_num} ${approved_dtime}`

test('a cancellation and an amendment are new states of the same approval', async () => {
  const sandbox = await start()
  const client = createTestClient(sandbox, 'minji', 'SBXCARD001')
  const planted = sandbox.control.approvals({
    ...who,
    count: 2,
    amount: '50000',
    merchant: '새 가게',
    installments: 3,
  })
  const [first, second] = planted.approvals
  sandbox.control.moveClock({ advanceDays: 4 })
  sandbox.control.cancelApproval({ ...who, ...first })
  sandbox.control.amendApproval({ ...who, ...second, amount: '30000' })
  const range = { from: TODAY, through: TODAY }
  const { rows } = await readUses(client, 'approval-domestic', planted.cardId, range)
  const mine = rows.filter((row) => row['merchant_name'] === '새 가게')
  const same = { approved_dtime: '20261122120000', approved_amt: '50000', total_install_cnt: '3' }
  const later = { trans_dtime: '20261126120000' }
  expect(mine.toSorted((one, other) => Number(one['status']) - Number(other['status']))).toMatchObject([
    { ...same, ...later, approved_num: first?.approvedNum, status: '02' },
    { ...same, ...later, approved_num: second?.approvedNum, status: '03', modified_amt: '30000' },
  ])
  expect(mine).toHaveLength(2)
})

test('an amended approval can be cancelled; a cancelled one cannot be found again', async () => {
  const sandbox = await start()
  const { approvals } = sandbox.control.approvals({ ...who, count: 1, overseas: true })
  const which = { ...who, ...approvals[0] }
  sandbox.control.amendApproval({ ...which, amount: '9.5' })
  expect(sandbox.control.cancelApproval(which)).toEqual({ ...approvals[0], status: '02' })
  expect(() => sandbox.control.cancelApproval(which)).toThrow('no such approval')
  expect(() => sandbox.control.amendApproval({ ...which, amount: '1' })).toThrow('no such approval')
})

test.each([
  ['approvals', { count: 0 }],
  ['approvals', { count: 1, amount: '10.5' }],
  ['approvals', { count: 1, amount: '0' }],
  ['approvals', { count: 1, installments: 61 }],
  ['approvals', { count: 1, cardId: 'CARD-0' }],
  ['cancel-approval', { approvedNum: '0' }],
  ['amend-approval', { amount: '1.5' }],
  ['amend-approval', {}],
  ['approvals', { count: 1, institutionId: 'SBXBANK001' }],
  ['transactions', { count: 1 }],
])('control refuses %s with %j', async (path, order) => {
  const sandbox = await start()
  const init = { method: 'POST', body: JSON.stringify({ ...who, ...order }) }
  expect((await fetch(`${sandbox.url}/_sandbox/${path}`, init)).status).toBe(400)
})

test('what control did to cards survives a restart', async () => {
  const state = join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'state.json')
  const before = await start({ state })
  before.control.approvals({ ...who, count: 3, amount: '12345' })
  before.control.amendApproval({ ...who, amount: '99' })
  const truth = before.control.ledger({ person: 'minji' })
  await before.close()
  const after = await start({ state })
  expect(after.control.ledger({ person: 'minji' })).toEqual(truth)
  expect(JSON.stringify(truth.cards)).toContain('"counts":"99"')
})

test('pages that are read while the card is used bring every approval once', async () => {
  const sandbox = await start()
  for (const client of cardClients(sandbox, 'minji')) {
    const [card] = (await readCards(client)).rows
    const cardId = card?.['card_id'] ?? ''
    const whole = (await readUses(client, 'approval-domestic', cardId, YEAR)).rows
    const path = `${CARDS}/${cardId}/approval-domestic`
    const days = { from_date: '20251123', to_date: '20261122', limit: '10' }
    const first = await client.get(path, days)
    sandbox.control.approvals({ ...who, institutionId: client.institutionId, cardId, count: 3 })
    let next = first.body.next_page
    const rows: Row[] = JSON.parse(first.text).approved_list
    while (next !== undefined) {
      const reply = await client.get(path, { ...days, next_page: next })
      rows.push(...JSON.parse(reply.text).approved_list)
      next = reply.body.next_page
    }
    expect(rows.map(idOf)).toEqual(whole.map(idOf))
  }
})

test('each of the first three companies pages and numbers as the README says', async () => {
  const sandbox = await start()
  const sizes: number[][] = []
  const numbers: number[] = []
  for (const client of cardClients(sandbox, 'minji')) {
    const [card] = (await readCards(client)).rows
    const { rows, replies } = await readUses(client, 'approval-domestic', card?.['card_id'] ?? '', YEAR)
    sizes.push(replies.map(({ text }) => JSON.parse(text).approved_list.length))
    numbers.push(rows.length / new Set(rows.map((row) => row['approved_num'])).size)
  }
  const [plain = [], empty = [], short = []] = sizes
  expect(plain).toHaveLength(1)
  expect(empty.filter((_, index) => index % 2 === 1)).toEqual(Array(Math.floor(empty.length / 2)).fill(0))
  expect(empty.length).toBeGreaterThan(2)
  expect(Math.max(...short)).toBeLessThanOrEqual(30)
  expect(short.length).toBeGreaterThan(2)
  expect(numbers.map((repeats) => repeats > 3)).toEqual([true, false, false])
})

test('what bears a later time than now is served before it, on its own day and never twice', async () => {
  const sandbox = await start({ today: '2026-11-11' })
  const client = createTestClient(sandbox, 'minji', 'SBXCARD001')
  const [card] = (await readCards(client)).rows
  const day = dayFrom('2026-11-11') ?? 0
  const read = async () =>
    (await readUses(client, 'approval-domestic', card?.['card_id'] ?? '', { from: day, through: day })).rows
  const early = (await read()).filter((row) => (row['approved_dtime'] ?? '') > '20261111120000')
  expect(early.map((row) => row['approved_dtime'])).toEqual(['20261111223000'])
  sandbox.control.moveClock({ advanceDays: 1 })
  expect((await read()).filter((row) => idOf(row) === idOf(early[0]!))).toEqual(early)
})

test('with the clock standing still a change makes the answer new, and nothing else does', async () => {
  const sandbox = await start()
  const client = createTestClient(sandbox, 'minji', 'SBXCARD001')
  const path = '/v2/card/payments'
  const first = await client.get(path, { search_timestamp: '0' })
  const since = { search_timestamp: first.body.search_timestamp ?? '' }
  expect((await client.get(path, since)).body.rsp_code).toBe('00001')
  sandbox.control.approvals({ ...who, count: 1, amount: '70000' })
  const changed = await client.get(path, since)
  const asked = ({ text }: { text: string }) => Number(JSON.parse(text).pay_list.at(-1).pay_amt)
  expect(asked(changed)).toBe(asked(first) + 70_000)
})

test('answers of card companies are delayed, broken and spoiled as told', async () => {
  const sandbox = await start()
  const client = createTestClient(sandbox, 'minji', 'SBXCARD001')
  const points = () => client.get('/v2/card/points', { search_timestamp: '0' })
  const { institutionId } = who
  sandbox.control.behaviour({ institutionId, api: 'card-003', status: { http: 503 }, times: 1 })
  expect([(await points()).body.rsp_code, (await points()).status]).toEqual(['50008', 200])
  sandbox.control.behaviour({ institutionId, mangle: 'native', times: 1 })
  expect((await points()).text).toMatch(/"remain_point_amt":\d+/)
})
