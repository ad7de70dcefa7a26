import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose'

export const ISSUER = 'https://issuer.example'
export const AUDIENCE = 'moa'
export const OPERATOR_AUDIENCE = 'moa-operator'

/** An issuer for tests: its public keys as AUTH_JWKS takes them, and tokens it signed (good ones unless told). */
export async function makeIssuer(alg = 'EdDSA', kid = 'key-1') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg }
  const jwks = JSON.stringify({ keys: [publicJwk] })

  const token = (
    claims: Record<string, unknown> = {},
    header: Partial<JWTHeaderParameters> = {},
    key: CryptoKey | Uint8Array = privateKey,
  ): Promise<string> =>
    new SignJWT(claimsOf(claims)).setProtectedHeader({ alg, kid, ...header }).sign(key, { crit: CRITICAL })

  return { jwks, token, privateKey, publicKey, publicJwk }
}

// Extensions that tokens of tests may call critical; the verifier knows none of them.
const CRITICAL = { 'urn:moa:unheard-of': true }

/** What a good token says, with changes; undefined leaves a claim out. */
export function claimsOf(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const all = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'person-1',
    iat: inSeconds(0),
    exp: inSeconds(300),
    ...changes,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds
