import { exportSPKI } from 'jose'
import { describe, expect, test } from 'vitest'

import { WrongSettings } from '../config.ts'
import { createTokenVerifier } from './auth.ts'
import { startApi } from './make-api.ts'
import { AUDIENCE, inSeconds, ISSUER, makeIssuer } from './make-tokens.ts'

const issuer = await makeIssuer()
const rsa = await makeIssuer('RS256')
const stranger = await makeIssuer()
const verifierOf = (jwks: string) => createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks })
const verify = verifierOf(issuer.jwks)
const verifyRsa = verifierOf(rsa.jwks)

test.each(['EdDSA', 'ES256', 'RS256'])('accepts a good token signed with %s', async (alg) => {
  const { jwks, token } = await makeIssuer(alg)
  const exp = inSeconds(300)
  expect(await verifierOf(jwks)(await token({ exp }))).toEqual({
    subject: 'person-1',
    expiresAt: new Date(exp * 1_000),
  })
})

test('lets clocks differ by seconds', async () => {
  for (const claims of [{ exp: inSeconds(-5) }, { nbf: inSeconds(5) }, { iat: inSeconds(60) }]) {
    expect(await verify(await issuer.token(claims))).toMatchObject({ subject: 'person-1' })
  }
})

const unsigned = (header: object): string => {
  const parts = [header, { iss: ISSUER, aud: AUDIENCE, sub: 'person-1', exp: inSeconds(300) }]
  return `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
}
const withOwnKey = {
  jwk: stranger.publicJwk,
  jku: 'https://evil.example/keys',
  x5u: 'https://evil.example/x',
}

describe('refuses', () => {
  test.each<[string, () => Promise<string> | string]>([
    ['a token without a signature (alg none)', () => unsigned({ alg: 'none', kid: 'key-1' })],
    ['alg none with an invented signature', () => `${unsigned({ alg: 'none', kid: 'key-1' })}c2ln`],
    ['another issuer', () => issuer.token({ iss: 'https://other.example' })],
    ['a token without an issuer', () => issuer.token({ iss: undefined })],
    ['another audience', () => issuer.token({ aud: 'other' })],
    ['an expired token', () => issuer.token({ exp: inSeconds(-11) })],
    ['a token that never expires', () => issuer.token({ exp: undefined })],
    ['a token that is not valid yet', () => issuer.token({ nbf: inSeconds(61) })],
    ['a token issued in the future', () => issuer.token({ iat: inSeconds(75) })],
    ['a token without a subject', () => issuer.token({ sub: undefined })],
    ['a subject that no issuer may make', () => issuer.token({ sub: 'person\u0000' })],
    ['a truncated token', async () => (await issuer.token()).slice(0, -4)],
    ['a token of two parts', async () => (await issuer.token()).split('.').slice(0, 2).join('.')],
    ['a second signature', async () => `${await issuer.token()}.c2ln`],
    ['an unknown key id', () => issuer.token({}, { kid: 'key-2' })],
    ['a key id like a path', () => issuer.token({}, { kid: '../../dev/null' })],
    ['the key of another issuer', () => stranger.token()],
    ['a key that the token itself brings', () => stranger.token({}, withOwnKey)],
    ['a longer token than any of ours', () => issuer.token({ padding: 'x'.repeat(4_096) })],
    ['something that is no token', () => 'token'],
  ])('%s', async (_, make) => {
    await expect(verify(await make())).rejects.toMatchObject({
      type: 'Unauthenticated',
      message: 'Unauthenticated',
    })
  })

  test('a token signed with the public key as a shared secret (HS256)', async () => {
    const publicPem = new TextEncoder().encode(await exportSPKI(rsa.publicKey))
    const forged = await rsa.token({}, { alg: 'HS256' }, publicPem)
    await expect(verifyRsa(forged)).rejects.toMatchObject({ type: 'Unauthenticated' })
  })

  test('an algorithm of the same key that is not ours (PS256)', async () => {
    const { jwks, token } = await makeIssuer('PS256')
    await expect(verifierOf(jwks)(await token())).rejects.toMatchObject({ type: 'Unauthenticated' })
  })
})

test('says that the issuer is away when its keys cannot be fetched, not that the token is bad', async () => {
  const verifyRemotely = verifierOf('https://127.0.0.1:1/keys')
  await expect(verifyRemotely(await issuer.token())).rejects.toMatchObject({ type: 'IssuerUnavailable' })
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

describe('a request', () => {
  test('without a token is told to bring one', async () => {
    const { asNobody } = await startApi()
    for (const path of ['/v1/me/snapshot', '/v1/events', '/v1/nothing']) {
      const answer = await asNobody(path)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="moa"')
      expect(await answer.json()).toMatchObject({ type: '/problems/Unauthenticated' })
    }
  })

  test.each(['good', 'Basic good', 'Bearer', 'Bearer good good', 'Bearer bad'])(
    'with the header "%s" is refused',
    async (authorization) => {
      const { ask } = await startApi()
      expect((await ask('/v1/me/snapshot', { headers: { authorization } })).status).toBe(401)
    },
  )

  test('with its token in the address is refused', async () => {
    const { asNobody } = await startApi()
    for (const name of ['access_token', 'token', 'authorization']) {
      expect((await asNobody(`/v1/me/snapshot?${name}=good`)).status).toBe(401)
    }
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
