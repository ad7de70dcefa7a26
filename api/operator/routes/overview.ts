import { Router } from 'express'
import { z } from 'zod'

import type { OperatorOverview, Overview } from '../../../db/operator-overview.ts'
import { checked } from '../../checked.ts'
import { onlyMethods } from '../../problem-answers.ts'
import { invalid } from '../../problems.ts'
import type { overviewAnswer } from '../answers.ts'
import { duration } from '../parameters.ts'
import { blameOf } from '../story/words.ts'

export type OverviewDeps = { overview: OperatorOverview }

const DAY_MS = 86_400_000
// A week of 200,000 refreshes is counted in half a second; more is a matter of statistics, not of tonight.
const LONGEST_MS = 7 * DAY_MS
// However many operators watch, the counts are made once in so long.
const KEPT_MS = 2_000

export const overviewQuery = z.strictObject({ since: duration.default(DAY_MS) })

/** GET /v1/operator/overview: how many refreshes stand how, and who fails how; the open ones and those of a day. */
export function overviewRoutes({ overview }: OverviewDeps): Router {
  const look = remembering((sinceMs) => overview.look(sinceMs))
  const router = Router()
  router
    .route('/overview')
    .get(async (request, response) => {
      const { since } = checked(overviewQuery, request.query)
      if (since > LONGEST_MS) throw invalid('since', 'seven days at most were expected')
      response.json(answerOf(await look(since)))
    })
    .all(onlyMethods('GET, HEAD'))
  return router
}

/** The last counts of one span of time, for a moment; those who ask meanwhile share them. */
function remembering(look: (sinceMs: number) => Promise<Overview>): (sinceMs: number) => Promise<Overview> {
  let last: { sinceMs: number; until: number; counts: Promise<Overview> } | null = null
  return (sinceMs) => {
    if (last?.sinceMs === sinceMs && performance.now() < last.until) return last.counts
    const counts = look(sinceMs)
    last = { sinceMs, until: performance.now() + KEPT_MS, counts }
    counts.catch(() => (last = null))
    return counts
  }
}

const answerOf = ({ now, since, states, failures }: Overview): z.infer<typeof overviewAnswer> => ({
  now: now.toISOString(),
  since: since.toISOString(),
  states: states.map(({ oldestOpenedAt, ...rest }) => ({
    ...rest,
    oldestOpenedAt: oldestOpenedAt.toISOString(),
    oldestAgeMs: Math.max(0, now.getTime() - oldestOpenedAt.getTime()),
  })),
  failures: failures.map(({ nextTryAt, ...rest }) => ({
    ...rest,
    blame: blameOf(rest.failure),
    nextTryAt: nextTryAt?.toISOString() ?? null,
  })),
})
