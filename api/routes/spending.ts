import { analysesOf } from '../answers/analyses.ts'
import { month } from '../answers/fields.ts'
import { headOf } from '../answers/head.ts'
import { spendingAnswer, spendingExample, spendingOf } from '../answers/spending.ts'
import { fromSnapshot, type PublishedDeps, selection, SNAPSHOT_PROBLEMS, wantedBy } from '../from-snapshot.ts'
import { defineRoute } from '../route.ts'

const query = selection.extend({
  month: month.optional().meta({ description: 'Only this month in Korea: YYYY-MM.' }),
})

/** What was spent, from the analysis that was made of the snapshot when it was published. */
export const readSpending = defineRoute(
  {
    id: 'readSpending',
    method: 'get',
    path: '/v1/me/spending',
    section: 'Snapshots',
    summary: 'Spending by month and category',
    description:
      'Money spent by Korean month, currency and category, refunds and cancellations taken off, beside the month before; the largest counterparties; and some of the transactions behind each number (`/v1/me/transactions` of the same snapshot has all). Money out that nobody could name stands apart as `unclear`.',
    access: 'member',
    query,
    isConditional: true,
    answers: { 200: { says: 'The spending.', schema: spendingAnswer, example: spendingExample } },
    problems: SNAPSHOT_PROBLEMS,
  },
  (deps: PublishedDeps) => (asked) =>
    fromSnapshot(deps, asked, wantedBy(asked.query), async (seen, rows) => {
      const analyses = analysesOf(await rows.documents('spending'), seen)
      const analysis = analyses.find(({ analyser }) => analyser === 'spending')!
      return { ...headOf(seen), ...(await spendingOf(analysis, asked.query.month, rows.descriptions)) }
    }),
)
