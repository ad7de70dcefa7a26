import { Router } from 'express'
import { z } from 'zod'

import type { OperatorRefreshes, RefreshHead } from '../../../db/operator-refreshes.ts'
import { checked } from '../../checked.ts'
import { onlyMethods } from '../../problem-answers.ts'
import type { refreshesAnswer } from '../answers.ts'
import { readRefreshCursor, writeRefreshCursor } from '../cursors.ts'
import { duration, failureName, institutionId, limit, states, userKey } from '../parameters.ts'

export type RefreshListDeps = { refreshes: Pick<OperatorRefreshes, 'find'> }

export const refreshesQuery = z.strictObject({
  state: states.optional(),
  institution: institutionId.optional(),
  failure: failureName.optional(),
  olderThan: duration.optional(),
  waitingFor: institutionId.optional(),
  userKey: userKey.optional(),
  cursor: z.string().optional(),
  limit,
})

/** GET /v1/operator/refreshes: newest first, by state, institution, failure, age, and what they wait for. */
export function refreshListRoutes({ refreshes }: RefreshListDeps): Router {
  const router = Router()
  router
    .route('/refreshes')
    .get(async (request, response) => {
      const query = checked(refreshesQuery, request.query)
      const after = query.cursor === undefined ? null : readRefreshCursor(query.cursor)
      // One more than is shown, to know whether there is more.
      const found = await refreshes.find(filterOf(query), query.limit + 1, after)
      response.json(pageOf(found, query.limit))
    })
    .all(onlyMethods('GET, HEAD'))
  return router
}

const filterOf = (query: z.infer<typeof refreshesQuery>) => ({
  states: query.state ?? [],
  institutionId: query.institution ?? null,
  failure: query.failure ?? null,
  olderThanMs: query.olderThan ?? null,
  waitingFor: query.waitingFor ?? null,
  userKey: query.userKey ?? null,
})

function pageOf(found: readonly RefreshHead[], most: number): z.infer<typeof refreshesAnswer> {
  const shown = found.slice(0, most)
  const last = found.length > most ? shown.at(-1) : undefined
  return {
    refreshes: shown.map((head) => ({
      ...head,
      openedAt: head.openedAt.toISOString(),
      closedAt: head.closedAt?.toISOString() ?? null,
      failed: head.failed.map((one) => ({ ...one, nextTryAt: one.nextTryAt?.toISOString() ?? null })),
      url: `/v1/operator/refreshes/${head.userKey}/${head.refreshNo}`,
    })),
    nextCursor: last ? writeRefreshCursor(last) : null,
  }
}
