import { request } from 'node:http'
import { text } from 'node:stream/consumers'

import { CompactEncrypt, exportPKCS8, exportSPKI, FlattenedSign, GeneralSign } from 'jose'
import { describe, expect, test } from 'vitest'

import { createClaimsVerifier, createTokenVerifier } from './auth.ts'
import { startApi } from './make-api.ts'
import { AUDIENCE, claimsOf, inSeconds, ISSUER, makeIssuer, OPERATOR_AUDIENCE } from './make-tokens.ts'
import { startOperator } from './operator/make-operator.ts'

// Every token that should open no door, at both of them, over HTTP. All are refused in the same words.
const [ed, es, rs, stranger] = await Promise.all([
  makeIssuer('EdDSA', 'key-1'),
  makeIssuer('ES256', 'key-es'),
  makeIssuer('RS256', 'key-rs'),
  makeIssuer('EdDSA', 'key-1'),
])
// Many issuers do not say what a key is for: the algorithms that are accepted are ours to say.
const keys = [ed, es, rs].map(({ publicJwk: { alg: _alg, ...key } }) => key)
const jwks = JSON.stringify({ keys })

const DOORS = {
  users: { path: '/v1/me/snapshot', claims: { aud: AUDIENCE }, other: OPERATOR_AUDIENCE, open: 404 },
  operators: {
    path: '/v1/operator/overview',
    claims: { aud: OPERATOR_AUDIENCE, roles: ['operator'] },
    other: AUDIENCE,
    open: 200,
  },
} as const
type Door = (typeof DOORS)[keyof typeof DOORS]

/** Given what this door wants a token to say, with changes: a token, or a whole request. */
type Make = (claims: (changes?: Record<string, unknown>) => Record<string, unknown>, door: Door) => Sent
type Sent = string | Asked | Promise<string | Asked>
type Asked = { headers?: Record<string, string | string[]>; query?: string }

const base64 = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const parts = (token: string): [string, string, string] => token.split('.') as [string, string, string]
const unsigned = (header: object, claims: Record<string, unknown>, signature = ''): string =>
  `${base64(header)}.${base64(claimsOf(claims))}.${signature}`
const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const asAuthorization = (value: string | string[]): Asked => ({ headers: { authorization: value } })

