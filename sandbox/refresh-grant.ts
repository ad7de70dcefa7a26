import { type Answer, OAuthRefusal } from './answer.ts'
import type { TokenState } from './judge-token.ts'
import { noteToken, type TokenCall } from './token-call.ts'
import type { Claims } from './tokens.ts'
import type { ViolationKind } from './violations.ts'

/** What a client does wrong when it refreshes nevertheless: it had been told, or had done it itself. */
const violationOf: Partial<Record<TokenState, [kind: ViolationKind, detail: string]>> = {
  revoked: ['call-after-withdrawal', 'refresh after revoke'],
  ended: ['call-with-ended-consent', 'refresh after the end of the consent'],
  reused: ['refresh-of-dead-series', 'refresh after one that ended the series'],
}

/** 개별인증-003: a new access token. The refresh token stays as it is, as the standard has it, or is rotated. */
export function tokenForRefresh(call: TokenCall): Answer {
  const { world, institution, form } = call
  if (!form['refresh_token']) throw new OAuthRefusal('invalid_request')
  const claims = world.tokens.read(form['refresh_token'])
  if (!claims || claims.kind !== 'r' || claims.institutionId !== institution.institutionId)
    throw refused(call, undefined)
  const state = world.consents.judge(claims)
  const violation = violationOf[state]
  if (violation) noteToken(call, ...violation)
  if (state !== 'live') throw refused(call, claims)
  const { rotation } = world.tokenRules.of(institution.institutionId)
  const standing = world.consents.standing(claims)
  if (standing === 'older' || (standing === 'previous' && rotation !== 'grace')) {
    world.consents.end(claims, 'reused')
    world.changed(true)
    throw refused(call, claims)
  }
  const given = world.consents.refresh(claims)
  // A rotation that a restart forgets would make the new token one that was never given.
  world.changed(given.refreshToken !== undefined)
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      access_token: given.accessToken,
      expires_in: String(given.expiresInSeconds),
      ...(given.refreshToken === undefined
        ? {}
        : {
            refresh_token: given.refreshToken,
            refresh_token_expires_in: String(given.refreshExpiresInSeconds),
          }),
    },
  }
}

function refused(call: TokenCall, claims: Claims | undefined): OAuthRefusal {
  const key = `${claims?.person ?? '?'}|${call.institution.institutionId}`
  if (call.world.refusals.refused(key)) noteToken(call, 'refresh-loop', 'refused tokens in a row')
  return new OAuthRefusal('invalid_grant')
}
