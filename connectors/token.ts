import { z } from 'zod'

import type { Answer, ApiRequest, Institution } from './connector.ts'
import type { CallOptions, Http } from './http.ts'
import { neededText, parseAnswer, text } from './standard/fields.ts'

/** Who we are to an institution. */
export type Client = { clientId: string; clientSecret: string }

/** A new access token. A refresh brings no other refresh token: the old one lives on. */
export type Tokens = {
  accessToken: string
  expiresInSeconds: number
  refreshToken: string | null
  refreshExpiresInSeconds: number | null
  scope: string | null
}

/**
 * The token calls of the standard. A refused code or refresh token is CredentialsRejected: the person has to consent
 * again. Revoking may be repeated: a token the institution does not know is as good as revoked.
 */
export function createTokenCalls(http: Pick<Http, 'call'>, institution: Institution, client: Client) {
  const { institutionId } = institution
  const ours = { org_code: institutionId, client_id: client.clientId, client_secret: client.clientSecret }

  const ask = (
    api: string,
    path: string,
    form: Record<string, string>,
    options: CallOptions,
  ): Promise<Answer> => {
    const request: ApiRequest = {
      api,
      method: 'POST',
      path: `/oauth/2.0/${path}`,
      form: { ...ours, ...form },
    }
    return http.call({ ...request, institution, accessToken: null, apiType: null }, options)
  }

  async function issue(api: string, form: Record<string, string>, options: CallOptions): Promise<Tokens> {
    const { body } = await ask(api, 'token', form, options)
    const issued = parseAnswer(tokens, body, `${institutionId} ${api}`)
    return {
      accessToken: issued.access_token,
      expiresInSeconds: issued.expires_in,
      refreshToken: issued.refresh_token,
      refreshExpiresInSeconds: issued.refresh_token_expires_in,
      scope: issued.scope,
    }
  }

  return {
    exchangeCode: (code: string, redirectUri: string, options: CallOptions): Promise<Tokens> =>
      issue('token-002', { grant_type: 'authorization_code', code, redirect_uri: redirectUri }, options),
    refresh: (refreshToken: string, options: CallOptions): Promise<Tokens> =>
      issue('token-003', { grant_type: 'refresh_token', refresh_token: refreshToken }, options),
    revoke: async (token: string, options: CallOptions): Promise<'confirmed' | 'nothing_to_revoke'> => {
      const { outcome } = await ask('token-004', 'revoke', { token }, options)
      return outcome === 'nothingHeld' ? 'nothing_to_revoke' : 'confirmed'
    },
  }
}

// A refresh token lives a year at most: 31,536,000 s, eight digits.
const seconds = text
  .refine((value) => value === null || /^\d{1,9}$/.test(value), 'a number of seconds')
  .transform((value) => (value === null ? null : Number(value)))

const tokens = z.object({
  access_token: neededText,
  expires_in: neededText.refine((value) => /^\d{1,9}$/.test(value), 'a number of seconds').transform(Number),
  refresh_token: text,
  refresh_token_expires_in: seconds,
  scope: text,
})
