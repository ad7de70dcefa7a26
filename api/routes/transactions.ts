import { Router } from 'express'
import { z } from 'zod'

import type { Published, TransactionView } from '../../db/published.ts'
import { checked } from '../checked.ts'
import { readCursor, writeCursor } from '../cursors.ts'
import { onlyMethods } from '../problem-answers.ts'
import { RequestProblem } from '../problems.ts'
import { userOf } from '../signed-in.ts'
import { view } from './snapshot.ts'

export type TransactionDeps = { published: Pick<Published, 'transactions'> }

// A row has some 500 bytes: 100 KB a page.
const MOST_ROWS = 200

export const transactionsQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `a number from 1 to ${MOST_ROWS} was expected`)
    .transform(Number)
    .pipe(z.int().min(1).max(MOST_ROWS))
    .default(50),
  cursor: z.string().optional(),
  /** Of the first page; the pages after it stay with its snapshot. */
  view: view.default('latest'),
})

const amount = z.string().regex(/^-?\d+(\.\d+)?$/)

export const transactionsAnswer = z.strictObject({
  snapshotNo: z.int().positive(),
  transactions: z.array(
    z.strictObject({
      id: z.string(),
      institutionId: z.string(),
      accountKey: z.string(),
      /** The day in Korea. */
      occurredOn: z.iso.date(),
      /** Null if the institution named only the day. */
      occurredAt: z.iso.datetime({ offset: true }).nullable(),
      direction: z.enum(['in', 'out']).nullable(),
      amount,
      currency: z.string(),
      balanceAfter: amount.nullable(),
      description: z.string().nullable(),
      typeText: z.string().nullable(),
      category: z.string(),
      /** How sure the category is, from 0 to 1. */
      confidence: z.number().min(0).max(1),
    }),
  ),
  nextCursor: z.string().nullable(),
})

/** GET /v1/me/transactions: newest first, page by page through one snapshot, whatever is published meanwhile. */
export function transactionRoutes({ published }: TransactionDeps): Router {
  const router = Router()
  router
    .route('/me/transactions')
    .get(async (request, response) => {
      const query = checked(transactionsQuery, request.query)
      const after = query.cursor === undefined ? null : readCursor(query.cursor)
      // One more than is shown, to know whether there is more.
      const found = await published.transactions(userOf(request), query.view, query.limit + 1, after)
      if (!found) throw new RequestProblem(after ? 'NotFound' : 'NothingPublished')
      response.json(pageOf(found.snapshotNo, found.rows, query.limit))
    })
    .all(onlyMethods('GET, HEAD'))
  return router
}

function pageOf(
  snapshotNo: number,
  rows: readonly TransactionView[],
  limit: number,
): z.infer<typeof transactionsAnswer> {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    snapshotNo,
    transactions: shown.map(({ timeKnown, confidence, ...row }) => ({
      ...row,
      occurredAt: timeKnown ? `${row.occurredAt.replace(' ', 'T')}+09:00` : null,
      confidence: Number(confidence),
    })),
    nextCursor: last ? writeCursor({ snapshotNo, occurredAt: last.occurredAt, id: last.id }) : null,
  }
}
