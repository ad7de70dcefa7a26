import type { Request, RequestHandler } from 'express'

import type { UserId } from '../db/database.ts'
import type { Users } from '../db/users.ts'
import type { VerifyToken } from './auth.ts'
import { RequestProblem } from './problems.ts'
import type { RateLimits } from './rate-limits.ts'

type SignedIn = { userId: UserId; expiresAt: Date; sessionId: string | null }

const signedIn = new WeakMap<Request, SignedIn>()

/**
 * Lets a request pass as the user its bearer token names. The token is only ever read from the Authorization header.
 * A good token whose subject has not enrolled is told so (403 NotEnrolled): another token would not help, enrolling
 * does, and nothing is said about anyone but the caller.
 */
export function signIn(deps: {
  verifyToken: VerifyToken
  users: Pick<Users, 'idBySubject'>
  issuer: string
  limits: Pick<RateLimits, 'byUser'>
}): RequestHandler {
  return async (request, _response, next) => {
    const token = /^Bearer ([^\s,]+)$/i.exec(request.get('authorization') ?? '')?.[1]
    if (token === undefined) throw new RequestProblem('Unauthenticated')
    const { subject, expiresAt, sessionId } = await deps.verifyToken(token)
    await deps.limits.byUser(subject)
    const userId = await deps.users.idBySubject(deps.issuer, subject)
    if (userId === null) throw new RequestProblem('NotEnrolled')
    signedIn.set(request, { userId, expiresAt, sessionId })
    next()
  }
}

/** Whose request this is; every read is limited to this user. */
export const userOf = (request: Request): UserId => whoIs(request).userId

/** When the token it came with expires: an answer that lasts must end then. */
export const tokenExpiryOf = (request: Request): Date => whoIs(request).expiresAt

/** The issuer's session it came with: what is begun in one is finished in the same. Null where the issuer names none. */
export const sessionOf = (request: Request): string | null => whoIs(request).sessionId

function whoIs(request: Request): SignedIn {
  const known = signedIn.get(request)
  if (known === undefined) throw new RequestProblem('Unauthenticated')
  return known
}
