import { afterEach, expect, test } from 'vitest'

import { addMonths, dayFrom, dayText } from '../kst.ts'
import { decimal, thousandths } from '../money.ts'
import { type Sandbox, startSandbox } from '../server.ts'
import type { TestClient } from '../test-client.ts'
import type { CardTruth } from './card-truth.ts'
import type { CardCompanyTruth } from './company-truth.ts'
import {
  cardClients,
  readBills,
  readCards,
  readCharges,
  readUses,
  type Row,
  rowsIn,
  WHOLE,
} from './test-reading.ts'

const open: Sandbox[] = []

async function start(): Promise<Sandbox> {
  const sandbox = await startSandbox({ today: '2026-11-22', seed: 'card-ledger', cardInstitutions: 4 })
  open.push(sandbox)
  return sandbox
}
afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.close()
})

function amount(text: string | undefined): bigint {
  return thousandths(text ?? '') ?? 0n
}

function total(rows: readonly Row[], valueOf: (row: Row) => bigint): string {
  return decimal(rows.reduce((sum, row) => sum + valueOf(row), 0n))
}

/** What a client makes of a card's pages, in the words of the ledger. */
async function cardAsServed(client: TestClient, sandbox: Sandbox, card: Row): Promise<object> {
  const through = dayFrom(sandbox.control.clock().today) ?? 0
  const range = { from: addMonths(through, -12) + 1, through }
  const home = (await readUses(client, 'approval-domestic', card['card_id'] ?? '', range)).rows
  const abroad = (await readUses(client, 'approval-overseas', card['card_id'] ?? '', range)).rows
  const all = [...home, ...abroad]
  const count = (status: string) => all.filter((row) => row['status'] === status).length
  return {
    states: all.map(stateOf).toSorted(),
    counts: { approved: count('01'), cancelled: count('02'), amended: count('03') },
    spent: total(all, ({ status, modified_amt, approved_amt, krw_amt }) =>
      status === '02' ? 0n : amount(krw_amt ?? modified_amt ?? approved_amt),
    ),
  }
}

function stateOf(row: Row): string {
  const { approved_num, approved_dtime, status, trans_dtime = '', approved_amt, modified_amt } = row
  const counts = status === '02' ? 0n : amount(modified_amt ?? approved_amt)
  return [approved_num, approved_dtime, status, trans_dtime, decimal(amount(approved_amt)), decimal(counts)]
    .concat(row['currency_code'] ?? 'KRW', row['country_code'] ?? '', row['total_install_cnt'] ?? '1')
    .concat(row['merchant_name'] ?? '')
    .join('|')
}

function cardInLedger(card: CardTruth): object {
  const { approvals, counts, spentHome, spentAbroad } = card
  const sums = [...Object.values(spentHome), ...Object.values(spentAbroad)]
  return {
    states: approvals
      .map((each) =>
        [each.approvedNum, each.approvedAt, each.status, each.changedAt ?? '', each.amount, each.counts]
          .concat(each.currency, each.country ?? '', String(each.installments), each.merchant ?? '')
          .join('|'),
      )
      .toSorted(),
    counts,
    spent: decimal(sums.reduce((sum, each) => sum + amount(each), 0n)),
  }
}

/** What the answers say of a person as a whole, in the words of the ledger. */
async function companyAsServed(client: TestClient): Promise<object> {
  const lists = new Map<string, Row[]>()
  for (const [path, name] of Object.entries(WHOLE))
    if (name) lists.set(name, rowsIn(await client.get(path, { search_timestamp: '0' }), name))
  const of = (name: string) => lists.get(name) ?? []
  const bills = (await readBills(client, '202601', '202612')).rows
  const charged = []
  for (const bill of bills) charged.push(await billAsServed(client, bill))
  return {
    points: of('point').map((row) => [row['remain_point_amt'], row['expiring_point_amt']]),
    bills: charged,
    payments: of('pay').map((row) => [row['seqno'], row['pay_due_date'], row['pay_amt']]),
    revolving: of('revolving').map((row) => row['remained_amt']),
    advances: of('short_term').map((row) => [row['loan_dtime'], row['loan_amt'], row['balance_amt']]),
    longLoans: of('long_term').map((row) => [row['loan_num'], decimal(amount(row['balance_amt']))]),
  }
}

