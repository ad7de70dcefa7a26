import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { cashFlow } from './cash-flow.ts'
import { makeClassified, makeCut, makeInstitution } from './make-cut.ts'

const of = (...transactions: ReturnType<typeof makeClassified>[]) =>
  cashFlow.analyse(makeCut({ transactions }))

describe('cash flow', () => {
  test('shows what came in and went out this month, and what it was', () => {
    const document = of(
      makeClassified({ direction: 'in', amount: '3000000', category: 'income.salary' }),
      makeClassified({ amount: '500', category: 'finance.fee' }),
      makeClassified({ amount: '42000.5' }),
      makeClassified({ amount: '700', occurredOn: '2026-10-31' }),
    )
    expect(document).toMatchObject({
      thisMonth: {
        month: '2026-11',
        flows: [
          { currency: 'KRW', in: '3000000', out: '42500.5', net: '2957499.5', transactions: 3, unknown: 1 },
        ],
      },
      months: [{ month: '2026-11' }, { month: '2026-10', out: '700' }],
    })
  })

  test('totals each category and each kind, and the unknown apart', () => {
    const document = of(
      makeClassified({ direction: 'in', amount: '3000000', category: 'income.salary' }),
      makeClassified({ direction: 'in', amount: '12', category: 'income.interest' }),
      makeClassified({ amount: '42000' }),
    )
    expect(document).toMatchObject({
      months: [
        {
          byKind: [
            { kind: 'income', in: '3000012', out: '0', transactions: 2 },
            { kind: 'unknown', in: '0', out: '42000', transactions: 1 },
          ],
          byCategory: [
            { category: 'income.interest', kind: 'income', in: '12' },
            { category: 'income.salary', kind: 'income', in: '3000000' },
            { category: 'unknown', kind: 'unknown', out: '42000' },
          ],
        },
      ],
    })
  })

  test('leaves out what nets to nothing, and counts it by the reason', () => {
    const document = of(
      makeClassified({ category: 'transfer.own' }),
      makeClassified({ category: 'transfer.own', direction: 'in' }),
      makeClassified({ category: 'transfer.cancelled' }),
      makeClassified({ accountKind: 'loan', category: 'finance.loan_principal' }),
      makeClassified({ direction: null }),
      makeClassified(),
    )
    expect(document).toMatchObject({
      months: [{ in: '0', out: '10000', transactions: 1 }],
      lineage: {
        transactions: 6,
        used: 1,
        leftOut: { notADepositAccount: 1, ownTransfer: 2, cancelled: 1, directionNotSaid: 1 },
      },
    })
  })

  test('keeps currencies apart', () => {
    const document = of(makeClassified({ currency: 'USD', amount: '1.25' }), makeClassified())
    expect(document).toMatchObject({
      months: [
        { currency: 'KRW', out: '10000' },
        { currency: 'USD', out: '1.25' },
      ],
    })
  })

  test('puts the last second of a month in Korea into that month', () => {
    const document = of(
      makeClassified({ occurredAt: '2026-10-31 23:59:59', amount: '1' }),
      makeClassified({ occurredAt: '2026-11-01 00:00:00', amount: '2' }),
    )
    expect(document).toMatchObject({ months: [{ out: '2' }, { month: '2026-10', out: '1' }] })
  })

  test('names the institutions whose transactions are missing', () => {
    const absent = makeInstitution({ state: 'absent', asOf: null })
    expect(cashFlow.analyse(makeCut({ institutions: [absent] }))).toMatchObject({
      isComplete: false,
      missing: ['northbank'],
      thisMonth: { flows: [] },
    })
  })

  test('has sums that equal a plain sum of the rows, and kinds and categories that add up to them', () => {
    const row = fc.record({
      direction: fc.constantFrom('in', 'out', null),
      accountKind: fc.constantFrom('deposit', 'deposit', 'loan'),
      occurredOn: fc.constantFrom('2026-10-31', '2026-11-01', '2026-11-22'),
      amount: fc.bigInt({ min: 0n, max: 10n ** 15n - 1n }).map(String),
      category: fc.constantFrom(
        'unknown',
        'transfer.own',
        'transfer.cancelled',
        'income.salary',
        'finance.fee',
      ),
    })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), (given) => {
        const counted = given.filter(
          ({ accountKind, category }) => accountKind === 'deposit' && !category.startsWith('transfer.'),
        )
        const { months } = read(of(...given.map(makeClassified)))
        for (const direction of ['in', 'out'] as const) {
          const plain = total(
            counted.filter((each) => each.direction === direction).map(({ amount }) => amount),
          )
          expect(total(months.map((month) => month[direction]))).toBe(plain)
          for (const parts of ['byKind', 'byCategory'] as const)
            expect(total(months.flatMap((month) => month[parts]).map((part) => part[direction]))).toBe(plain)
        }
      }),
    )
  })
})

type Sums = { in: string; out: string }
type Read = { months: (Sums & { byKind: Sums[]; byCategory: Sums[] })[] }

// As a reader of the stored document sees it.
function read(document: object): Read {
  const parsed: Read = JSON.parse(JSON.stringify(document))
  return parsed
}

const total = (amounts: readonly string[]): bigint =>
  amounts.reduce((sum, amount) => sum + BigInt(amount), 0n)
