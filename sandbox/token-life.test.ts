import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { challengeOf } from './codes.ts'
import { type Sandbox, startSandbox } from './server.ts'
import { agreedBy, codeGrant, OTHER_REDIRECT, REDIRECT, refreshGrant, VERIFIER } from './test-app.ts'
import { ACCOUNTS, createTestClient, type TestClient } from './test-client.ts'
import type { Rotation } from './token-rules.ts'

const TOKEN = '/oauth/2.0/token'
const who = { person: 'minji', institutionId: 'SBXBANK001' }
const state = () => join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'state.json')
const open: Sandbox[] = []
let sandbox: Sandbox
let client: TestClient

async function start(options: Parameters<typeof startSandbox>[0] = {}): Promise<Sandbox> {
  const started = await startSandbox({ today: '2026-11-22', seed: 'token-life', ...options })
  open.push(started)
  return started
}
beforeEach(async () => {
  sandbox = await start()
  client = createTestClient(sandbox, who.person, who.institutionId)
})
afterEach(async () => {
  for (const started of open.splice(0)) await started.close()
})

const rotate = (rotation: Rotation) => sandbox.control.tokenRules({ institutionId: '*', rotation })
const refresh = async (token: string, by = client) => (await by.form(TOKEN, refreshGrant(token))).body
const read = async (by = client) => (await by.get(ACCOUNTS, { limit: '500' })).body.rsp_code
const violations = () => sandbox.control.violations().counts
/** Token calls as the institution saw them. */
const seen = () =>
  sandbox.control
    .calls({ person: who.person, api: 'oauth-token' })
    .map(({ grantType, refreshToken, status, rspCode }) => [grantType, refreshToken, status, rspCode])

test.each([
  ['another redirect_uri', { redirect_uri: OTHER_REDIRECT }, 'redirect-mismatch'],
  ['another verifier', { code_verifier: 'w'.repeat(43) }, 'wrong-verifier'],
  ['no verifier', { code_verifier: '' }, 'wrong-verifier'],
])('a code is refused with %s, and still good with its own', async (_, changes, kind) => {
  const { code } = await agreedBy(sandbox, 'minji')
  expect((await client.form(TOKEN, { ...codeGrant(code), ...changes })).body.error).toBe('invalid_grant')
  expect(violations()).toEqual({ [kind]: 1 })
  expect((await client.form(TOKEN, codeGrant(code))).status).toBe(200)
})

test('a code that was asked for without a challenge takes no verifier: somebody removed the challenge', async () => {
  const { code } = await agreedBy(sandbox, 'minji', { code_challenge: null, code_challenge_method: null })
  expect((await client.form(TOKEN, codeGrant(code))).body.error).toBe('invalid_grant')
  const { code_verifier: _, ...plain } = codeGrant(code)
  expect((await client.form(TOKEN, plain)).status).toBe(200)
})

test('a code of the control is bound to what the order names, and to nothing otherwise', async () => {
  const free = sandbox.control.codes(who)
  expect((await client.form(TOKEN, { ...codeGrant(free.code), redirect_uri: 'any' })).status).toBe(200)
  const bound = sandbox.control.codes({ ...who, redirectUri: REDIRECT, challenge: challengeOf(VERIFIER) })
  const strange = { ...codeGrant(bound.code), code_verifier: 'w'.repeat(43) }
  expect((await client.form(TOKEN, strange)).body.error).toBe('invalid_grant')
  expect((await client.form(TOKEN, codeGrant(bound.code))).status).toBe(200)
})

test('a code belongs to the client that asked for it', async () => {
  const file = state()
  const before = await start({ state: file, clientId: 'other-client' })
  const { code } = await agreedBy(before, 'minji', { client_id: 'other-client' })
  await before.close()
  const late = createTestClient(await start({ state: file }), 'minji', who.institutionId)
  expect((await late.form(TOKEN, codeGrant(code))).body.error).toBe('invalid_grant')
})

test('a code that comes a second time ends the consent it gave', async () => {
  const { code } = await agreedBy(sandbox, 'minji')
  const { access_token: accessToken = '', refresh_token: refreshToken = '' } = (
    await client.form(TOKEN, codeGrant(code))
  ).body
  client.auth.token = accessToken
  expect(await read()).toBe('00000')
  expect((await client.form(TOKEN, codeGrant(code))).body.error).toBe('invalid_grant')
  expect([await read(), violations()]).toEqual(['40101', {}])
  expect((await refresh(refreshToken)).error).toBe('invalid_grant')
  expect((await client.form('/oauth/2.0/revoke', { token: accessToken })).body.rsp_code).toBe('99999')
})