async function billAsServed(client: TestClient, bill: Row): Promise<unknown[]> {
  const { rows } = await readCharges(client, bill)
  expect(total(rows, (row) => dueOf(row) + amount(row['credit_fee_amt']))).toBe(bill['charge_amt'])
  const { seqno, charge_month, charge_amt, paid_out_date } = bill
  const sums = [
    total(rows, (row) => amount(row['paid_amt'])),
    total(rows, (row) => amount(row['credit_fee_amt'])),
  ]
  return [seqno, charge_month, charge_amt, paid_out_date, rows.length, ...sums]
}

/** What a row asks for now, by the rule of the README. */
function dueOf({ paid_amt, total_install_cnt, cur_install_cnt, balance_amt }: Row): bigint {
  const paid = amount(paid_amt)
  if (total_install_cnt === undefined) return paid
  const part = (paid / 1000n / BigInt(total_install_cnt)) * 1000n
  return cur_install_cnt === '1' ? paid - amount(balance_amt) : part
}

function companyInLedger(truth: CardCompanyTruth): object {
  const digits = (day: string) => day.replaceAll('-', '')
  return {
    points: [[truth.points.remaining, truth.points.expiring]],
    bills: truth.bills
      .map(({ seqno, chargeMonth, amount: asked, paidOn, charges: { count, paid, fees } }) => [
        seqno,
        chargeMonth,
        asked,
        digits(paidOn),
        count,
        paid,
        fees,
      ])
      .toReversed()
      .toSorted((one, other) => Number(other[1]) - Number(one[1])),
    payments: truth.payments.map((each) => [each.seqno, digits(each.dueOn), each.amount]),
    revolving: truth.revolving.map(({ left }) => left),
    advances: truth.advances.map((each) => [each.drawnAt, each.amount, each.left]),
    longLoans: truth.longLoans.map((each) => [each.loanNum, each.left]),
  }
}

async function expectServedAsInLedger(sandbox: Sandbox, client: TestClient): Promise<void> {
  const { person, institutionId } = client
  const today = sandbox.control.clock().today
  const query = { person, institutionId, to: today }
  const from = dayText(addMonths(dayFrom(today) ?? 0, -12) + 1)
  const { cards, cardCompanies } = sandbox.control.ledger({ ...query, from })
  const listed = (await readCards(client)).rows
  expect(
    listed.map((row) => [row['card_id'], row['card_name'], row['card_type'], row['is_consent']]),
  ).toEqual(cards.map((each) => [each.cardId, each.name, each.cardType, String(each.isConsent)]))
  for (const [index, card] of listed.entries())
    if (card['is_consent'] === 'true')
      expect(await cardAsServed(client, sandbox, card)).toEqual(cardInLedger(cards[index]!))
  const asked = sandbox.control.ledger({ ...query, from: '2026-01-01' }).cardCompanies[0]!
  expect(await companyAsServed(client)).toEqual(companyInLedger(asked))
  expect(cardCompanies).toHaveLength(1)
}

test.each(['minji', 'p1', 'p2', 'borrower-7'])(
  'the ledger says of %s what the pages of card companies say, and every bill adds up',
  async (person) => {
    const sandbox = await start()
    for (const client of cardClients(sandbox, person)) await expectServedAsInLedger(sandbox, client)
  },
)

test('over ten days with uses, cancellations and amendments the ledger says what is served', async () => {
  const sandbox = await start()
  const [client] = cardClients(sandbox, 'minji')
  const who = { person: 'minji', institutionId: client!.institutionId }
  for (let day = 0; day < 10; day += 1) {
    sandbox.control.moveClock({ advanceDays: 1 })
    sandbox.control.approvals({ ...who, count: 2, merchant: `새 가게 ${day}`, installments: 1 + (day % 3) })
    if (day % 2 === 0) sandbox.control.cancelApproval(who)
    if (day % 3 === 0) sandbox.control.amendApproval({ ...who, amount: '4000' })
    if (day % 4 === 0) sandbox.control.approvals({ ...who, count: 1, overseas: true })
    await expectServedAsInLedger(sandbox, client!)
  }
})
