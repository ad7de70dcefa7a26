import { z } from 'zod'

import { institutionId } from '../answers/fields.ts'
import { headOf } from '../answers/head.ts'
import { transactionOf, transactionsAnswer, transactionsExample } from '../answers/transactions.ts'
import { readCursor, writeCursor } from '../cursors.ts'
import { fromSnapshot, type PublishedDeps, selection, SNAPSHOT_PROBLEMS, wantedBy } from '../from-snapshot.ts'
import { invalid } from '../problems.ts'
import { defineRoute } from '../route.ts'

// A row has some 500 bytes: 100 KB a page.
const MOST_ROWS = 200
// A description has 100 characters at most in the standard.
const LONGEST_TEXT = 64

const day = z.iso.date('a day was expected, as YYYY-MM-DD').optional()
const amount = z
  .string()
  .regex(/^\d{1,15}(\.\d{1,3})?$/, 'an amount was expected')
  .optional()

const query = selection.extend({
  institution: institutionId.optional().meta({ description: 'Only at this institution.' }),
  account: z
    .guid('an accountKey was expected')
    .optional()
    .meta({ description: 'Only of the account with this accountKey.' }),
  from: day.meta({ description: 'The first day in Korea, inclusive.' }),
  to: day.meta({ description: 'The last day in Korea, inclusive.' }),
  category: z
    .string()
    .regex(/^[a-z_]{1,32}(\.[a-z_]{1,32})?$/, 'a category was expected')
    .optional()
    .meta({ description: 'A leaf (income.salary), or a group (income) for all of its leaves.' }),
  text: z
    .string()
    .min(1)
    .max(LONGEST_TEXT)
    .refine((given) => !given.includes('\0'), 'no NUL')
    .transform((given) => given.normalize('NFC'))
    .optional()
    .meta({ description: 'Anywhere in the description, whatever the case. Nothing in it is a wildcard.' }),
  direction: z.enum(['in', 'out']).optional().meta({ description: 'Seen from the account.' }),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'a currency was expected')
    .optional()
    .meta({ description: 'ISO 4217.' }),
  min_amount: amount.meta({ description: 'At least this much, in whatever currency.' }),
  max_amount: amount.meta({ description: 'At most this much, in whatever currency.' }),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `a number from 1 to ${MOST_ROWS} was expected`)
    .transform(Number)
    .pipe(z.int().min(1).max(MOST_ROWS))
    .default(50)
    .meta({
      description: 'How many at most.',
      onTheWire: { type: 'integer', minimum: 1, maximum: MOST_ROWS, default: 50 },
    }),
  cursor: z.string().optional().meta({
    description:
      'nextCursor of the page before. It stays with the snapshot of the first page; repeat the filters with it.',
  }),
})

/** Newest first, page by page through one snapshot, whatever is published meanwhile. */
export const readTransactions = defineRoute(
  {
    id: 'readTransactions',
    method: 'get',
    path: '/v1/me/transactions',
    section: 'Snapshots',
    summary: 'Transactions, page by page',
    description:
      'Newest first. Every page after the first is of the same snapshot, whatever is published meanwhile: pass `nextCursor` as `cursor` with the same filters. All filters that are given must hold.',
    access: 'member',
    query,
    isConditional: true,
    answers: { 200: { says: 'One page.', schema: transactionsAnswer, example: transactionsExample } },
    problems: SNAPSHOT_PROBLEMS,
  },
  (deps: PublishedDeps) => (asked) => {
    const { limit, cursor, min_amount: minAmount, max_amount: maxAmount, ...question } = asked.query
    const { view: _view, as_of: _asOf, ...filter } = { ...question, minAmount, maxAmount }
    if (filter.from !== undefined && filter.to !== undefined && filter.from > filter.to)
      throw invalid('to', 'a day not before from was expected')
    const marked = { ...question, minAmount, maxAmount }
    const after = cursor === undefined ? null : readCursor(cursor, marked)
    return fromSnapshot(deps, asked, after ?? wantedBy(asked.query), async (seen, rows) => {
      // One more than is shown, to know whether there is more.
      const found = await rows.transactions({ limit: limit + 1, after, filter })
      const shown = found.slice(0, limit)
      const last = found.length > limit ? shown.at(-1) : undefined
      const { snapshotNo } = seen
      return {
        ...headOf(seen),
        transactions: shown.map(transactionOf),
        nextCursor: last ? writeCursor({ snapshotNo, ...last }, marked) : null,
      }
    })
  },
)
