import { Router } from 'express'
import { z } from 'zod'

import type { RefreshProgress } from '../../db/refresh-progress.ts'
import { checked } from '../checked.ts'
import { onlyMethods } from '../problem-answers.ts'
import { RequestProblem } from '../problems.ts'
import { reasonAnswer, reasonOrNull, reasonsOf } from '../reasons.ts'
import { userOf } from '../signed-in.ts'

export type RefreshDeps = { progress: RefreshProgress }

const instant = z.iso.datetime()

export const refreshAnswer = z.strictObject({
  refreshNo: z.int().positive(),
  state: z.enum(['requested', 'running', 'parked', 'succeeded', 'incomplete', 'failed', 'cancelled', 'lost']),
  openedAt: instant,
  begunAt: instant.nullable(),
  closedAt: instant.nullable(),
  /** Empty while it is open, and if it succeeded. */
  closedBecause: z.array(reasonAnswer),
  institutions: z.array(
    z.strictObject({
      institutionId: z.string(),
      name: z.string(),
      state: z.enum(['pending', 'collecting', 'collected', 'failed', 'withdrawn', 'excused']),
      /** Whether the reading brought anything new; null while there is no collection. */
      outcome: z.enum(['changed', 'unchanged']).nullable(),
      failure: reasonAnswer.nullable(),
      /** Rows that the last attempt wrote: new, changed or gone; null while it goes on, and if there was none. */
      rows: z.int().min(0).nullable(),
      attempts: z.int().min(0),
      /** Of the last attempt; null while it goes on. */
      durationMs: z.int().min(0).nullable(),
    }),
  ),
  /** What it published last, if anything. */
  snapshot: z
    .strictObject({ snapshotNo: z.int().positive(), status: z.enum(['complete', 'partial']) })
    .nullable(),
})

// Numbers are counted per user from 1 and kept in four bytes.
const MOST = 2 ** 31 - 1

/** GET /v1/me/refreshes/{no}: how a refresh of one's own stands. A number that is nobody's and another's are alike. */
export function refreshRoutes({ progress }: RefreshDeps): Router {
  const router = Router()
  router
    .route('/me/refreshes/:refreshNo')
    .get(async (request, response) => {
      checked(z.strictObject({}), request.query)
      const refreshNo = refreshNoOf(request.params.refreshNo)
      const found = refreshNo === null ? null : await progress.of(userOf(request), refreshNo)
      if (!found) throw new RequestProblem('NotFound')
      response.json(answerOf(found))
    })
    .all(onlyMethods('GET, HEAD'))
  return router
}

/** The number in an address; null for whatever cannot be one. */
export function refreshNoOf(text: string): number | null {
  const refreshNo = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0
  return refreshNo >= 1 && refreshNo <= MOST ? refreshNo : null
}

type Found = NonNullable<Awaited<ReturnType<RefreshProgress['of']>>>

/** Typed as what goes in: the schema narrows states that the database keeps as text. */
export function answerOf(found: Found) {
  return {
    refreshNo: found.refreshNo,
    state: found.state,
    openedAt: found.openedAt.toISOString(),
    begunAt: found.begunAt?.toISOString() ?? null,
    closedAt: found.closedAt?.toISOString() ?? null,
    closedBecause: reasonsOf(found.closedBecause),
    institutions: found.readings.map((reading) => ({
      institutionId: reading.institutionId,
      name: reading.name,
      state: reading.state,
      outcome: reading.outcome,
      failure: reasonOrNull(reading.failure),
      rows: reading.rows,
      attempts: reading.attempts,
      durationMs: between(reading.startedAt, reading.endedAt),
    })),
    snapshot: found.snapshot,
  }
}

const between = (begunAt: Date | null, endedAt: Date | null): number | null =>
  begunAt && endedAt ? Math.max(0, endedAt.getTime() - begunAt.getTime()) : null
