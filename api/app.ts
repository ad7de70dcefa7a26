import express, { type Express, type RequestHandler, Router } from 'express'

import type { Users } from '../db/users.ts'
import type { Log } from '../log.ts'
import type { VerifyToken } from './auth.ts'
import { answerProblems, notFound } from './problem-answers.ts'
import { withRequestId } from './request-ids.ts'
import { logged } from './request-log.ts'
import { type EventDeps, eventRoutes } from './routes/events.ts'
import { type HealthDeps, healthRoutes } from './routes/health.ts'
import { type RefreshDeps, refreshRoutes } from './routes/refreshes.ts'
import { type SnapshotDeps, snapshotRoutes } from './routes/snapshot.ts'
import { type TransactionDeps, transactionRoutes } from './routes/transactions.ts'
import { signIn } from './signed-in.ts'

export type AppDeps = EventDeps &
  RefreshDeps &
  SnapshotDeps &
  TransactionDeps &
  HealthDeps & {
    users: Pick<Users, 'idBySubject'>
    verifyToken: VerifyToken
    /** Whose subjects the tokens name. */
    issuer: string
    log: Log
  }

/** The API: accepts events, and shows what was published. Every address under /v1 needs a token. */
export function createApp(deps: AppDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag') // answers are no-store, so nobody has anything to compare
  app.use(withRequestId, logged(deps.log), withSecurityHeaders)
  app.use(healthRoutes(deps))
  app.use('/v1', memberRoutes(deps))
  app.use(notFound)
  app.use(answerProblems(deps.log))
  return app
}

function memberRoutes(deps: AppDeps): Router {
  const router = Router()
  router.use(signIn(deps))
  router.use(eventRoutes(deps))
  router.use(refreshRoutes(deps))
  router.use(snapshotRoutes(deps))
  router.use(transactionRoutes(deps))
  return router
}

/** Nothing here is a page, and no answer may be kept by anyone in between. */
const withSecurityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
  next()
}
