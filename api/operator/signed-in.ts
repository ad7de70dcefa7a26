import type { Request, RequestHandler } from 'express'

import type { Claims } from '../auth.ts'
import { RequestProblem } from '../problems.ts'
import type { RateLimits } from '../rate-limits.ts'

/** Who asks, by the issuer's word for them; what they do is written down under it. */
export type Actor = { by: string; mayAct: boolean }

const actors = new WeakMap<Request, Actor>()

/**
 * Lets a request pass whose token names our audience and one of two roles: an operator looks and acts, a viewer
 * only looks. A user's token names another audience, and is no token here.
 */
export function signInOperator({
  verify,
  limits,
}: {
  verify: (token: string) => Promise<Claims>
  limits: Pick<RateLimits, 'byUser'>
}): RequestHandler {
  return async (request, _response, next) => {
    const token = /^Bearer ([^\s,]+)$/i.exec(request.get('authorization') ?? '')?.[1]
    if (token === undefined) throw new RequestProblem('Unauthenticated')
    const { subject, roles } = await verify(token)
    await limits.byUser(subject)
    const mayAct = roles.includes('operator')
    if (!mayAct && !roles.includes('viewer')) throw new RequestProblem('NotAnOperator')
    actors.set(request, { by: subject, mayAct })
    next()
  }
}

/** Before every route that changes anything. */
export const onlyOperators: RequestHandler = (request, _response, next) => {
  if (!actorOf(request).mayAct) throw new RequestProblem('MayOnlyLook')
  next()
}

export function actorOf(request: Request): Actor {
  const actor = actors.get(request)
  if (actor === undefined) throw new RequestProblem('Unauthenticated')
  return actor
}
