import { Router } from 'express'
import { z } from 'zod'

import { onlyMethods } from '../problem-answers.ts'

export type HealthDeps = {
  checks: { database: () => Promise<boolean>; engine: () => Promise<boolean> }
}

/** Degraded: the engine is away; events are accepted and reads answered all the same. */
export const readyAnswer = z.strictObject({
  status: z.enum(['ready', 'degraded', 'unavailable']),
  checks: z.strictObject({ database: z.enum(['ok', 'away']), engine: z.enum(['ok', 'away']) }),
})
type Ready = z.infer<typeof readyAnswer>

// Whoever asks for readiness asks every few seconds; an answer that takes longer is a no.
const CHECK_LIMIT_MS = 2_000

/** Whether the process lives, and whether it can do its work. Needs no token and says nothing of anyone. */
export function healthRoutes({ checks }: HealthDeps): Router {
  let looking: Promise<Ready> | null = null
  // However many ask at once, the database is asked once.
  const ready = (): Promise<Ready> => (looking ??= look(checks).finally(() => (looking = null)))

  const router = Router()
  router
    .route('/healthz')
    .get((_request, response) => {
      response.json({ status: 'alive' })
    })
    .all(onlyMethods('GET, HEAD'))
  router
    .route('/readyz')
    .get(async (_request, response) => {
      const answer = await ready()
      response.status(answer.status === 'unavailable' ? 503 : 200).json(answer)
    })
    .all(onlyMethods('GET, HEAD'))
  return router
}

async function look(checks: HealthDeps['checks']): Promise<Ready> {
  const [hasDatabase, hasEngine] = await Promise.all([inTime(checks.database), inTime(checks.engine)])
  return {
    status: !hasDatabase ? 'unavailable' : hasEngine ? 'ready' : 'degraded',
    checks: { database: hasDatabase ? 'ok' : 'away', engine: hasEngine ? 'ok' : 'away' },
  }
}

function inTime(check: () => Promise<boolean>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), CHECK_LIMIT_MS)
    check()
      .catch(() => false)
      .then(resolve, () => resolve(false))
      .finally(() => clearTimeout(timer))
  })
}
