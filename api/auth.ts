import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'

import { WrongSettings } from '../config.ts'
import { RequestProblem } from './problems.ts'

/** The subject a valid token names, and when it expires; throws Unauthenticated for every other token, without saying what is wrong. */
export type VerifyToken = (token: string) => Promise<Omit<Claims, 'roles'>>

/** What a valid token says of whoever brings it. */
export type Claims = {
  subject: string
  roles: readonly string[]
  expiresAt: Date
  /** The issuer's own session (`sid`), for what must be finished by whoever began it; null where it names none. */
  sessionId: string | null
}

export type VerifierSettings = { issuer: string; audience: string; jwks: string }

const ALGORITHMS = ['EdDSA', 'ES256', 'RS256']
const CLOCK_TOLERANCE_S = 10
// A token from further in the future was made by a clock, or by someone, that is not to be trusted.
const MOST_AHEAD_S = 60
// Three parts, as a compact signature has them. A token of ours has some 500 characters; RS256 adds 342.
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/
const LONGEST_TOKEN = 4_096
// OpenID Connect: a subject has at most 255 ASCII characters.
export const SUBJECT = /^[\x20-\x7e]{1,255}$/

export function createTokenVerifier(settings: VerifierSettings): VerifyToken {
  const verify = createClaimsVerifier(settings)
  return async (token) => {
    const { roles: _roles, ...person } = await verify(token)
    return person
  }
}

/** Keys are only ever taken from the issuer's own set; what a token says of keys (jwk, jku, x5u) is not looked at. */
export function createClaimsVerifier(settings: VerifierSettings): (token: string) => Promise<Claims> {
  const keys = keysOf(settings.jwks)
  const { issuer, audience } = settings
  return async (token) => {
    if (token.length > LONGEST_TOKEN || !COMPACT.test(token)) throw new RequestProblem('Unauthenticated')
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['exp', 'sub'],
      })
      if (!isInTime(payload.iat) || !SUBJECT.test(payload.sub ?? ''))
        throw new RequestProblem('Unauthenticated')
      const expiresAt = new Date(payload.exp! * 1_000)
      const sid = payload['sid']
      const sessionId = typeof sid === 'string' ? sid : null
      return { subject: payload.sub!, roles: rolesOf(payload['roles']), expiresAt, sessionId }
    } catch (error) {
      throw new RequestProblem(isFaultOfKeys(error) ? 'IssuerUnavailable' : 'Unauthenticated')
    }
  }
}

/** A claim that is no list of words gives no role. */
const rolesOf = (claim: unknown): string[] =>
  Array.isArray(claim) ? claim.filter((role) => typeof role === 'string') : []

const isInTime = (issuedAt: number | undefined): boolean =>
  issuedAt === undefined || issuedAt <= Date.now() / 1_000 + MOST_AHEAD_S + CLOCK_TOLERANCE_S

/** A set of keys that could not be fetched says nothing about the token. */
const isFaultOfKeys = (error: unknown): boolean =>
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC') ||
  !(error instanceof errors.JOSEError || error instanceof RequestProblem)

/** Only public keys of the kinds we accept: a secret in this setting is a mistake that must not start. */
const publicKeys = z.object({
  keys: z
    .array(
      z
        .looseObject({ kty: z.enum(['EC', 'OKP', 'RSA']) })
        .refine((key) => !['d', 'k', 'p', 'q'].some((secret) => secret in key)),
    )
    .min(1)
    .max(100), // a rotation needs two or three
})

function keysOf(setting: string): JWTVerifyGetKey {
  if (setting.startsWith('https://') && URL.canParse(setting)) {
    // 5 s for a fetch; at most one in 30 s for unknown key ids; a key taken out of the set is refused within 10 min.
    return createRemoteJWKSet(new URL(setting), {
      timeoutDuration: 5_000,
      cooldownDuration: 30_000,
      cacheMaxAge: 600_000,
    })
  }
  const parsed = publicKeys.safeParse(jsonOrNull(setting))
  if (parsed.success) return createLocalJWKSet(parsed.data)
  throw new WrongSettings([
    'AUTH_JWKS must be a JWKS of public EC, OKP or RSA keys as JSON, or the https URL of one',
  ])
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
