import express, { type Express, type RequestHandler, Router } from 'express'

import type { Log } from '../../log.ts'
import type { Claims } from '../auth.ts'
import { mount } from '../mount.ts'
import { answerProblems, notFound } from '../problem-answers.ts'
import { withRequestId } from '../request-ids.ts'
import { logged } from '../request-log.ts'
import { type HealthDeps, readHealth, readReadiness } from '../routes/health.ts'
import { type AuditDeps, auditRoutes } from './routes/audit.ts'
import { type OrderDeps, orderRoutes } from './routes/orders.ts'
import { type OverviewDeps, overviewRoutes } from './routes/overview.ts'
import { pageRoutes } from './routes/page.ts'
import { type RecoveredDeps, recoveredRoutes } from './routes/recovered.ts'
import { type RefreshListDeps, refreshListRoutes } from './routes/refreshes.ts'
import { type RevocationListDeps, revocationRoutes } from './routes/revocations.ts'
import { type StoryDeps, storyRoutes } from './routes/story.ts'
import { signInOperator } from './signed-in.ts'

export type OperatorAppDeps = RefreshListDeps &
  OverviewDeps &
  StoryDeps &
  AuditDeps &
  OrderDeps &
  RecoveredDeps &
  RevocationListDeps &
  HealthDeps & {
    verify: (token: string) => Promise<Claims>
    log: Log
  }

/** What operators see and do, on a listener of its own. Every address under /v1/operator needs an operator's token. */
export function createOperatorApp(deps: OperatorAppDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag') // answers are no-store, so nobody has anything to compare
  app.use(withRequestId, logged(deps.log), withSecurityHeaders)
  mount(app, [readHealth, readReadiness], deps)
  app.use(pageRoutes())
  app.use('/v1/operator', operatorRoutes(deps))
  app.use(notFound)
  app.use(answerProblems(deps.log))
  return app
}

function operatorRoutes(deps: OperatorAppDeps): Router {
  const router = Router()
  router.use(signInOperator(deps.verify))
  router.use(overviewRoutes(deps))
  router.use(refreshListRoutes(deps))
  router.use(storyRoutes(deps))
  router.use(auditRoutes(deps))
  router.use(orderRoutes(deps))
  router.use(recoveredRoutes(deps))
  router.use(revocationRoutes(deps))
  return router
}

/** No answer may be kept by anyone in between; whatever a browser makes of one, it runs nothing and is in no frame. */
const withSecurityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
  next()
}
