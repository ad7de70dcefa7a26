import { hash } from 'node:crypto'

import type { Express } from 'express'

import type { Users } from '../db/users.ts'
import { CATEGORIES } from '../domain/classification/categories.ts'
import { FAILURES } from '../domain/failures.ts'
import type { Log } from '../log.ts'
import type { VerifyToken } from './auth.ts'
import { type DoorOptions, openDoor } from './door.ts'
import { mount } from './mount.ts'
import { openApiOf } from './openapi/document.ts'
import { answerProblems, notFound } from './problem-answers.ts'
import { createRateLimits } from './rate-limits.ts'
import { pageOf } from './reference/page.ts'
import { STYLE } from './reference/style.ts'
import { type RouteDeps, ROUTES } from './routes.ts'
import { signIn } from './signed-in.ts'

export type AppDeps = Omit<RouteDeps, 'answersVersion' | 'reference'> & {
  users: Pick<Users, 'idBySubject'>
  verifyToken: VerifyToken
  /** Whose subjects the tokens name. */
  issuer: string
  door: DoorOptions
  log: Log
}

/** The API: accepts events, and shows what was published. Every address under /v1 needs a token. */
export function createApp(deps: AppDeps): Express {
  const document = openApiOf(ROUTES)
  const reference = { document, page: pageOf(document), style: STYLE }
  // What shapes an answer besides its rows: its form, and the words it takes from tables of ours.
  const shaping = JSON.stringify([document, FAILURES, CATEGORIES])
  const limits = createRateLimits(deps.door.rates)
  const app = openDoor(deps.log, limits, deps.door)
  app.use('/v1', signIn({ ...deps, limits }))
  mount(app, ROUTES, { ...deps, reference, answersVersion: hash('sha256', shaping, 'base64url') })
  app.use(notFound)
  app.use(answerProblems(deps.log))
  return app
}
