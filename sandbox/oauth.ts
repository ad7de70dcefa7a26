import { type Answer, coded, OAuthRefusal } from './answer.ts'
import type { Institution } from './institutions.ts'
import type { Claims } from './tokens.ts'
import type { ViolationKind } from './violations.ts'
import type { World } from './world.ts'

/** A call to a token API: the institution called, and the form. */
export type TokenCall = {
  world: World
  institution: Institution
  api: 'oauth-token' | 'oauth-revoke'
  form: Readonly<Record<string, string>>
  /** Tells the call log whose call this is. */
  isFrom: (person: string) => void
}

/** Issues tokens for a code, or a new access token for a refresh token. */
export function issueToken(call: TokenCall): Answer {
  checkClient(call)
  const grantType = call.form['grant_type']
  if (grantType === 'authorization_code') return tokenForCode(call)
  if (grantType === 'refresh_token') return tokenForRefresh(call)
  throw new OAuthRefusal(grantType ? 'unsupported_grant_type' : 'invalid_request')
}

/** Ends the consent of a token; safe to repeat. */
export function revokeToken(call: TokenCall): Answer {
  checkClient(call)
  const { world, institution, form } = call
  if (!form['token']) throw new OAuthRefusal('invalid_request')
  const claims = world.tokens.read(form['token'])
  if (!claims || claims.institutionId !== institution.institutionId) return coded('99999')
  call.isFrom(claims.person)
  if (!world.consents.revoke(claims)) return coded('99999')
  world.changed(true)
  return coded('00000')
}

function tokenForCode({ world, institution, form, isFrom }: TokenCall): Answer {
  if (!form['code'] || !form['redirect_uri']) throw new OAuthRefusal('invalid_request')
  const code = world.consents.takeCode(form['code'], institution.institutionId)
  if (!code) throw new OAuthRefusal('invalid_grant')
  isFrom(code.person)
  const { person, scope, endsOn, memo } = code
  const issued = world.consents.issue(person, institution.institutionId, { scope, endsOn, memo })
  world.changed()
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

/** The refresh token stays as it is, as the standard has it. */
function tokenForRefresh(call: TokenCall): Answer {
  const { world, institution, form } = call
  if (!form['refresh_token']) throw new OAuthRefusal('invalid_request')
  const claims = world.tokens.read(form['refresh_token'])
  if (!claims || claims.kind !== 'r' || claims.institutionId !== institution.institutionId)
    throw refused(call, undefined)
  call.isFrom(claims.person)
  const state = world.consents.judge(claims)
  if (state === 'revoked') note(call, 'call-after-withdrawal', 'refresh after revoke')
  if (state === 'ended') note(call, 'call-with-ended-consent', 'refresh after the end of the consent')
  if (state !== 'live') throw refused(call, claims)
  const accessToken = world.consents.refresh(claims)
  world.changed()
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      access_token: accessToken,
      expires_in: String(world.consents.accessSeconds),
    },
  }
}

function checkClient(call: TokenCall): void {
  const { world, institution, form } = call
  if (!form['org_code'] || !form['client_id'] || !form['client_secret'])
    throw new OAuthRefusal('invalid_request')
  if (form['org_code'] !== institution.institutionId) {
    note(call, 'wrong-org-code', 'org_code')
    throw new OAuthRefusal('invalid_request')
  }
  if (form['client_id'] !== world.client.id || form['client_secret'] !== world.client.secret)
    throw new OAuthRefusal('invalid_client')
}

function refused(call: TokenCall, claims: Claims | undefined): OAuthRefusal {
  const key = `${claims?.person ?? '?'}|${call.institution.institutionId}`
  if (call.world.refusals.refused(key)) note(call, 'refresh-loop', 'refused tokens in a row')
  return new OAuthRefusal('invalid_grant')
}

function note({ world, institution, api }: TokenCall, kind: ViolationKind, detail: string): void {
  world.violations.record(kind, institution.institutionId, `${api}: ${detail}`)
}
