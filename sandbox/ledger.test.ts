import { afterAll, beforeAll, expect, test } from 'vitest'

import { addMonths, dayFrom } from './kst.ts'
import { decimal, thousandths } from './money.ts'
import { type Sandbox, startSandbox } from './server.ts'
import {
  ACCOUNTS,
  assetOf,
  createTestClient,
  listAccounts,
  readTransactions,
  sidesOf,
  type WireRow,
} from './test-client.ts'

const TODAY = dayFrom('2026-11-22') ?? 0
const YEAR = { from: addMonths(TODAY, -12) + 1, through: TODAY }
const credits = new Set(['01', '03', '04', '06', '98'])
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ today: '2026-11-22', seed: 'ledger', institutions: 7 })
})
afterAll(() => sandbox.close())

function sum(rows: readonly WireRow[], amount: (row: WireRow) => string | undefined): string {
  return decimal(rows.reduce((total, row) => total + (thousandths(amount(row) ?? '') ?? 0n), 0n))
}

function sums(rows: readonly WireRow[]): Record<string, string> {
  const currencies = [...new Set(rows.map((row) => row.currency_code))]
  return Object.fromEntries(
    currencies.map((currency) => [
      currency,
      sum(
        rows.filter((row) => row.currency_code === currency),
        (row) => row.trans_amt,
      ),
    ]),
  )
}

test.each(['minji', 'p1', 'p2', 'p3', 'p4'])('the ledger says of %s what the pages say', async (person) => {
  for (const { institutionId } of sandbox.institutions) {
    const client = createTestClient(sandbox, person, institutionId)
    const query = { person, institutionId, from: '2025-11-23', to: '2026-11-22' }
    const truth = sandbox.control.ledger(query).accounts
    const accounts = await listAccounts(client)
    expect(accounts.map((each) => [each.account_num, each.seqno, each.prod_name, each.is_consent])).toEqual(
      truth.map((each) => [each.accountNum, each.seqno, each.name, String(each.isConsent)]),
    )
    for (const [index, account] of accounts.entries()) {
      const expected = truth[index]!
      for (const side of sidesOf(account)) {
        const asset = assetOf(account)
        const { rows } = await readTransactions(client, side, asset, YEAR)
        const detail = await client.post(`${ACCOUNTS}/${side}/detail`, { ...asset, search_timestamp: '0' })
        if (side === 'loan') {
          expect(expected.loan).toEqual({
            balance: decimal(thousandths(detail.body.balance_amt ?? '') ?? -1n),
            transactions: {
              count: rows.length,
              principal: sum(rows, (row) => row.principal_amt),
              interest: sum(rows, (row) => row.int_amt),
            },
          })
          continue
        }
        expect(expected.transactions).toEqual({
          count: rows.length,
          sumIn: sums(rows.filter((row) => credits.has(row.trans_type))),
          sumOut: sums(rows.filter((row) => !credits.has(row.trans_type))),
        })
        expect(expected.balances).toEqual(
          detail.body.detail_list?.map((each) => ({
            currency: each.currency_code,
            balance: decimal(thousandths(each.balance_amt) ?? -1n),
          })),
        )
      }
    }
  }
})

test('each balance is the one before it and the amount, and rows come newest first', async () => {
  for (const { institutionId } of sandbox.institutions.slice(0, 6)) {
    const client = createTestClient(sandbox, 'minji', institutionId)
    for (const account of await listAccounts(client)) {
      if (!sidesOf(account).includes('deposit')) continue
      const { rows } = await readTransactions(client, 'deposit', assetOf(account), YEAR, '37')
      const days = rows.map((row) => row.trans_dtime.slice(0, 8))
      expect(days).toEqual(days.toSorted().toReversed())
      for (const currency of ['KRW', 'USD'])
        expectChained(rows.filter((row) => row.currency_code === currency))
    }
  }
})

function expectChained(newestFirst: readonly WireRow[]): void {
  for (const [index, row] of newestFirst.entries()) {
    const before = newestFirst[index + 1]
    if (!before) continue
    const [amount, balance] = [thousandths(row.trans_amt) ?? 0n, thousandths(row.balance_amt) ?? 0n]
    const change = credits.has(row.trans_type) ? amount : -amount
    expect(balance - change).toBe(thousandths(before.balance_amt))
  }
}

test('the truth as of an earlier instant is what was served then', async () => {
  const person = 'latecomer'
  const query = { person, institutionId: 'SBXBANK001' }
  const before = sandbox.control.ledger(query)
  sandbox.control.moveClock({ advanceSeconds: 1 })
  sandbox.control.transactions({ ...query, count: 5 })
  const after = sandbox.control.ledger(query)
  expect(after.accounts[0]?.transactions.count).toBe((before.accounts[0]?.transactions.count ?? 0) + 5)
  expect(sandbox.control.ledger({ ...query, at: before.at }).accounts).toEqual(before.accounts)
})
