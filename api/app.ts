import { hash } from 'node:crypto'

import express, { type Express, type RequestHandler } from 'express'

import type { Users } from '../db/users.ts'
import { CATEGORIES } from '../domain/classification/categories.ts'
import { FAILURES } from '../domain/failures.ts'
import type { Log } from '../log.ts'
import type { VerifyToken } from './auth.ts'
import { mount } from './mount.ts'
import { openApiOf } from './openapi/document.ts'
import { answerProblems, notFound } from './problem-answers.ts'
import { pageOf } from './reference/page.ts'
import { STYLE } from './reference/style.ts'
import { withRequestId } from './request-ids.ts'
import { logged } from './request-log.ts'
import { type RouteDeps, ROUTES } from './routes.ts'
import { signIn } from './signed-in.ts'

export type AppDeps = Omit<RouteDeps, 'answersVersion' | 'reference'> & {
  users: Pick<Users, 'idBySubject'>
  verifyToken: VerifyToken
  /** Whose subjects the tokens name. */
  issuer: string
  log: Log
}

/** The API: accepts events, and shows what was published. Every address under /v1 needs a token. */
export function createApp(deps: AppDeps): Express {
  const document = openApiOf(ROUTES)
  const reference = { document, page: pageOf(document), style: STYLE }
  // What shapes an answer besides its rows: its form, and the words it takes from tables of ours.
  const shaping = JSON.stringify([document, FAILURES, CATEGORIES])
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag') // answers that may be kept name themselves; the others are no-store
  app.use(withRequestId, logged(deps.log), withSecurityHeaders)
  app.use('/v1', signIn(deps))
  mount(app, ROUTES, { ...deps, reference, answersVersion: hash('sha256', shaping, 'base64url') })
  app.use(notFound)
  app.use(answerProblems(deps.log))
  return app
}

/** Nothing here is a page but the reference, and no answer may be kept by anyone in between. */
const withSecurityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
  next()
}
