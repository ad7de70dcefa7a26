import { expect, test } from 'vitest'

import { institutionsUpTo } from '../../institutions.ts'
import { addMonths, calendar, DAY_MS, dayFrom, dayOf, startOf } from '../../kst.ts'
import type { Change } from '../changes.ts'
import { createHistories } from '../histories.ts'
import type { Ledger, Row } from '../history.ts'
import { countUntil } from '../view.ts'
import { inWon, stateAt } from './approval-state.ts'
import { type CardHolding, billsAt, runningBill } from './card-holding.ts'
import type { Approval } from './card.ts'
import { moneyAt } from './money-at-bank.ts'

const NOW = startOf(dayFrom('2026-11-22') ?? 0) + 43_200_000
const anchor = dayFrom('2024-11-01') ?? 0
const institutions = institutionsUpTo(6, 4)
const companies = institutions.filter(({ industry }) => industry === 'card')
const banks = institutions.filter(({ industry }) => industry === 'bank')
const fresh = (changesOf: (key: string) => readonly Change[] = () => []) =>
  createHistories({ seed: 'cards', anchor, institutions, changesOf })
const kept = fresh()

function cardsOf(person: string, index: number, now = NOW, histories = kept): CardHolding {
  return histories.cardHistories.holding(person, companies[index]!, now)
}

function rowsAt(index: number, key: string, now = NOW): readonly Row[] {
  const { ledgers } = kept.histories.holding('minji', banks[index]!, now)
  const found = ledgers.find(({ account }) => account.key === key)
  return found!.rows.slice(0, countUntil(found!.rows, now))
}

/** Everything that is shown of a company's approvals at an instant, apart from what changes later. */
function shownAt({ approvals }: CardHolding, at: number): Approval[] {
  return approvals
    .filter((approval) => approval.shownAt <= at)
    .map((approval) => ({ ...approval, changes: [] }))
}

test('anybody has one to three cards at any company, with numbers that no real company gives', () => {
  const numbers: string[] = []
  for (let person = 0; person < 60; person += 1) {
    const { cards, approvals } = cardsOf(`p${person}`, person % 4)
    expect(cards.length).toBeGreaterThanOrEqual(1)
    expect(cards.length).toBeLessThanOrEqual(3)
    expect(cards.every(({ type, round }) => (type === '01') === (round !== undefined))).toBe(true)
    expect(new Set(approvals.map(({ card }) => card))).toEqual(new Set(cards.map(({ key }) => key)))
    for (const { cardNum } of cards) expect(cardNum).toMatch(/^9999-99\*\*-\*\*\*\*-\d{4}$/)
    numbers.push(...cards.map(({ cardId }) => cardId))
  }
  expect(new Set(numbers).size).toBe(numbers.length)
})

test.each(['minji', 'p1', 'p2', 'p3'])(
  'days to come add approvals and bills for %s and change none, except their states',
  (person) => {
    for (const index of [0, 1, 2, 3]) {
      const before = cardsOf(person, index, NOW, fresh())
      const later = cardsOf(person, index, NOW + 90 * DAY_MS, fresh())
      const [shown, billed] = [shownAt(before, NOW), billsAt(before, NOW)]
      expect(shownAt(later, NOW)).toEqual(shown)
      expect(shownAt(later, NOW + 90 * DAY_MS).length).toBeGreaterThan(shown.length)
      expect(billsAt(later, NOW)).toEqual(billed)
      for (const [place, approval] of before.approvals.entries())
        if (approval.shownAt <= NOW) expect(later.approvals[place]?.changes).toEqual(approval.changes)
    }
  },
)

test('days to come leave every row at minji’s banks as it was, with cards, too', () => {
  const [now, later] = [fresh(), fresh()]
  for (const bank of banks) {
    const after = later.histories.holding('minji', bank, NOW + 60 * DAY_MS).ledgers
    for (const [index, { rows }] of now.histories.holding('minji', bank, NOW).ledgers.entries()) {
      const shown = rows.slice(0, countUntil(rows, NOW))
      expect(after[index]?.rows.slice(0, shown.length)).toEqual(shown)
    }
  }
  // Two bills of the card for everything: of December and of January.
  const [salary] = later.histories.holding('minji', banks[0]!, NOW + 60 * DAY_MS).ledgers
  const bills = salary!.rows.filter(({ at, channel }) => channel === '카드대금' && at > NOW)
  expect(bills.filter(({ at }) => at < NOW + 60 * DAY_MS)).toHaveLength(2)
})

