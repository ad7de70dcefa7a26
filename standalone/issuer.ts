import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'

import { DEVELOPMENT_ISSUER } from '../config.ts'

/** For whom the tokens of people on this machine are. */
export const DEVELOPMENT_AUDIENCE = 'moa'
export const DEVELOPMENT_OPERATOR_AUDIENCE = 'moa-operator'
/** Long enough for a day of trying things out. */
export const TOKEN_LIFE = '12h'
const KEY_ID = 'development'

/** A new Ed25519 key with its private part, to be kept in the file of secrets. */
export async function makeIssuerKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  return { ...(await exportJWK(privateKey)), alg: 'EdDSA', use: 'sig', kid: KEY_ID }
}

/** The issuer of this machine: its public keys as the API wants them, and tokens for people it vouches for. */
export function createIssuer(privateKey: JWK) {
  const { d: _, ...publicKey } = privateKey
  const sign = async (subject: string, audience: string, claims: { roles?: string[] } = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', kid: KEY_ID })
      .setIssuer(DEVELOPMENT_ISSUER)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime(TOKEN_LIFE)
      .sign(await importJWK(privateKey, 'EdDSA'))
  const tokenFor = async (subject: string): Promise<string> => sign(subject, DEVELOPMENT_AUDIENCE)
  /** For the operator listener; nothing that serves people takes it. */
  const operatorTokenFor = async (subject: string): Promise<string> =>
    sign(subject, DEVELOPMENT_OPERATOR_AUDIENCE, { roles: ['operator'] })
  return { jwks: JSON.stringify({ keys: [publicKey] }), tokenFor, operatorTokenFor }
}

export type Issuer = ReturnType<typeof createIssuer>
