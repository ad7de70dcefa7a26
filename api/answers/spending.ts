import { z } from 'zod'

import { nameIn } from '../../domain/analysis/spending.ts'
import { CATEGORIES } from '../../domain/classification/categories.ts'
import { type Analysis, analysisState, madeExample, stateOf } from './analyses.ts'
import { amount, count, currency, month } from './fields.ts'
import { headExample, snapshotHead } from './head.ts'
import { evidence } from './insights.ts'

const sums = {
  out: amount,
  refunded: amount.meta({ description: 'What came back of it.' }),
  spent: amount.meta({ description: 'Out less refunded.' }),
  transactions: count,
}
const through = z.iso.date().nullable()

const storedCategory = z.strictObject({ category: z.string(), ...sums, before: amount.nullable(), evidence })

const storedCounterparty = z.strictObject({ ...sums, evidence })

const storedMonth = z.strictObject({
  month,
  currency,
  through: through.meta({ description: 'Up to which day it was counted, if it has not ended.' }),
  ...sums,
  before: z.strictObject({ month, through, spent: amount }).nullable().meta({
    description:
      'The month before, up to the same day if this one has not ended; null where it is not known whole.',
  }),
  categories: z.array(storedCategory),
  unclear: z.strictObject({ out: amount, transactions: count, evidence }).meta({
    description:
      'Money out of bank accounts that nobody could name: some of it may be spending, so it is in no sum.',
  }),
  counterparties: z.array(storedCounterparty),
  nameless: z
    .strictObject({ spent: amount, transactions: count })
    .meta({ description: 'Spending whose counterparty was not said.' }),
})

const name = z.strictObject({ ko: z.string(), en: z.string() })

const monthAnswer = storedMonth
  .extend({
    categories: z.array(storedCategory.extend({ name: name.nullable() })),
    counterparties: z.array(storedCounterparty.extend({ name: z.string().nullable() })),
  })
  .meta({ id: 'SpendingMonth', description: 'What was spent in one month in Korea and one currency.' })

const lineage = z
  .strictObject({ transactions: count, used: count, leftOut: z.record(z.string(), count) })
  .meta({ description: 'How many transactions the snapshot has, how many count, and why the others do not.' })

export const spendingAnswer = snapshotHead
  .extend({
    analysis: analysisState,
    months: z
      .array(monthAnswer)
      .nullable()
      .meta({ description: 'Newest first, at most thirteen; null while the analysis is not there.' }),
    missing: z
      .array(z.string())
      .nullable()
      .meta({ description: 'Institutions nothing is known of, so that more may have been spent.' }),
    lineage: lineage.nullable(),
  })
  .meta({ id: 'Spending', description: 'What was spent, by month, currency and category; never advice.' })

const storedSpending = z.object({ months: z.array(storedMonth), missing: z.array(z.string()), lineage })

type Descriptions = (ids: readonly string[]) => Promise<ReadonlyMap<string, string | null>>

/** The stored analysis as it is promised; one of another version is named, and not shown in a form nobody knows. */
export async function spendingOf(
  analysis: Analysis,
  wantedMonth: string | undefined,
  descriptions: Descriptions,
) {
  const stored = analysis.state === 'made' ? storedSpending.safeParse(analysis.document) : null
  if (!stored?.success) return { analysis: stateOf(analysis), months: null, missing: null, lineage: null }
  const { months, missing, lineage: from } = stored.data
  const wanted = months.filter((each) => wantedMonth === undefined || each.month === wantedMonth)
  const said = await descriptions(
    wanted.flatMap(({ counterparties }) => counterparties.map(first).filter((id) => id !== '')),
  )
  const named = wanted.map((each) => ({
    ...each,
    categories: each.categories.map(withName),
    // Whoever got the money is called what the largest of the transactions calls them.
    counterparties: each.counterparties.map((one) => ({
      ...one,
      name: nameIn(said.get(first(one)) ?? null),
    })),
  }))
  return { analysis: stateOf(analysis), months: named, missing, lineage: from }
}

const first = ({ evidence: { transactions } }: { evidence: z.infer<typeof evidence> }): string =>
  transactions[0] ?? ''

/** Words of the taxonomy this code has; null for a category it does not know. */
function withName<Row extends { category: string }>(row: Row) {
  const known = Object.entries(CATEGORIES).find(([code]) => code === row.category)
  return { ...row, name: known ? { ko: known[1].ko, en: known[1].en } : null }
}

const feeSums = { out: '2000', refunded: '0', spent: '2000', transactions: 2 }
const feeEvidence = { transactions: ['20098', '20051'], of: 2 }

export const spendingExample = {
  ...headExample,
  analysis: madeExample('spending', 1),
  months: [
    {
      month: '2026-11',
      currency: 'KRW',
      through: '2026-11-22',
      ...feeSums,
      before: { month: '2026-10', through: '2026-10-22', spent: '500' },
      categories: [
        {
          category: 'finance.fee',
          name: { ko: '금융수수료', en: 'Financial fees' },
          ...feeSums,
          before: '500',
          evidence: feeEvidence,
        },
      ],
      unclear: { out: '41200', transactions: 1, evidence: { transactions: ['20102'], of: 1 } },
      counterparties: [{ name: '타행이체수수료', ...feeSums, evidence: feeEvidence }],
      nameless: { spent: '0', transactions: 0 },
    },
  ],
  missing: [],
  lineage: {
    transactions: 381,
    used: 3,
    leftOut: { notAPayingAccount: 20, neutral: 300, income: 18, directionNotSaid: 0, unknownMoneyIn: 40 },
  },
} satisfies z.infer<typeof spendingAnswer>