const FORGED: [string, Make][] = [
  ['alg none', (claims) => unsigned({ alg: 'none', kid: 'key-1' }, claims())],
  ['alg none with an invented signature', (claims) => unsigned({ alg: 'none' }, claims(), 'c2ln')],
  ['alg NoNe', (claims) => unsigned({ alg: 'NoNe', kid: 'key-1' }, claims(), 'c2ln')],
  ['no alg', (claims) => unsigned({ kid: 'key-1' }, claims(), 'c2ln')],
  ['alg a list', (claims) => unsigned({ alg: ['EdDSA'], kid: 'key-1' }, claims(), 'c2ln')],
  [
    'HS256 with the public key as PEM',
    async (claims) => rs.token(claims(), { alg: 'HS256' }, bytes(await exportSPKI(rs.publicKey))),
  ],
  ['HS256 with the public key as JWK', (claims) => rs.token(claims(), { alg: 'HS256' }, bytes(rs.publicJwk))],
  [
    'HS256 with an empty secret’s worth of zeroes',
    (claims) => ed.token(claims(), { alg: 'HS256' }, new Uint8Array(32)),
  ],
  [
    'an algorithm of the same key that is not ours (PS256)',
    async (claims) => {
      const key = await crypto.subtle.importKey('pkcs8', der(await exportPKCS8(rs.privateKey)), PSS, false, [
        'sign',
      ])
      return rs.token(claims(), { alg: 'PS256' }, key)
    },
  ],
  [
    'the algorithm of another key of the set',
    async (claims) => {
      const [, payload, signature] = parts(await rs.token(claims()))
      return `${base64({ alg: 'RS256', kid: 'key-es' })}.${payload}.${signature}`
    },
  ],
  [
    'a signature of nothing but zeroes (ES256)',
    async (claims) => {
      const [header, payload] = parts(await es.token(claims()))
      return `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`
    },
  ],
  [
    'a signature of nothing but zeroes (EdDSA)',
    async (claims) => {
      const [header, payload] = parts(await ed.token(claims()))
      return `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`
    },
  ],
  [
    'a signature as DER (ES256)',
    async (claims) => {
      const [header, payload] = parts(await es.token(claims()))
      return `${header}.${payload}.${Buffer.from('3006020101020101', 'hex').toString('base64url')}`
    },
  ],
  [
    'another’s claims under a good signature',
    async (claims) => {
      const [header, , signature] = parts(await ed.token(claims()))
      return `${header}.${base64(claimsOf(claims({ sub: 'person-2' })))}.${signature}`
    },
  ],
  ['the key of another issuer under our kid', (claims) => stranger.token(claims())],
  ['an unknown kid', (claims) => ed.token(claims(), { kid: 'key-2' })],
  ['a kid like a path', (claims) => ed.token(claims(), { kid: '../../../dev/null' })],
  ['a kid like a statement', (claims) => ed.token(claims(), { kid: "key-1' OR '1'='1" })],
  ['a kid that is no text', (claims) => ed.token(claims(), { kid: 1 as unknown as string })],
  [
    'a key it brings along (jwk)',
    (claims) => stranger.token(claims(), { jwk: stranger.publicJwk, kid: 'own' }),
  ],
  ['the address of a key (jku)', (claims) => stranger.token(claims(), { jku: 'https://evil.example/keys' })],
  [
    'the address of a certificate (x5u)',
    (claims) => stranger.token(claims(), { x5u: 'https://evil.example/x' }),
  ],
  ['a certificate it brings along (x5c)', (claims) => stranger.token(claims(), { x5c: ['MIIB'] })],
  [
    'something critical that nobody knows (crit)',
    (claims) => ed.token(claims(), { crit: ['urn:moa:unheard-of'], 'urn:moa:unheard-of': true }),
  ],
  [
    'crit without what it names',
    (claims) => unsigned({ alg: 'EdDSA', kid: 'key-1', crit: ['exp'] }, claims(), 'c2ln'),
  ],
  [
    'a payload that is not encoded (b64)',
    (claims) => unsigned({ alg: 'EdDSA', kid: 'key-1', crit: ['b64'], b64: false }, claims(), 'c2ln'),
  ],
  [
    'two signatures (JSON serialisation)',
    async (claims) => {
      const both = new GeneralSign(bytes(claimsOf(claims())))
        .addSignature(ed.privateKey)
        .setProtectedHeader({ alg: 'EdDSA' })
      return JSON.stringify(
        await both.addSignature(es.privateKey).setProtectedHeader({ alg: 'ES256', kid: 'key-es' }).sign(),
      )
    },
  ],
  [
    'one signature in JSON serialisation',
    async (claims) =>
      JSON.stringify(
        await new FlattenedSign(bytes(claimsOf(claims())))
          .setProtectedHeader({ alg: 'EdDSA', kid: 'key-1' })
          .sign(ed.privateKey),
      ),
  ],
  ['a second signature behind the first', async (claims) => `${await ed.token(claims())}.c2ln`],
  [
    'an encrypted token',
    async (claims) =>
      new CompactEncrypt(bytes(claimsOf(claims())))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(new Uint8Array(32)),
  ],
  [
    'a token within a token',
    async (claims) => {
      const header = { alg: 'EdDSA', kid: 'key-1', cty: 'JWT' }
      return new FlattenedSign(bytes(await ed.token(claims())))
        .setProtectedHeader(header)
        .sign(ed.privateKey)
        .then((signed) => `${signed.protected}.${signed.payload}.${signed.signature}`)
    },
  ],
]

const CLAIMED: [string, Record<string, unknown> | ((door: Door) => Record<string, unknown>)][] = [
  ['expired', { exp: inSeconds(-11) }],
  ['never expiring', { exp: undefined }],
  ['expiring at a text', { exp: String(inSeconds(300)) }],
  ['not valid yet (nbf 61 s ahead)', { nbf: inSeconds(61) }],
  ['issued 61 s ahead (iat)', { iat: inSeconds(61) }],
  ['issued at a text', { iat: 'now' }],
  ['of another audience', { aud: 'other' }],
  ['of the other door’s audience', (door) => ({ aud: door.other })],
  ['of several other audiences', (door) => ({ aud: ['other', door.other] })],
  ['of an audience that only begins like ours', (door) => ({ aud: `${door.claims.aud}-2` })],
  ['of our audience in other letters', (door) => ({ aud: door.claims.aud.toUpperCase() })],
  ['of no audience', { aud: undefined }],
  ['of another issuer', { iss: 'https://other.example' }],
  ['of our issuer with a slash', { iss: `${ISSUER}/` }],
  ['of several issuers', { iss: [ISSUER] }],
  ['of no issuer', { iss: undefined }],
  ['without a subject', { sub: undefined }],
  ['of an empty subject', { sub: '' }],
  ['of a subject that is a number', { sub: 7 }],
  ['of a subject with a NUL', { sub: 'person-1\u0000' }],
  ['of a subject of 256 characters', { sub: 'x'.repeat(256) }],
  ['of a session that is no text', { sid: 7 }],
]

