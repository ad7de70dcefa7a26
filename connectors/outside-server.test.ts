import { createHash, randomBytes } from 'node:crypto'

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { httpFor } from './test-institution.ts'
import { follow, OUTSIDE_SERVER, REDIRECT_URI, startOutsideServer } from './test-outside-server.ts'
import { createTokenCalls, STANDARD_SERVER, type Tokens } from './token.ts'

let server: Awaited<ReturnType<typeof startOutsideServer>>
let http: ReturnType<typeof httpFor>
let calls: ReturnType<typeof createTokenCalls>
beforeAll(async () => {
  server = await startOutsideServer()
  http = httpFor(server.institution)
  calls = createTokenCalls(http, server.institution, server.client, OUTSIDE_SERVER)
})
beforeEach(() => {
  server.rules.rotates = true
})
afterAll(async () => {
  await http.close()
  await server.close()
})

const options = { signal: new AbortController().signal, deadlineMs: 5000 }
const refused = { type: 'CredentialsRejected' }

/** Sends a person there and back, as an app does; what came back. */
async function authorize(
  codeVerifier: string,
  changes: Record<string, string> = {},
): Promise<URLSearchParams> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: server.client.clientId,
    redirect_uri: REDIRECT_URI,
    scope: 'bank.list bank.deposit',
    state: 'state1',
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  })
  const back = await follow(`${server.issuer}/auth?${query.toString()}`, server.issuer)
  expect(`${back.origin}${back.pathname}`).toBe(REDIRECT_URI)
  return back.searchParams
}

async function newCode() {
  const codeVerifier = randomBytes(32).toString('base64url')
  const back = await authorize(codeVerifier)
  return { code: back.get('code') ?? '', redirectUri: REDIRECT_URI, codeVerifier }
}

const newTokens = async (): Promise<Tokens & { refreshToken: string }> => {
  const tokens = await calls.exchangeCode(await newCode(), options)
  return { ...tokens, refreshToken: tokens.refreshToken ?? expect.fail('expected a refresh token') }
}

describe('with an authorization server that is not ours', () => {
  test('a person comes back with a code, our state, and the name of whom they were at', async () => {
    const back = await authorize('v'.repeat(43))
    expect(back.get('code')).toMatch(/.{20}/)
    expect([back.get('state'), back.get('iss')]).toEqual(['state1', server.issuer])
  })

  test('an authorization without a challenge, or with a plain one, brings no code', async () => {
    for (const changes of [{ code_challenge: '' }, { code_challenge_method: 'plain' }]) {
      const back = await authorize('v'.repeat(43), changes)
      expect([back.get('code'), back.get('error')]).toEqual([null, 'invalid_request'])
    }
  })

  test('a code brings tokens', async () => {
    expect(await calls.exchangeCode(await newCode(), options)).toEqual({
      accessToken: expect.stringMatching(/.{20}/),
      expiresInSeconds: 600,
      refreshToken: expect.stringMatching(/.{20}/),
      refreshExpiresInSeconds: null,
      scope: 'bank.list bank.deposit',
    })
  })

  test('a code is refused the second time, and what it brought is over', async () => {
    const code = await newCode()
    const { refreshToken } = await calls.exchangeCode(code, options)
    await expect(calls.exchangeCode(code, options)).rejects.toMatchObject(refused)
    await expect(calls.refresh(refreshToken ?? '', options)).rejects.toMatchObject(refused)
  })

  test.each([
    ['the verifier of another', { codeVerifier: 'x'.repeat(43) }],
    ['another redirect URI', { redirectUri: 'https://moa.example/other' }],
    ['a letter more', { code: 'x' }],
  ])('a code with %s brings nothing', async (_what, wrong) => {
    await expect(calls.exchangeCode({ ...(await newCode()), ...wrong }, options)).rejects.toMatchObject(
      refused,
    )
  })

  test('a refresh brings another refresh token, and a spent one ends them all', async () => {
    const first = await newTokens()
    const second = await calls.refresh(first.refreshToken, options)
    expect(second.refreshToken).toMatch(/.{20}/)
    expect(second.refreshToken).not.toBe(first.refreshToken)
    expect(second.accessToken).not.toBe(first.accessToken)
    await expect(calls.refresh(first.refreshToken, options)).rejects.toMatchObject(refused)
    await expect(calls.refresh(second.refreshToken ?? '', options)).rejects.toMatchObject(refused)
  })

  test('where refresh tokens live on, one serves again and again', async () => {
    server.rules.rotates = false
    const { refreshToken } = await newTokens()
    const [one, other] = [
      await calls.refresh(refreshToken, options),
      await calls.refresh(refreshToken, options),
    ]
    expect(new Set([one.refreshToken ?? refreshToken, other.refreshToken ?? refreshToken])).toEqual(
      new Set([refreshToken]),
    )
    expect(one.accessToken).not.toBe(other.accessToken)
  })

  test('what is revoked is over; revoking again, or what never was, is a success', async () => {
    const { refreshToken } = await newTokens()
    for (const token of [refreshToken, refreshToken, 'never.was'])
      expect(['confirmed', 'nothing_to_revoke']).toContain(await calls.revoke(token, options))
    await expect(calls.refresh(refreshToken, options)).rejects.toMatchObject(refused)
  })

  test('a wrong secret of ours is our fault, not the person’s', async () => {
    const { refreshToken } = await newTokens()
    const client = { ...server.client, clientSecret: 'wrong' }
    const wrong = createTokenCalls(http, server.institution, client, OUTSIDE_SERVER)
    await expect(wrong.refresh(refreshToken, options)).rejects.toMatchObject({ type: 'RequestRejected' })
    await expect(wrong.revoke(refreshToken, options)).rejects.toMatchObject({ type: 'RequestRejected' })
    await expect(calls.refresh(refreshToken, options)).resolves.toMatchObject({ expiresInSeconds: 600 })
  })

  test('its answers do not pass for the standard’s', async () => {
    const { refreshToken } = await newTokens()
    const asStandard = { ...OUTSIDE_SERVER, speaks: STANDARD_SERVER.speaks }
    const strict = createTokenCalls(http, server.institution, server.client, asStandard)
    await expect(strict.refresh(refreshToken, options)).rejects.toMatchObject({ type: 'UnexpectedResponse' })
  })
})
