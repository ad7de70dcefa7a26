import { type Answer, coded, OAuthRefusal } from './answer.ts'
import type { Call } from './call-log.ts'
import { tokenForCode } from './code-grant.ts'
import { tokenForRefresh } from './refresh-grant.ts'
import { noteToken, type TokenCall } from './token-call.ts'

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
  if (!world.consents.revoke(claims)) return coded('99999')
  world.changed(true)
  return coded('00000')
}

/** Whose the code or token in the form is, and where a refresh token stands; for the log and for rules about one person. */
export function writeDown(
  line: Call,
  { world, institution, form }: Pick<TokenCall, 'world' | 'institution' | 'form'>,
): void {
  const { institutionId } = institution
  line.grantType = form['grant_type'] ?? null
  const claims = world.tokens.read(form['refresh_token'] ?? form['token'] ?? '')
  const isOurs = claims?.institutionId === institutionId
  const fromCode = world.codes.personOf(form['code'] ?? '', institutionId)
  line.person = (isOurs ? claims.person : fromCode) ?? null
  if (line.grantType === 'refresh_token')
    line.refreshToken = isOurs && claims.kind === 'r' ? world.consents.standing(claims) : 'unknown'
}

function checkClient(call: TokenCall): void {
  const { world, institution, form } = call
  if (!form['org_code'] || !form['client_id'] || !form['client_secret'])
    throw new OAuthRefusal('invalid_request')
  if (form['org_code'] !== institution.institutionId) {
    noteToken(call, 'wrong-org-code', 'org_code')
    throw new OAuthRefusal('invalid_request')
  }
  if (form['client_id'] !== world.client.id || form['client_secret'] !== world.client.secret)
    throw new OAuthRefusal('invalid_client')
}
