import { z } from 'zod'

import type { Answer, ApiRequest, Institution } from './connector.ts'
import type { CallOptions, Http } from './http.ts'
import { neededText, parseAnswer, text } from './standard/fields.ts'

/** Who we are to an institution. */
export type Client = { clientId: string; clientSecret: string }

/** What an institution issued. A refresh may bring another refresh token, which takes the place of the one presented. */
export type Tokens = {
  accessToken: string
  expiresInSeconds: number
  /** Null: none came, and the one there is lives on. */
  refreshToken: string | null
  refreshExpiresInSeconds: number | null
  /** Null: as it was asked for. */
  scope: string | null
}

/** Where an institution's authorization server listens, and whose words it speaks. */
export type OAuthServer = {
  tokenPath: string
  revokePath: string
  /** The standard numbers every answer and confirms a revoke by a code; RFC 6749 and 7009 alone do neither. */
  speaks: 'standard' | 'rfc6749'
}

export const STANDARD_SERVER: OAuthServer = {
  tokenPath: '/oauth/2.0/token',
  revokePath: '/oauth/2.0/revoke',
  speaks: 'standard',
}

/**
 * The token calls of the standard, or of a server that is named instead. A refused code or refresh token is
 * CredentialsRejected: the person has to consent again. Revoking may be repeated: a token that the institution does not
 * know is as good as revoked. None of them is repeated here: whether an answer that was lost counts is its caller's
 * to find out.
 */
export function createTokenCalls(
  http: Pick<Http, 'call'>,
  institution: Institution,
  client: Client,
  server: OAuthServer = STANDARD_SERVER,
) {
  const { institutionId } = institution
  const ours = { org_code: institutionId, client_id: client.clientId, client_secret: client.clientSecret }

  const ask = (
    api: string,
    path: string,
    form: Record<string, string>,
    options: CallOptions,
  ): Promise<Answer> => {
    const request: ApiRequest = { api, method: 'POST', path, form: { ...ours, ...form } }
    const { speaks } = server
    return http.call({ ...request, institution, accessToken: null, apiType: null, speaks }, options)
  }

  async function issue(api: string, form: Record<string, string>, options: CallOptions): Promise<Tokens> {
    const { body } = await ask(api, server.tokenPath, form, options)
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
    exchangeCode: (
      { code, redirectUri, codeVerifier }: { code: string; redirectUri: string; codeVerifier: string },
      options: CallOptions,
    ): Promise<Tokens> =>
      issue(
        'token-002',
        { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: codeVerifier },
        options,
      ),
    refresh: (refreshToken: string, options: CallOptions): Promise<Tokens> =>
      issue('token-003', { grant_type: 'refresh_token', refresh_token: refreshToken }, options),
    revoke: async (token: string, options: CallOptions): Promise<'confirmed' | 'nothing_to_revoke'> => {
      const { outcome } = await ask('token-004', server.revokePath, { token }, options)
      return outcome === 'nothingHeld' ? 'nothing_to_revoke' : 'confirmed'
    },
  }
}

// What an Authorization header may carry, so that no token breaks one.
const isToken = (value: string): boolean => /^[\x21-\x7e]+$/.test(value)

// A refresh token lives a year at most: 31,536,000 s, eight digits. None at all would be refreshed without end.
const isLifetime = (value: string): boolean => /^[1-9]\d{0,8}$/.test(value)
const seconds = text
  .refine((value) => value === null || isLifetime(value), 'a number of seconds')
  .transform((value) => (value === null ? null : Number(value)))

const tokens = z.object({
  // Whoever does not understand a type must not use its tokens (RFC 6749 §7.1).
  token_type: neededText.refine((value) => /^bearer$/i.test(value), 'Bearer'),
  access_token: neededText.refine(isToken, 'a token'),
  expires_in: neededText.refine(isLifetime, 'a number of seconds').transform(Number),
  refresh_token: text.refine((value) => value === null || isToken(value), 'a token'),
  refresh_token_expires_in: seconds,
  scope: text,
})
