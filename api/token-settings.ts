import { type Config, DEVELOPMENT_ISSUER, WrongSettings } from '../config.ts'
import type { VerifierSettings } from './auth.ts'

/** Whose tokens are believed. Both listeners look at all of them, so that neither starts on a slip in the other's. */
export const TOKEN_SETTINGS = [
  'AUTH_ISSUER',
  'AUTH_JWKS',
  'AUTH_AUDIENCE',
  'OPERATOR_AUTH_AUDIENCE',
  'AUTH_ROLES_CLAIM',
  'AUTH_CLOCK_TOLERANCE_SECONDS',
  'NODE_ENV',
] as const

/** What a door checks tokens by; throws WrongSettings for settings that would open it to the wrong people. */
export function tokensFor(
  door: 'users' | 'operators',
  config: Config<(typeof TOKEN_SETTINGS)[number]>,
): VerifierSettings {
  const wrong = mistakesOf(config)
  if (wrong.length > 0) throw new WrongSettings(wrong)
  return {
    issuer: config.AUTH_ISSUER,
    audience: door === 'users' ? config.AUTH_AUDIENCE : config.OPERATOR_AUTH_AUDIENCE,
    jwks: config.AUTH_JWKS,
    clockToleranceS: config.AUTH_CLOCK_TOLERANCE_SECONDS,
    rolesClaim: config.AUTH_ROLES_CLAIM,
  }
}

function mistakesOf(config: Config<(typeof TOKEN_SETTINGS)[number]>): string[] {
  const isDevelopment = config.AUTH_ISSUER === DEVELOPMENT_ISSUER
  return [
    ...(config.AUTH_AUDIENCE === config.OPERATOR_AUTH_AUDIENCE
      ? ['OPERATOR_AUTH_AUDIENCE must not be AUTH_AUDIENCE: a token of a user would open the operators’ door']
      : []),
    ...(isDevelopment && config.NODE_ENV === 'production'
      ? [
          `AUTH_ISSUER must not be ${DEVELOPMENT_ISSUER} while NODE_ENV is production: whoever reads a file of this machine signs for everybody; name the issuer that your people sign in at`,
        ]
      : []),
  ]
}
