import { type Answer, OAuthRefusal } from './answer.ts'
import type { CodeFault } from './codes.ts'
import { noteToken, type TokenCall } from './token-call.ts'
import type { ViolationKind } from './violations.ts'

/** A lost answer is a reason to present a code once more. */
const ALLOWED_REFUSALS = 1

/** What a client does wrong when a code is refused for this; the rest may happen to anybody. */
const violationOf: Partial<Record<CodeFault, ViolationKind>> = {
  'other redirect': 'redirect-mismatch',
  'other verifier': 'wrong-verifier',
}

/** 개별인증-002: tokens for a code. A code that comes again ends the consent it gave (RFC 6749, 4.1.2). */
export function tokenForCode(call: TokenCall): Answer {
  const { world, institution, form } = call
  const { institutionId } = institution
  const { code, redirect_uri: redirectUri, client_id: clientId = '', code_verifier: verifier } = form
  if (!code || !redirectUri) throw new OAuthRefusal('invalid_request')
  const taken = world.codes.take({ code, institutionId, clientId, redirectUri, verifier })
  if (taken.outcome === 'used before') {
    if (taken.timesRefused > ALLOWED_REFUSALS) noteToken(call, 'code-used-again', 'code')
    world.consents.end({ person: taken.person, institutionId }, 'reused', taken.generation)
    world.changed(true)
    throw new OAuthRefusal('invalid_grant')
  }
  if (taken.outcome !== 'good') {
    const kind = violationOf[taken.outcome]
    if (kind) noteToken(call, kind, taken.outcome)
    throw new OAuthRefusal('invalid_grant')
  }
  const issued = world.consents.issue(taken.person, institutionId, taken.grant)
  taken.used(issued.generation)
  world.changed(true)
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      access_token: issued.accessToken,
      expires_in: String(issued.expiresInSeconds),
      refresh_token: issued.refreshToken,
      refresh_token_expires_in: String(issued.refreshExpiresInSeconds),
      scope: issued.scope,
    },
  }
}