const CARRIED: [string, Make][] = [
  ['oversized', (claims) => ed.token(claims({ padding: 'x'.repeat(4_096) }))],
  ['truncated by a character', async (claims) => (await ed.token(claims())).slice(0, -1)],
  [
    'truncated to two parts',
    async (claims) =>
      parts(await ed.token(claims()))
        .slice(0, 2)
        .join('.'),
  ],
  [
    'without its signature',
    async (claims) =>
      `${parts(await ed.token(claims()))
        .slice(0, 2)
        .join('.')}.`,
  ],
  ['with padding', async (claims) => `${await ed.token(claims())}==`],
  ['with a claim that is no JSON', () => `${base64({ alg: 'EdDSA', kid: 'key-1' })}.${base64('{')}.c2ln`],
  ['with a header that is a list', (claims) => unsigned([], claims(), 'c2ln')],
  ['no token at all', () => 'token'],
  ['after two spaces', async (claims) => asAuthorization(`Bearer  ${await ed.token(claims())}`)],
  ['after a tab', async (claims) => asAuthorization(`Bearer\t${await ed.token(claims())}`)],
  [
    'with a space within',
    async (claims) => asAuthorization(`Bearer ${(await ed.token(claims())).replace('.', ' .')}`),
  ],
  ['beside another', async (claims) => asAuthorization(`Bearer ${await ed.token(claims())}, Bearer x.y.z`)],
  ['beside words', async (claims) => asAuthorization(`Bearer ${await ed.token(claims())} please`)],
  ['without a scheme', async (claims) => asAuthorization(await ed.token(claims()))],
  ['under another scheme', async (claims) => asAuthorization(`DPoP ${await ed.token(claims())}`)],
  [
    'under Basic',
    async (claims) => asAuthorization(`Basic ${base64(`person-1:${await ed.token(claims())}`)}`),
  ],
  ['as a scheme alone', () => asAuthorization('Bearer')],
  ['as nothing', () => ({})],
  ['in the address', async (claims) => ({ query: `?access_token=${await ed.token(claims())}` })],
  [
    'in the address, as the header is called',
    async (claims) => ({
      query: `?authorization=${encodeURIComponent(`Bearer ${await ed.token(claims())}`)}`,
    }),
  ],
  [
    'in a cookie',
    async (claims) => {
      const token = await ed.token(claims())
      return { headers: { cookie: `access_token=${token}; token=${token}; authorization=Bearer%20${token}` } }
    },
  ],
  [
    'in a header that proxies use',
    async (claims) => {
      const bearer = `Bearer ${await ed.token(claims())}`
      return {
        headers: {
          'x-forwarded-authorization': bearer,
          'x-auth-token': bearer,
          'proxy-authorization': bearer,
        },
      }
    },
  ],
]

describe.each(Object.entries(DOORS))('at the door of %s', (name, door) => {
  const claims = (changes: Record<string, unknown> = {}) => ({ ...door.claims, ...changes })

  test.each([
    ['EdDSA', () => ed.token(claims())],
    ['ES256', () => es.token(claims())],
    ['RS256', () => rs.token(claims())],
    ['audiences of which one is ours', () => ed.token(claims({ aud: ['other', door.claims.aud] }))],
    ['clocks that differ by 10 s', () => ed.token(claims({ iat: inSeconds(10), nbf: inSeconds(10) }))],
    ['an expiry 5 s ago', () => ed.token(claims({ exp: inSeconds(-5) }))],
  ])('a token is good: %s', async (_, make) => {
    const answer = await knock(name, door.path, asAuthorization(`bearer ${await make()}`))
    expect(answer.status).toBe(door.open)
  })

  test.each<[string, Make]>([
    ...FORGED,
    ...CLAIMED.map(([words, changes]): [string, Make] => [
      words,
      (made) => ed.token(made(typeof changes === 'function' ? changes(door) : changes)),
    ]),
    ...CARRIED,
  ])('a token opens nothing: %s', async (_, make) => {
    const made = await make(claims, door)
    const asked = typeof made === 'string' ? asAuthorization(`Bearer ${made}`) : made
    expect(await knock(name, door.path, asked)).toEqual({
      status: 401,
      challenge: 'Bearer realm="moa"',
      body: {
        type: '/problems/Unauthenticated',
        title: 'Unauthenticated',
        status: 401,
        detail: 'A valid bearer token is needed in the Authorization header.',
        requestId: expect.any(String),
      },
    })
  })
})

/** Asks without the manners of `fetch`, which would mend some of these. */
async function knock(door: string, path: string, { headers = {}, query = '' }: Asked) {
  const settings = { issuer: ISSUER, audience: door === 'users' ? AUDIENCE : OPERATOR_AUDIENCE, jwks }
  const { url } =
    door === 'users'
      ? await startApi({ verifyToken: createTokenVerifier(settings) })
      : await startOperator({ verify: createClaimsVerifier(settings) })
  return new Promise<{ status: number; challenge: string | undefined; body: unknown }>((resolve, reject) => {
    request(`${url}${path}${query}`, { headers }, (answer) => {
      text(answer).then(
        (body) =>
          resolve({
            status: answer.statusCode!,
            challenge: answer.headers['www-authenticate'],
            body: JSON.parse(body) as unknown,
          }),
        reject,
      )
    })
      .on('error', reject)
      .end()
  })
}

const PSS = { name: 'RSA-PSS', hash: 'SHA-256' }
const der = (pem: string): Buffer => Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
