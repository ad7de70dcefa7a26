import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { CATEGORIES } from '../classification/categories.ts'
import type { Insight } from './insight.ts'
import { makeClassified, makeCut, makeInstitution } from './make-cut.ts'
import { spending, type SpendingMonth } from './spending.ts'

type Read = {
  months: SpendingMonth[]
  insights: Insight[]
  missing: string[]
  lineage: { used: number; leftOut: Record<string, number> }
}

/** As a reader of the stored document sees it. */
function read(given: Parameters<typeof makeCut>[0]): Read {
  const parsed: Read = JSON.parse(JSON.stringify(spending.analyse(makeCut(given))))
  return parsed
}
const of = (...transactions: ReturnType<typeof makeClassified>[]): Read => read({ transactions })

const fee = (given: Partial<ReturnType<typeof makeClassified>> = {}) =>
  makeClassified({ category: 'finance.fee', description: '수수료', ...given })
/** Something old enough that the month before is known whole. */
const old = makeClassified({ id: 'old', category: 'transfer.own', occurredOn: '2026-09-30' })

describe('spending', () => {
  test('is what went out less what came back, by month, currency and category', () => {
    const { months } = of(
      fee({ id: '1', amount: '1000' }),
      fee({ id: '2', amount: '300', direction: 'in' }),
      fee({ id: '3', amount: '12.5', currency: 'USD' }),
      fee({ id: '4', amount: '70', occurredOn: '2026-10-31' }),
      makeClassified({ id: '5', category: 'finance.loan_interest', amount: '400' }),
    )
    expect(months).toMatchObject([
      {
        month: '2026-11',
        currency: 'KRW',
        through: '2026-11-22',
        out: '1400',
        refunded: '300',
        spent: '1100',
        transactions: 3,
        categories: [
          { category: 'finance.fee', out: '1000', refunded: '300', spent: '700', transactions: 2 },
          { category: 'finance.loan_interest', spent: '400' },
        ],
      },
      { month: '2026-11', currency: 'USD', spent: '12.5' },
      { month: '2026-10', currency: 'KRW', through: null, spent: '70' },
    ])
  })

  test('leaves out what is no spending, and counts it by the reason', () => {
    const { months, lineage } = of(
      fee(),
      makeClassified({ category: 'transfer.own' }),
      makeClassified({ category: 'transfer.cancelled' }),
      makeClassified({ category: 'income.salary', direction: 'in' }),
      fee({ direction: null }),
      fee({ accountKind: 'loan' }),
      makeClassified({ direction: 'in' }),
    )
    expect(months).toMatchObject([{ spent: '10000', transactions: 1 }])
    expect(lineage).toMatchObject({
      used: 1,
      leftOut: { notAPayingAccount: 1, neutral: 2, income: 1, directionNotSaid: 1, unknownMoneyIn: 1 },
    })
  })

  test('keeps apart what left a bank account for something unknown: it is in no sum of spending', () => {
    const { months, insights } = of(fee({ amount: '500' }), makeClassified({ id: '9', amount: '7000' }))
    expect(months[0]).toMatchObject({
      spent: '500',
      unclear: { out: '7000', transactions: 1, evidence: { transactions: ['9'], of: 1 } },
    })
    expect(months[0]!.categories.map(({ category }) => category)).toEqual(['finance.fee'])
    expect(insights.find(({ kind }) => kind === 'spending.unclear')).toMatchObject({
      numbers: { out: '7000', transactions: '1' },
      evidence: { transactions: ['9'], of: 1 },
    })
  })

  test('compares a month that goes on with the same days of the month before, and a whole one with a whole one', () => {
    const { months } = of(
      old,
      fee({ amount: '1000', occurredOn: '2026-11-22' }),
      fee({ amount: '300', occurredOn: '2026-10-22' }),
      fee({ amount: '90', occurredOn: '2026-10-23' }),
    )
    expect(months.map(({ before }) => before)).toEqual([
      { month: '2026-10', through: '2026-10-22', spent: '300' },
      null, // of September only its last day is known
    ])
    expect(months[0]!.categories).toMatchObject([{ category: 'finance.fee', spent: '1000', before: '300' }])
  })

  test('does not compare with a month of which the beginning is unknown', () => {
    const { months, insights } = of(fee(), fee({ occurredOn: '2026-10-02' }))
    expect(months.map(({ before }) => before)).toEqual([null, null])
    expect(insights.map(({ kind }) => kind)).not.toContain('spending.category_changed_most')
  })

  test('shows a category that has nothing this month beside what it had', () => {
    const { months, insights } = of(
      old,
      fee({ amount: '1' }),
      makeClassified({ category: 'finance.loan_interest', amount: '900', occurredOn: '2026-10-05' }),
    )
    expect(months[0]!.categories).toMatchObject([
      { category: 'finance.fee', spent: '1', before: '0' },
      { category: 'finance.loan_interest', spent: '0', before: '900', evidence: { of: 0 } },
    ])
    expect(insights.find(({ kind }) => kind === 'spending.category_changed_most')).toMatchObject({
      ko: { title: '대출이자 900원 줄었음' },
      en: { title: 'Loan interest: ₩900 less' },
      numbers: { spent: '0', before: '900', change: '-900' },
    })
  })

  test('names the largest counterparties, whatever the width of their letters and spaces', () => {
    const { months } = of(
      fee({ id: '1', amount: '10', description: 'ＡＢＣ  마트' }),
      fee({ id: '2', amount: '20', description: 'ABC 마트 ' }),
      fee({ id: '3', amount: '25', description: '가게' }),
      fee({ amount: '4', description: null }),
      fee({ amount: '3', description: '  ' }),
    )
    expect(months[0]).toMatchObject({
      counterparties: [
        { spent: '30', transactions: 2, evidence: { transactions: ['2', '1'], of: 2 } },
        { spent: '25', evidence: { transactions: ['3'] } },
      ],
      nameless: { spent: '7', transactions: 2 },
    })
  })

  test('repeats no word that an institution wrote: those stay with their transactions', () => {
    const secret = '4242 palimpsest'
    const rows = [
      old,
      fee({ description: secret, typeText: secret }),
      makeClassified({ description: secret }),
    ]
    expect(JSON.stringify(of(...rows))).not.toContain('palimpsest')
  })

  test('stands on the largest rows, by amount and not by text', () => {
    const amounts = ['9', '10', '10.5', '100', '2', '3', '1']
    const { months } = of(...amounts.map((amount, at) => fee({ id: String(at), amount })))
    expect(months[0]!.categories[0]!.evidence).toEqual({ transactions: ['3', '2', '1', '0', '5'], of: 7 })
  })

  test('looks back thirteen months and shows ten counterparties at most', () => {
    const rows = Array.from({ length: 20 }, (_, at) =>
      fee({
        occurredOn: `${2025 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}-05`,
        description: `${at}`,
      }),
    )
    const many = Array.from({ length: 20 }, (_, at) => fee({ id: `m${at}`, description: `shop ${at}` }))
    const { months } = of(...rows, ...many)
    expect(months.length).toBeLessThanOrEqual(13)
    expect(months.at(-1)!.month >= '2025-11').toBe(true)
    expect(months[0]!.counterparties).toHaveLength(10)
  })

  test('names the institutions whose spending is missing', () => {
    const absent = makeInstitution({ state: 'absent', asOf: null })
    expect(read({ institutions: [absent] })).toMatchObject({
      isComplete: false,
      missing: ['northbank'],
      months: [],
    })
  })

  test('finds what is true of this month: the sum, the largest payment, and on what it rests', () => {
    const { insights } = of(
      old,
      fee({ id: '1', amount: '1000', institutionId: 'southbank' }),
      fee({ id: '2', amount: '2500', description: '이체수수료' }),
    )
    expect(insights.map(({ kind }) => kind)).toEqual([
      'spending.month_so_far',
      'spending.category_changed_most',
      'spending.largest_payment',
    ])
    expect(insights[0]).toMatchObject({
      ko: { title: '이번 달 쓴 돈 3,500원' },
      en: { title: '₩3,500 spent this month' },
      currency: 'KRW',
      numbers: { spent: '3500', before: '0', transactions: '2' },
      evidence: { transactions: ['2', '1'], of: 2 },
      institutions: ['northbank', 'southbank'],
    })
    expect(insights[2]).toMatchObject({
      ko: { text: '2026-11-10, 금융수수료.' },
      numbers: { out: '2500' },
      evidence: { transactions: ['2'], of: 1 },
      institutions: ['northbank'],
    })
  })

  test('has sums that equal a plain sum of the rows, and categories that add up to them, in any order', () => {
    const row = fc.record({
      id: fc.uuid(),
      direction: fc.constantFrom('in', 'out', null),
      accountKind: fc.constantFrom('deposit', 'deposit', 'loan'),
      occurredOn: fc.constantFrom('2026-09-30', '2026-10-31', '2026-11-01', '2026-11-22'),
      amount: fc.bigInt({ min: 0n, max: 10n ** 15n - 1n }).map(String),
      category: fc.constantFrom(
        'unknown',
        'transfer.own',
        'income.salary',
        'finance.fee',
        'finance.loan_interest',
      ),
    })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), (given) => {
        const spent = given.filter(
          ({ accountKind, category, direction }) =>
            accountKind === 'deposit' && category.startsWith('finance.') && direction !== null,
        )
        const { months } = of(...given.map(makeClassified))
        const plain = spent.reduce(
          (sum, { amount, direction }) => sum + (direction === 'out' ? 1n : -1n) * BigInt(amount),
          0n,
        )
        expect(total(months.map((month) => month.spent))).toBe(plain)
        expect(total(months.flatMap(({ categories }) => categories).map((part) => part.spent))).toBe(plain)
        expect(of(...given.toReversed().map(makeClassified)).months).toEqual(months)
      }),
    )
  })

  test('counts every category of the taxonomy as its kind says', () => {
    for (const [category, { kind }] of Object.entries(CATEGORIES)) {
      const { lineage } = of(makeClassified({ category }))
      expect([category, lineage.used]).toEqual([category, kind === 'spending' ? 1 : 0])
    }
  })
})

const total = (amounts: readonly string[]): bigint =>
  amounts.reduce((sum, amount) => sum + BigInt(amount), 0n)