test('an older code that comes again does not end a newer consent', async () => {
  const [first, second] = [await agreedBy(sandbox, 'minji'), await agreedBy(sandbox, 'minji')]
  await client.form(TOKEN, codeGrant(first.code))
  client.auth.token = (await client.form(TOKEN, codeGrant(second.code))).body.access_token ?? ''
  await client.form(TOKEN, codeGrant(first.code))
  expect(await read()).toBe('00000')
})

test('strict: each refresh gives a new refresh token, and an older one ends the consent', async () => {
  rotate('strict')
  const first = client.issued.refreshToken
  const { refresh_token: second = '', access_token: accessToken = '' } = await refresh(first)
  const { refresh_token: third = '' } = await refresh(second)
  expect(new Set([first, second, third]).size).toBe(3)
  client.auth.token = accessToken
  expect(await read()).toBe('00000')
  expect((await refresh(second)).error).toBe('invalid_grant')
  expect([await read(), violations()]).toEqual(['40101', {}])
  expect((await refresh(third)).error).toBe('invalid_grant')
  expect(violations()).toEqual({ 'refresh-of-dead-series': 1 })
  expect(seen()).toEqual([
    ['refresh_token', 'current', 200, null],
    ['refresh_token', 'current', 200, null],
    ['refresh_token', 'previous', 400, 'invalid_grant'],
    ['refresh_token', 'current', 400, 'invalid_grant'],
  ])
})

test('grace: the refresh token before works until the new one was used', async () => {
  rotate('grace')
  const first = client.issued.refreshToken
  const { refresh_token: second = '' } = await refresh(first)
  const again = await refresh(first)
  expect([again.error, again.refresh_token]).toEqual([undefined, second])
  expect((await refresh(second)).error).toBeUndefined()
  expect((await refresh(first)).error).toBe('invalid_grant')
  expect((await refresh(second)).error).toBe('invalid_grant')
})

test('a new consent lives whatever became of the series before it', async () => {
  rotate('strict')
  await refresh(client.issued.refreshToken)
  await refresh(client.issued.refreshToken)
  const renewed = createTestClient(sandbox, who.person, who.institutionId)
  expect((await refresh(client.issued.refreshToken)).error).toBe('invalid_grant')
  expect([await read(renewed), (await refresh(renewed.issued.refreshToken)).error, violations()]).toEqual([
    '00000',
    undefined,
    {},
  ])
})

test('each institution rotates as it is told', async () => {
  sandbox.control.tokenRules({ institutionId: 'SBXBANK002', rotation: 'strict' })
  const other = createTestClient(sandbox, 'minji', 'SBXBANK002')
  expect((await refresh(client.issued.refreshToken)).refresh_token).toBeUndefined()
  const { refresh_token: second = '' } = await refresh(other.issued.refreshToken, other)
  // An order leaves alone what it does not name.
  sandbox.control.tokenRules({ institutionId: 'SBXBANK002', accessSeconds: 60 })
  const third = await refresh(second, other)
  expect([third.refresh_token === undefined, third.expires_in]).toEqual([false, '60'])
  sandbox.control.tokenRules({ institutionId: 'SBXBANK002', rotation: 'none' })
  expect((await refresh(third.refresh_token ?? '', other)).expires_in).toBe('60')
})

test('the answer of a rotation can be lost: strict ends the consent then, grace does not', async () => {
  for (const [rotation, error] of [
    ['strict', 'invalid_grant'],
    ['grace', undefined],
  ] as const) {
    rotate(rotation)
    client = createTestClient(sandbox, who.person, who.institutionId)
    const lost = { institutionId: who.institutionId, person: who.person, api: 'oauth-token', times: 1 }
    sandbox.control.behaviour({ ...lost, mangle: 'reset' })
    const others = createTestClient(sandbox, 'somebody-else', who.institutionId)
    expect((await refresh(others.issued.refreshToken, others)).error).toBeUndefined()
    await expect(refresh(client.issued.refreshToken)).rejects.toThrow('fetch failed')
    expect(sandbox.control.calls({ api: 'oauth-token' }).at(-1)).toMatchObject({ status: 200, aborted: true })
    expect((await refresh(client.issued.refreshToken)).error).toBe(error)
  }
  expect(violations()).toEqual({})
})

test('access tokens live as long as told, those that are there as long as they were given', async () => {
  sandbox.control.tokenRules({ institutionId: '*', accessSeconds: 60 })
  const short = createTestClient(sandbox, 'brief', who.institutionId)
  expect(short.issued.expiresInSeconds).toBe(60)
  sandbox.control.moveClock({ advanceSeconds: 60 })
  expect([await read(short), await read()]).toEqual(['40101', '00000'])
  const renewed = await refresh(short.issued.refreshToken, short)
  expect(renewed.expires_in).toBe('60')
})