test('nothing follows a cancellation by control, not even what was to come', () => {
  const before = cardsOf('minji', 0)
  const used = before.approvals.find(
    ({ changes: [next], shownAt: at }) => at < NOW && next !== undefined && next.at > NOW,
  )!
  const change = { at: NOW, to: 'cancelled' } as const
  const changes: Change[] = [{ what: 'approval', approvalKey: used.key, change }]
  const after = cardsOf(
    'minji',
    0,
    NOW,
    fresh((key) => (key === 'minji|SBXCARD001' ? changes : [])),
  )
  expect(after.approvals.find(({ key }) => key === used.key)?.changes).toEqual([change])
})

test('a change by control is a new state from its instant on, and leaves every made-up bill as it was', () => {
  const before = cardsOf('minji', 0)
  const used = before.approvals.findLast(
    ({ card, changes, at }) => card === 'daily' && changes.length === 0 && at < NOW - 60 * DAY_MS,
  )!
  const change = { at: NOW, to: 'cancelled' } as const
  const changes: Change[] = [{ what: 'approval', approvalKey: used.key, change }]
  const after = cardsOf(
    'minji',
    0,
    NOW,
    fresh((key) => (key === 'minji|SBXCARD001' ? changes : [])),
  )
  const changed = after.approvals.find(({ key }) => key === used.key)!
  expect([stateAt(changed, NOW - 1).status, stateAt(changed, NOW).status]).toEqual(['01', '02'])
  expect(billsAt(after, NOW)).toEqual(billsAt(before, NOW))
  const round = before.profile.rounds[0]!
  const saved = runningBill(before, round, NOW).amount - runningBill(after, round, NOW).amount
  expect(saved).toBe(inWon(used, used.amount))
})

test('approvals have every oddity that clients must bear', () => {
  const [daily, travel] = [cardsOf('minji', 0), cardsOf('minji', 1)]
  const seen = [daily, travel].flatMap(({ approvals }) => approvals.filter(({ shownAt: at }) => at <= NOW))
  const days = ({ at, changes }: Approval) => changes.map((change) => dayOf(change.at) - dayOf(at))
  for (const odd of [
    (each: Approval) => each.changes[0]?.to === 'cancelled',
    (each: Approval) => typeof each.changes[0]?.to === 'bigint',
    (each: Approval) => days(each).some((late) => late > 24),
    (each: Approval) => each.instalments > 1,
    (each: Approval) => each.abroad?.currency === 'JPY',
    (each: Approval) => each.shownAt < each.at,
  ])
    expect(seen.filter(odd).length).toBeGreaterThan(4)
  const check = daily.approvals.filter(({ card }) => card === 'check')
  expect(new Set(check.map(({ approvedNum }) => approvedNum)).size).toBeLessThanOrEqual(40)
  const twins = check.length - new Set(check.map(({ approvedNum, at }) => `${approvedNum} ${at}`)).size
  // One pair a month, 25 times the 19th up to December 2026.
  expect(twins).toBe(26)
})

test('minji’s bills leave her banks on their payment days, to the won', () => {
  for (const [company, round, bank, account] of [
    [0, 'daily', 0, 'salary'],
    [1, 'home', 3, 'living'],
    [1, 'travel', 5, 'side'],
    [2, 'plus', 2, 'overdraft'],
  ] as const) {
    const due = cardsOf('minji', company)
      .bills.filter((bill) => bill.round.key === round && bill.paidAt <= NOW && bill.amount > 0n)
      .map(({ paidAt, amount }) => [paidAt, amount])
    const paid = rowsAt(bank, account).filter(({ channel, type }) => channel === '카드대금' && type === '02')
    const own = paid.filter(({ memo }) => memo === companies[company]?.name)
    expect(own.map(({ at, amount }) => [at, amount])).toEqual(due)
    expect(due.length).toBeGreaterThan(20)
    for (const { at } of own) expect([0, 6]).not.toContain(calendar(dayOf(at)).weekday)
  }
})

