import { Router } from 'express'
import { z } from 'zod'

import type { BreakerOrders, TransitionView } from '../../../db/breaker-orders.ts'
import type { InstitutionSeen, InstitutionStatistics, Seen } from '../../../db/institution-statistics.ts'
import type { HealthState } from '../../../domain/institution-health.ts'
import { checked } from '../../checked.ts'
import { onlyMethods } from '../../problem-answers.ts'
import { invalid, RequestProblem } from '../../problems.ts'
import { duration, institutionId } from '../parameters.ts'
import {
  countedOf,
  failedOf,
  headOf,
  type institutionHistoryAnswer,
  type institutionsAnswer,
} from '../statistics-answers.ts'

export type StatisticsDeps = {
  institutionStatistics: InstitutionStatistics
  breakerHistory: BreakerOrders['history']
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

// A line of a table has room for so many steps; of seven hundred institutions that is 1 MB.
const STEPS_IN_A_LINE = 24
/** How far back one may look in these steps: 360 and 720 of them, 200 and 400 KB. */
const FARTHEST_MS = { minute: 6 * HOUR_MS, hour: 30 * DAY_MS } as const
const STEP_MS = { minute: MINUTE_MS, hour: HOUR_MS } as const

export const institutionsQuery = z.strictObject({ since: duration.default(HOUR_MS) })
export const historyQuery = z.strictObject({
  since: duration.default(6 * HOUR_MS),
  by: z.enum(['minute', 'hour']).optional(),
})

/**
 * GET /v1/operator/institutions: how each of them fares, the worst first. GET …/{institutionId}/history: the calls of one,
 * step by step.
 */
export function statisticsRoutes({ institutionStatistics, breakerHistory }: StatisticsDeps): Router {
  const router = Router()
  router
    .route('/institutions')
    .get(async (request, response) => {
      const { since } = checked(institutionsQuery, request.query)
      if (since > DAY_MS) throw invalid('since', 'a day at most was expected')
      const stepMs = MINUTE_MS * Math.ceil(since / STEPS_IN_A_LINE / MINUTE_MS)
      response.json(listOf(await institutionStatistics.look(null, since, stepMs), since, stepMs))
    })
    .all(onlyMethods('GET, HEAD'))
  router
    .route('/institutions/:institutionId/history')
    .get(async (request, response) => {
      const { since, by = since > FARTHEST_MS.minute ? 'hour' : 'minute' } = checked(
        historyQuery,
        request.query,
      )
      if (since > FARTHEST_MS[by]) throw invalid('since', 'by minute 6h at most were expected, by hour 30d')
      const named = institutionId.safeParse(request.params.institutionId)
      if (!named.success) throw new RequestProblem('NotFound')
      const { now, institutions } = await institutionStatistics.look(named.data, since, STEP_MS[by])
      const [found] = institutions
      if (!found) throw new RequestProblem('NotFound')
      const changes = await breakerHistory(named.data)
      response.json(historyOf(now, found, changes, since, STEP_MS[by]))
    })
    .all(onlyMethods('GET, HEAD'))
  return router
}

const SINCE_WORST = ['down', 'paused', 'slow', 'unknown', 'healthy'] as const satisfies HealthState[]

const worstFirst = (a: InstitutionSeen, b: InstitutionSeen): number =>
  SINCE_WORST.indexOf(a.health.state) - SINCE_WORST.indexOf(b.health.state) || b.total.calls - a.total.calls

const listOf = (
  { now, institutions }: Seen,
  sinceMs: number,
  stepMs: number,
): z.infer<typeof institutionsAnswer> => ({
  ...spanOf(now, sinceMs, stepMs),
  institutions: institutions.toSorted(worstFirst).map((one) => ({
    ...headOf(one),
    steps: one.steps.map((step) => ({
      at: step.at.toISOString(),
      calls: step.calls,
      failed: failedOf(step),
    })),
  })),
})

const historyOf = (
  now: Date,
  found: InstitutionSeen,
  changes: readonly TransitionView[],
  sinceMs: number,
  stepMs: number,
): z.infer<typeof institutionHistoryAnswer> => ({
  ...spanOf(now, sinceMs, stepMs),
  institution: headOf(found),
  steps: found.steps.map((step) => ({ at: step.at.toISOString(), ...countedOf(step) })),
  transitions: changes.map((change) => ({ ...change, at: change.at.toISOString() })),
})

const spanOf = (now: Date, sinceMs: number, stepMs: number) => ({
  now: now.toISOString(),
  since: new Date(now.getTime() - sinceMs).toISOString(),
  stepMs,
})
