import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose'

export const ISSUER = 'https://issuer.example'
export const AUDIENCE = 'moa'

/** An issuer for tests: its public keys as AUTH_JWKS takes them, and tokens it signed (good ones unless told). */
export async function makeIssuer(alg = 'EdDSA') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const publicJwk = { ...(await exportJWK(publicKey)), kid: 'key-1', alg }
  const jwks = JSON.stringify({ keys: [publicJwk] })

  const token = (
    claims: Record<string, unknown> = {},
    header: Partial<JWTHeaderParameters> = {},
    key: CryptoKey | Uint8Array = privateKey,
  ): Promise<string> => {
    const all = {
      iss: ISSUER,
      aud: AUDIENCE,
      sub: 'person-1',
      iat: inSeconds(0),
      exp: inSeconds(300),
      ...claims,
    }
    const said = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    return new SignJWT(said).setProtectedHeader({ alg, kid: 'key-1', ...header }).sign(key)
  }

  return { jwks, token, privateKey, publicKey, publicJwk }
}

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds
