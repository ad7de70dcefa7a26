import { type Express, Router } from 'express'

import type { Log } from '../../log.ts'
import type { Claims } from '../auth.ts'
import { type DoorOptions, openDoor } from '../door.ts'
import { mount } from '../mount.ts'
import { answerProblems, notFound } from '../problem-answers.ts'
import { createRateLimits, type RateLimits } from '../rate-limits.ts'
import { type HealthDeps, readHealth, readReadiness } from '../routes/health.ts'
import { type AuditDeps, auditRoutes } from './routes/audit.ts'
import { type BatchDeps, batchRoutes } from './routes/batches.ts'
import { type ForceDeps, forceRoutes } from './routes/force.ts'
import { type InstitutionDeps, institutionRoutes } from './routes/institutions.ts'
import { type OrderDeps, orderRoutes } from './routes/orders.ts'
import { type OverviewDeps, overviewRoutes } from './routes/overview.ts'
import { pageRoutes } from './routes/page.ts'
import { type PoisonDeps, poisonRoutes } from './routes/poison.ts'
import { type RecoveredDeps, recoveredRoutes } from './routes/recovered.ts'
import { type RefreshListDeps, refreshListRoutes } from './routes/refreshes.ts'
import { type ResponseDeps, responseRoutes } from './routes/responses.ts'
import { type RevocationListDeps, revocationRoutes } from './routes/revocations.ts'
import { type StatisticsDeps, statisticsRoutes } from './routes/statistics.ts'
import { type StoryDeps, storyRoutes } from './routes/story.ts'
import { signInOperator } from './signed-in.ts'

export type OperatorAppDeps = RefreshListDeps &
  OverviewDeps &
  StoryDeps &
  AuditDeps &
  OrderDeps &
  RecoveredDeps &
  InstitutionDeps &
  BatchDeps &
  PoisonDeps &
  StatisticsDeps &
  ForceDeps &
  RevocationListDeps &
  ResponseDeps &
  HealthDeps & {
    verify: (token: string) => Promise<Claims>
    door: DoorOptions
    log: Log
  }

/** What operators see and do, on a listener of its own. Every address under /v1/operator needs an operator's token. */
export function createOperatorApp(deps: OperatorAppDeps): Express {
  const limits = createRateLimits(deps.door.rates)
  const app = openDoor(deps.log, limits, deps.door)
  mount(app, [readHealth, readReadiness], deps)
  app.use(pageRoutes())
  app.use('/v1/operator', operatorRoutes(deps, limits))
  app.use(notFound)
  app.use(answerProblems(deps.log))
  return app
}

function operatorRoutes(deps: OperatorAppDeps, limits: RateLimits): Router {
  const router = Router()
  router.use(signInOperator({ ...deps, limits }))
  router.use(overviewRoutes(deps))
  router.use(refreshListRoutes(deps))
  router.use(storyRoutes(deps))
  router.use(auditRoutes(deps))
  router.use(orderRoutes(deps))
  router.use(statisticsRoutes(deps))
  router.use(recoveredRoutes(deps))
  router.use(institutionRoutes(deps))
  router.use(batchRoutes(deps))
  router.use(poisonRoutes(deps))
  router.use(forceRoutes(deps))
  router.use(revocationRoutes(deps))
  router.use(responseRoutes(deps))
  return router
}
