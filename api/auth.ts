import { createLocalJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'

import { WrongSettings } from '../config.ts'
import { discoverKeys, fetchDocument } from './issuer-documents.ts'
import { createIssuerKeys, publicKeys } from './issuer-keys.ts'
import { RequestProblem } from './problems.ts'

/** What a valid token says of whoever brings it. */
export type Claims = {
  subject: string
  roles: readonly string[]
  expiresAt: Date
  /** The issuer's own session (`sid`), for what must be finished by whoever began it; null where it names none. */
  sessionId: string | null
}

/** The person a valid token names; throws Unauthenticated for every other token, without saying what is wrong. */
export type VerifyToken = (token: string) => Promise<Omit<Claims, 'roles'>>

export type VerifierSettings = {
  issuer: string
  audience: string
  /** A JWKS as JSON, the https URL of one, or null: then the issuer says by itself where its keys are. */
  jwks: string | null
  clockToleranceS?: number
  rolesClaim?: string
}

const ALGORITHMS = ['EdDSA', 'ES256', 'RS256']
// Clocks differ by seconds. What was issued further ahead was made by a clock, or by someone, that is not to be trusted.
const CLOCK_TOLERANCE_S = 10
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
  const keys = keysOf(settings)
  const { issuer, audience, clockToleranceS = CLOCK_TOLERANCE_S, rolesClaim = 'roles' } = settings
  return async (token) => {
    if (token.length > LONGEST_TOKEN || !COMPACT.test(token)) throw new RequestProblem('Unauthenticated')
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        clockTolerance: clockToleranceS,
        requiredClaims: ['exp', 'sub'],
      })
      return claimsOf(payload, { clockToleranceS, rolesClaim })
    } catch (error) {
      if (error instanceof RequestProblem) throw error
      throw new RequestProblem(isFaultOfKeys(error) ? 'IssuerUnavailable' : 'Unauthenticated')
    }
  }
}

type Reading = Required<Pick<VerifierSettings, 'clockToleranceS' | 'rolesClaim'>>

function claimsOf(payload: JWTPayload, { clockToleranceS, rolesClaim }: Reading): Claims {
  const { sub, iat = 0, exp = 0, sid = null } = payload
  const isInTime = iat <= Date.now() / 1_000 + clockToleranceS
  if (!isInTime || !isName(sub) || !(sid === null || isName(sid))) throw new RequestProblem('Unauthenticated')
  return {
    subject: sub,
    roles: rolesOf(claimAt(payload, rolesClaim)),
    expiresAt: new Date(exp * 1_000),
    sessionId: sid,
  }
}

/** Issuers sign what they like: what a person or a session is known by must be text that can be compared. */
const isName = (given: unknown): given is string => typeof given === 'string' && SUBJECT.test(given)

/** A claim of that very name; otherwise the name is a path of dots: realm_access.roles. */
function claimAt(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name]
  return name
    .split('.')
    .reduce<unknown>(
      (within, part) => (isObject(within) && Object.hasOwn(within, part) ? within[part] : undefined),
      payload,
    )
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A claim that is no list of words gives no role. */
const rolesOf = (claim: unknown): string[] =>
  Array.isArray(claim) ? claim.filter((role) => typeof role === 'string') : []

/** Keys that could not be had, or that are none, say nothing about the token. */
const isFaultOfKeys = (error: unknown): boolean =>
  error instanceof errors.JWKSInvalid || !(error instanceof errors.JOSEError)

function keysOf({ issuer, jwks }: VerifierSettings): JWTVerifyGetKey {
  if (jwks === null) {
    if (isHttps(issuer)) return createIssuerKeys(async () => fetchDocument(await discoverKeys(issuer)))
    throw new WrongSettings([
      'AUTH_JWKS is missing: keys are found by themselves only where AUTH_ISSUER is an https URL',
    ])
  }
  if (isHttps(jwks)) return createIssuerKeys(() => fetchDocument(jwks))
  const keys = publicKeys(jsonOrNull(jwks))
  if (keys) return createLocalJWKSet(keys)
  throw new WrongSettings([
    'AUTH_JWKS must be a JWKS of public EC, OKP or RSA keys as JSON, or the https URL of one',
  ])
}

const isHttps = (text: string): boolean => text.startsWith('https://') && URL.canParse(text)

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
