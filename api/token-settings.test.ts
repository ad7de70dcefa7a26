import { expect, test } from 'vitest'

import { type Config, DEVELOPMENT_ISSUER, readConfig, WrongSettings } from '../config.ts'
import { TOKEN_SETTINGS, tokensFor } from './token-settings.ts'

type Tokens = Config<(typeof TOKEN_SETTINGS)[number]>
const configOf = (env: Record<string, string>): Tokens =>
  readConfig(TOKEN_SETTINGS, { AUTH_ISSUER: 'https://issuer.example', ...env })

test('each door has its own audience, and takes the rest from the same settings', () => {
  const config = configOf({ AUTH_ROLES_CLAIM: 'realm_access.roles', AUTH_CLOCK_TOLERANCE_SECONDS: '30' })
  const both = {
    issuer: 'https://issuer.example',
    jwks: null,
    clockToleranceS: 30,
    rolesClaim: 'realm_access.roles',
  }
  expect(tokensFor('users', config)).toEqual({ ...both, audience: 'moa' })
  expect(tokensFor('operators', config)).toEqual({ ...both, audience: 'moa-operator' })
})

test.each(['users', 'operators'] as const)('no door of %s is opened to both by one audience', (door) => {
  const config = configOf({ AUTH_AUDIENCE: 'same', OPERATOR_AUTH_AUDIENCE: 'same' })
  expect(() => tokensFor(door, config)).toThrow(WrongSettings)
  expect(() => tokensFor(door, config)).toThrow(/OPERATOR_AUTH_AUDIENCE must not be AUTH_AUDIENCE/)
})

test.each(['users', 'operators'] as const)(
  'the development issuer opens no door of %s in production',
  (door) => {
    const settings = { AUTH_ISSUER: DEVELOPMENT_ISSUER, AUTH_JWKS: '{"keys":[]}' }
    expect(() => tokensFor(door, configOf({ ...settings, NODE_ENV: 'production' }))).toThrow(
      /AUTH_ISSUER must not be urn:moa:development-issuer while NODE_ENV is production/,
    )
    for (const place of ['development', 'test', ''])
      expect(tokensFor(door, configOf({ ...settings, NODE_ENV: place })).issuer).toBe(DEVELOPMENT_ISSUER)
  },
)

test.each(['0', '9', '61', 'x'])('clocks may not be told to differ by %s seconds', (given) => {
  expect(() => configOf({ AUTH_CLOCK_TOLERANCE_SECONDS: given })).toThrow(WrongSettings)
})