test('a refresh token can be refused while the access token lives', async () => {
  sandbox.control.refuseRefresh(who)
  expect([(await refresh(client.issued.refreshToken)).error, await read()]).toEqual([
    'invalid_grant',
    '00000',
  ])
  const renewed = createTestClient(sandbox, who.person, who.institutionId)
  expect((await refresh(renewed.issued.refreshToken)).error).toBeUndefined()
})

test('who withdraws at the institution itself ends the consent there, and no rule is broken by asking', async () => {
  expect(sandbox.control.withdraw(who)).toEqual({ withdrawn: true })
  expect(sandbox.control.withdraw(who)).toEqual({ withdrawn: false })
  expect([await read(), (await refresh(client.issued.refreshToken)).error]).toEqual([
    '40106',
    'invalid_grant',
  ])
  const revoke = () => client.form('/oauth/2.0/revoke', { token: client.auth.token })
  expect([(await revoke()).body.rsp_code, violations()]).toEqual(['99999', {}])
  expect(await read(createTestClient(sandbox, who.person, who.institutionId))).toBe('00000')
})

test('the log says of a code what came of it, and of a strange refresh token that it is unknown', async () => {
  const { code } = await agreedBy(sandbox, 'minji')
  await client.form(TOKEN, { ...codeGrant(code), code_verifier: VERIFIER })
  await client.form(TOKEN, codeGrant(code))
  await refresh('nonsense')
  expect(seen()).toEqual([
    ['authorization_code', null, 200, null],
    ['authorization_code', null, 400, 'invalid_grant'],
  ])
  expect(sandbox.control.calls().at(-1)).toMatchObject({ refreshToken: 'unknown', person: null })
})

/** What was done to a person before a restart, and what a program sees afterwards that has the first tokens. */
const acts: Record<string, { act: () => Promise<unknown>; seen: [read: string, error: string | undefined] }> =
  {
    'a rotation': {
      act: () => refresh(client.issued.refreshToken),
      seen: ['00000', 'invalid_grant'],
    },
    'the end of a series': {
      act: async () => {
        await refresh(client.issued.refreshToken)
        await refresh(client.issued.refreshToken)
      },
      seen: ['40101', 'invalid_grant'],
    },
    'a withdrawal': { act: async () => sandbox.control.withdraw(who), seen: ['40106', 'invalid_grant'] },
    'a refusal to refresh': {
      act: async () => sandbox.control.refuseRefresh(who),
      seen: ['00000', 'invalid_grant'],
    },
    'another rule': {
      act: async () => sandbox.control.tokenRules({ institutionId: '*', rotation: 'none' }),
      seen: ['00000', undefined],
    },
  }

test.each(Object.entries(acts))(
  '%s is written down before it is answered',
  async (_, { act, seen: expected }) => {
    const file = state()
    sandbox = await start({ state: file, rotation: 'strict' })
    client = createTestClient(sandbox, who.person, who.institutionId)
    await act()
    // The first sandbox is not closed: it might have been killed here.
    const after = createTestClient(
      await start({ state: file, rotation: 'strict' }),
      'other',
      who.institutionId,
    )
    after.auth.token = client.auth.token
    const code = await read(after)
    const again = await refresh(client.issued.refreshToken, after)
    expect([code, again.error, again.refresh_token]).toEqual([...expected, undefined])
  },
)

test('a code is written down before it is answered, and so are its use and the end that a second use makes', async () => {
  const file = state()
  sandbox = await start({ state: file })
  const { code } = await agreedBy(sandbox, 'coded')
  const second = createTestClient(await start({ state: file }), 'other', who.institutionId)
  const issued = await second.form(TOKEN, codeGrant(code))
  expect(issued.status).toBe(200)
  const third = createTestClient(await start({ state: file }), 'other', who.institutionId)
  expect((await third.form(TOKEN, codeGrant(code))).body.error).toBe('invalid_grant')
  const fourth = createTestClient(await start({ state: file }), 'other', who.institutionId)
  fourth.auth.token = issued.body.access_token ?? ''
  expect(await read(fourth)).toBe('40101')
})

test('without a state file a restart takes the newest refresh token it sees for the current one', async () => {
  rotate('strict')
  const { refresh_token: second = '' } = await refresh(client.issued.refreshToken)
  const after = createTestClient(await start({ rotation: 'strict' }), 'other', who.institutionId)
  expect((await refresh(second, after)).error).toBeUndefined()
  expect((await refresh(client.issued.refreshToken, after)).error).toBe('invalid_grant')
})