test('what minji pays by check card leaves her bank within minutes, and comes back when it changes', () => {
  const { approvals } = cardsOf('minji', 0)
  const moved = rowsAt(0, 'salary').filter(({ channel }) => channel === '체크카드')
  const isFound = (at: number, amount: bigint, type: Row['type']) =>
    moved.some((row) => row.at >= at && row.at <= at + 90_000 && row.amount === amount && row.type === type)
  const paid = approvals.filter(({ card, at }) => card === 'check' && at < NOW - 120_000)
  expect(paid.filter(({ at, amount }) => !isFound(at, amount, '02'))).toEqual([])
  expect(paid.length).toBeGreaterThan(200)
  const lowered = paid.flatMap(({ amount, changes }) =>
    changes.slice(0, 1).map(({ at, to }) => ({ at, back: amount - (to === 'cancelled' ? 0n : to) })),
  )
  const past = lowered.filter(({ at, back }) => at < NOW - 120_000 && back > 0n)
  expect(past.filter(({ at, back }) => !isFound(at, back, '06'))).toEqual([])
  expect(past.length).toBeGreaterThan(10)
})

test.each(['demo', 'sandbox', 'one', 'other'])(
  'with cards, too, no balance of minji’s falls below what the account allows, with seed %s',
  (seed) => {
    const { histories } = createHistories({ seed, anchor, institutions, changesOf: () => [] })
    for (const bank of banks)
      for (const { account, rows } of histories.holding('minji', bank, NOW + 365 * DAY_MS).ledgers)
        expect(lowest(rows), account.key).toBeGreaterThanOrEqual(-(account.deposit?.overdraftLimit ?? 0n))
  },
)

function lowest(rows: Ledger['rows']): bigint {
  return rows.reduce((low, { balance }) => (balance < low ? balance : low), 0n)
}

test('a change by control of a check card’s purchase is seen at the bank, too', () => {
  const changes: Change[] = []
  const histories = fresh((key) => (key === 'minji|SBXCARD001' ? changes : []))
  const rows = () => {
    const { ledgers } = histories.histories.holding('minji', banks[0]!, NOW)
    return ledgers[0]!.rows.slice(0, countUntil(ledgers[0]!.rows, NOW))
  }
  const before = rows()
  changes.push({ what: 'uses', at: NOW, count: 1, use: { card: 'check', amount: 7_000_000n } })
  const after = rows()
  expect(after.slice(0, before.length)).toEqual(before)
  expect(after.slice(before.length).map(({ at, amount }) => [at, amount])).toEqual([[NOW, 7_000_000n]])
})

test('cash drawn arrives and is paid back with the next bill; a long-term loan is paid back with every bill', () => {
  const daily = cardsOf('minji', 0)
  const arrived = moneyAt(daily, companies[0]!, 0, 0).filter(
    ({ planned }) => planned.channel === '현금서비스',
  )
  expect(arrived.map(({ planned }) => planned.amount)).toEqual(daily.advances.map(({ amount }) => amount))
  const charged = daily.bills.flatMap(({ charges }) => charges.filter(({ kind }) => kind === '03'))
  const billed = daily.advances.slice(0, charged.length)
  expect(charged.map(({ at, due }) => [at, due])).toEqual(billed.map(({ at, amount }) => [at, amount]))
  expect(charged.length).toBeGreaterThan(4)
  const [loan] = cardsOf('minji', 1).longLoans
  const parts = cardsOf('minji', 1).bills.flatMap(({ month, charges }) =>
    charges.filter(({ kind }) => kind === '05').map(({ due, fee }) => [month, due, fee]),
  )
  const repaid = loan!.rows.filter(({ type, at }) => type === '02' && at < startOf(addMonths(anchor, 25)))
  expect(parts.map(([, due, fee]) => [due, fee]).slice(0, repaid.length)).toEqual(
    repaid.map(({ principal, interest }) => [principal, interest]),
  )
  expect(repaid.length).toBeGreaterThan(5)
})
