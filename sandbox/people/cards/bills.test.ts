import { expect, test } from 'vitest'

import { institutionsUpTo } from '../../institutions.ts'
import { dayFrom, monthFrom, startOf } from '../../kst.ts'
import { won } from '../../money.ts'
import { createHistories } from '../histories.ts'
import { cutoffOf, paidAt } from './billing-calendar.ts'
import type { CardHolding } from './card-holding.ts'
import type { Approval } from './card.ts'
import { chargesOf } from './charges.ts'
import { cut, writtenBy } from './descriptors.ts'
import { pointsAt } from './points.ts'

const institutions = institutionsUpTo(6, 4)
const companies = institutions.filter(({ industry }) => industry === 'card')
const NOW = startOf(dayFrom('2026-11-22') ?? 0)
const { cardHistories } = createHistories({
  seed: 'bills',
  anchor: dayFrom('2024-11-01') ?? 0,
  institutions,
  changesOf: () => [],
})
const cardsOf = (person: string, index: number): CardHolding =>
  cardHistories.holding(person, companies[index]!, NOW)
const month = (digits: string) => monthFrom(digits) ?? 0
const noonOf = (day: string) => startOf(dayFrom(day) ?? 0) + 43_200_000

function bought(krw: number, instalments: number, changes: Approval['changes'] = []): Approval {
  const at = noonOf('2026-09-02')
  const amount = won(krw)
  const known = { key: 'a', card: 'c', approvedNum: '1', at, shownAt: at, debitDelayMs: 0 }
  return { ...known, amount, instalments, isInterestFree: true, changes }
}

/** What each month's bill asks for, in won. */
function asked(approval: Approval, ...months: string[]): bigint[] {
  return months.map(
    (digits) =>
      chargesOf(approval, month(digits), cutoffOf(month(digits)) - 1).reduce(
        (sum, { due, fee }) => sum + due + fee,
        0n,
      ) / 1000n,
  )
}

test('instalments are whole won, add up to the purchase, and leave nothing after the last', () => {
  const rows = ['202610', '202611', '202612', '202701'].flatMap((digits) =>
    chargesOf(bought(250_000, 3), month(digits), cutoffOf(month(digits)) - 1),
  )
  expect(rows.map(({ due, instalment }) => [due / 1000n, instalment?.current, instalment?.left])).toEqual([
    [83_334n, 1, won(166_666)],
    [83_333n, 2, won(83_333)],
    [83_333n, 3, 0n],
  ])
  expect(rows.every(({ paid, kind }) => paid === won(250_000) && kind === '02')).toBe(true)
})

test('interest on instalments is for what is left, and is given back with a cancellation', () => {
  const dear = { ...bought(250_000, 3), isInterestFree: false }
  expect(chargesOf(dear, month('202611'), NOW)[0]?.fee).toBe(won(1874))
  const cancelled = { ...dear, changes: [{ at: noonOf('2026-11-05'), to: 'cancelled' as const }] }
  const [october = 0n, november = 0n, december, later] = asked(
    cancelled,
    '202610',
    '202611',
    '202612',
    '202701',
  )
  expect([december, later]).toEqual([-(october + november), 0n])
})

test('what changes before the bill is made up is on no bill, what changes later on the next one', () => {
  const cancelledOn = (day: string) => [{ at: noonOf(day), to: 'cancelled' as const }]
  const amendedOn = (day: string) => [{ at: noonOf(day), to: won(4000) }]
  const months = ['202610', '202611', '202612'] as const
  expect(asked(bought(9000, 1, cancelledOn('2026-09-30')), ...months)).toEqual([0n, 0n, 0n])
  expect(asked(bought(9000, 1, cancelledOn('2026-10-01')), ...months)).toEqual([9000n, -9000n, 0n])
  expect(asked(bought(9000, 1, amendedOn('2026-09-30')), ...months)).toEqual([4000n, 0n, 0n])
  expect(asked(bought(9000, 1, amendedOn('2026-11-02')), ...months)).toEqual([9000n, 0n, -5000n])
  const both = [...amendedOn('2026-10-03'), ...cancelledOn('2026-11-04')]
  expect(asked(bought(9000, 1, both), ...months)).toEqual([9000n, -5000n, -4000n])
  expect(asked(bought(9000, 3, amendedOn('2026-10-03')), ...months)).toEqual([3000n, -2000n, 3000n])
})

test('a purchase abroad is billed in won, with its fee', () => {
  const abroad = { country: 'US', currency: 'USD', rate: 1_371_250n }
  expect(chargesOf({ ...bought(0, 1), amount: 19_990n, abroad }, month('202610'), NOW)).toMatchObject([
    { paid: won(27_411), fee: won(68) },
  ])
})

test('a revolving bill asks for its share, and carries exactly the rest into the next', () => {
  const bills = cardsOf('minji', 2).bills.filter(({ month: each }) => each >= month('202509'))
  expect(bills.length).toBeGreaterThan(12)
  for (const [index, bill] of bills.entries()) {
    const of = (kind: string) => bill.charges.filter((charge) => charge.kind === kind)
    const carriedIn = of('04').find(({ due }) => due > 0n)?.due ?? 0n
    const carriedOn = of('04').find(({ due }) => due < 0n)?.due ?? 0n
    expect(bill.carriedOver).toBe(-carriedOn)
    if (index > 0) expect(carriedIn).toBe(bills[index - 1]?.carriedOver)
    const base = carriedIn + of('01').reduce((sum, { due }) => sum + due, 0n)
    expect(base + carriedOn).toBe(((base * 30n) / 100_000n) * 1000n)
  }
})

test('points come with each paid bill, and half of them go with every sixth', () => {
  const holding = cardsOf('minji', 0)
  const at = (digits: string) => pointsAt(holding, paidAt(month(digits), 14)).remaining
  const bills = holding.bills.filter(({ month: each }) => each <= month('202512'))
  let expected = holding.profile.points.opening
  for (const [index, { amount }] of bills.entries()) {
    expected += amount / 200_000n
    if (index % 6 === 5) expected -= expected / 2n
  }
  expect(at('202512')).toBe(expected)
  expect(pointsAt(holding, paidAt(month('202512'), 14) - 1).remaining).toBe(at('202511'))
})

test('names are cut between letters, and never longer than the standard allows', () => {
  const [plain, cutting, wide] = companies
  const name = '(주)케이지이니시스_새싹온라인몰 Seoul'
  expect(writtenBy(plain!, name)).toBe(name)
  expect(writtenBy(cutting!, name)).toBe('(주)케이지이니시스_')
  expect(writtenBy(wide!, name)).toBe('（주）케이지이니시스＿새싹온라인몰 Ｓｅｏｕｌ')
  expect(writtenBy(plain!, '가'.repeat(26))).toBe('가'.repeat(25))
  expect(writtenBy(wide!, 'a'.repeat(26))).toBe('ａ'.repeat(25))
  expect([cut('가나다', 5), cut('a가나', 4)]).toEqual(['가나', 'a가'])
})
