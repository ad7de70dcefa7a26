import { describe, expect, test } from 'vitest'

import { WrongSettings } from '../config.ts'
import { createClaimsVerifier, createTokenVerifier } from './auth.ts'
import { startApi } from './make-api.ts'
import { AUDIENCE, inSeconds, ISSUER, makeIssuer } from './make-tokens.ts'

const issuer = await makeIssuer()
const verifierOf = (jwks: string | null, from = ISSUER) =>
  createTokenVerifier({ issuer: from, audience: AUDIENCE, jwks })

test('a token says who brings it, until when, and in which session of the issuer', async () => {
  const verify = verifierOf(issuer.jwks)
  const exp = inSeconds(300)
  const person = { subject: 'person-1', expiresAt: new Date(exp * 1_000) }
  expect(await verify(await issuer.token({ exp }))).toEqual({ ...person, sessionId: null })
  expect(await verify(await issuer.token({ exp, sid: 'a-1' }))).toEqual({ ...person, sessionId: 'a-1' })
})

test.each([
  [10, { iat: inSeconds(30) }, 'refused'],
  [10, { nbf: inSeconds(30) }, 'refused'],
  [10, { exp: inSeconds(-30) }, 'refused'],
  [60, { iat: inSeconds(30) }, 'accepted'],
  [60, { nbf: inSeconds(30) }, 'accepted'],
  [60, { exp: inSeconds(-30) }, 'accepted'],
  [60, { iat: inSeconds(65) }, 'refused'],
])('where clocks may differ by %i seconds, %o is %s', async (clockToleranceS, claims, expected) => {
  const verify = createTokenVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwks: issuer.jwks,
    clockToleranceS,
  })
  const outcome = await verify(await issuer.token(claims)).then(
    () => 'accepted',
    () => 'refused',
  )
  expect(outcome).toBe(expected)
})

test.each([
  ['roles', { roles: ['operator'] }, ['operator']],
  ['realm_access.roles', { realm_access: { roles: ['viewer'] } }, ['viewer']],
  ['https://moa.example/roles', { 'https://moa.example/roles': ['viewer'] }, ['viewer']],
  ['a.b', { 'a.b': ['operator'], a: { b: ['viewer'] } }, ['operator']],
  ['realm_access.roles', { roles: ['operator'] }, []],
  ['roles', { roles: 'operator' }, []],
  ['roles', { roles: { operator: true } }, []],
  ['roles', { roles: [['operator'], 1, null] }, []],
  ['realm_access.roles', { realm_access: 'roles' }, []],
  ['roles.length', { roles: ['operator'] }, []],
  ['constructor.name', {}, []],
])('by the claim %s, %o gives the roles %o', async (rolesClaim, claims, roles) => {
  const verify = createClaimsVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: issuer.jwks, rolesClaim })
  expect((await verify(await issuer.token(claims))).roles).toEqual(roles)
})

test.each([
  ['of their own address', verifierOf('https://127.0.0.1:1/keys')],
  ['that the issuer should name', verifierOf(null, 'https://127.0.0.1:1')],
])('keys %s that cannot be fetched say nothing against a token', async (_, verify) => {
  await expect(verify(await issuer.token())).rejects.toMatchObject({ type: 'IssuerUnavailable' })
})

test.each([
  ['nothing', ''],
  ['an address without TLS', 'http://issuer.example/keys'],
  ['no keys', '{"keys":[]}'],
  ['a shared secret', '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}'],
  ['a private key', JSON.stringify({ keys: [{ ...issuer.publicJwk, d: 'c2VjcmV0' }] })],
])('refuses to start with %s for keys, quoting nothing of it', (_, jwks) => {
  expect(() => verifierOf(jwks)).toThrow(WrongSettings)
  expect(() => verifierOf(jwks)).not.toThrow(/c2VjcmV0/)
})

test.each(['http://issuer.example', 'urn:moa:development-issuer', 'issuer.example'])(
  'refuses to start without keys where %s could not be asked for them',
  (from) => {
    expect(() => verifierOf(null, from)).toThrow(/AUTH_JWKS is missing/)
  },
)

describe('a request', () => {
  test('without a token is told to bring one, whatever it asks for', async () => {
    const { asNobody } = await startApi()
    for (const path of ['/v1/me/snapshot', '/v1/events', '/v1/nothing'])
      expect((await asNobody(path)).status).toBe(401)
  })

  test('with a good token of somebody who never enrolled is told so, whatever it asks for', async () => {
    const { ask } = await startApi()
    for (const path of ['/v1/me/snapshot', '/v1/me/refreshes/1', '/v1/me/transactions']) {
      const answer = await ask(path, { headers: { authorization: 'Bearer stranger' } })
      expect(answer.status).toBe(403)
      expect(await answer.json()).toMatchObject({ type: '/problems/NotEnrolled' })
    }
  })
})
