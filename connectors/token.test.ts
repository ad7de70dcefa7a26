import { afterAll, beforeAll, expect, test } from 'vitest'

import { DomainFailure } from '../domain/failures.ts'
import { httpFor, type Respond, say, startInstitution, type TestInstitution } from './test-institution.ts'
import { createTokenCalls } from './token.ts'

let bank: TestInstitution
let http: ReturnType<typeof httpFor>
beforeAll(async () => {
  bank = await startInstitution(() => {})
  http = httpFor(bank.institution)
})
afterAll(async () => {
  await http.close()
  await bank.close()
})

const client = { clientId: 'client1', clientSecret: 'secret1' }
const options = { signal: new AbortController().signal, deadlineMs: 10_000 }
const tokensOf = (respond: Respond) => {
  bank.behave(respond)
  return createTokenCalls(http, bank.institution, client)
}

const CODE = { code: 'code1', redirectUri: 'https://moa.example/back', codeVerifier: 'verifier1' }

const issued = {
  token_type: 'Bearer',
  access_token: 'a'.repeat(1500),
  expires_in: '7776000',
  refresh_token: 'sample.refresh.token',
  refresh_token_expires_in: 31536000,
  scope: 'bank.list bank.deposit',
}

test('exchanges a code for tokens, as a form, without a token of its own', async () => {
  const calls = tokensOf((asked, response) => say(asked, response, issued))
  expect(await calls.exchangeCode(CODE, options)).toEqual({
    accessToken: 'a'.repeat(1500),
    expiresInSeconds: 7_776_000,
    refreshToken: 'sample.refresh.token',
    refreshExpiresInSeconds: 31_536_000,
    scope: 'bank.list bank.deposit',
  })
  expect(bank.calls[0]).toMatchObject({
    method: 'POST',
    path: '/oauth/2.0/token',
    params: {
      org_code: 'TESTBANK01',
      client_id: 'client1',
      client_secret: 'secret1',
      grant_type: 'authorization_code',
      code: 'code1',
      redirect_uri: 'https://moa.example/back',
      code_verifier: 'verifier1',
    },
  })
  expect(bank.calls[0]?.headers['authorization']).toBeUndefined()
  expect(bank.calls[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded')
})

test('takes a refresh for what it is: a new access token and nothing else', async () => {
  const calls = tokensOf((asked, response) =>
    say(asked, response, { token_type: 'Bearer', access_token: 'new.token', expires_in: 60 }),
  )
  expect(await calls.refresh('old.refresh', options)).toMatchObject({
    accessToken: 'new.token',
    expiresInSeconds: 60,
    refreshToken: null,
    scope: null,
  })
  expect(bank.calls[0]?.params).toMatchObject({ grant_type: 'refresh_token', refresh_token: 'old.refresh' })
})

test.each([
  ['00000', 'confirmed'],
  ['99999', 'nothing_to_revoke'],
])('has revoked where the institution says %s', async (rsp_code, answer) => {
  const calls = tokensOf((asked, response) => say(asked, response, { rsp_code, rsp_msg: '' }))
  await expect(calls.revoke('some.token', options)).resolves.toBe(answer)
  expect(bank.calls[0]).toMatchObject({ path: '/oauth/2.0/revoke', params: { token: 'some.token' } })
})

test('takes a refresh that brings another refresh token for a rotation', async () => {
  const calls = tokensOf((asked, response) => say(asked, response, issued))
  expect(await calls.refresh('old.refresh', options)).toMatchObject({ refreshToken: 'sample.refresh.token' })
})

const bearer = { token_type: 'Bearer', access_token: 'new.token', expires_in: '60' }

test.each<[string, number, object, string]>([
  ['a spent refresh token', 400, { error: 'invalid_grant' }, 'CredentialsRejected'],
  ['a wrong secret of ours', 400, { error: 'invalid_client' }, 'RequestRejected'],
  ['a wrong secret of ours, as RFC 6749 has it', 401, { error: 'invalid_client' }, 'RequestRejected'],
  ['a refusal without a name', 401, {}, 'RequestRejected'],
  ['an outage', 500, { error: 'server_error' }, 'InstitutionUnavailable'],
  ['an overload', 503, { error: 'temporarily_unavailable' }, 'RateLimited'],
  ['tokens without a lifetime', 200, { ...bearer, expires_in: undefined }, 'UnexpectedResponse'],
  ['tokens that never lived', 200, { ...bearer, expires_in: '0' }, 'UnexpectedResponse'],
  ['tokens of a longer life than digits', 200, { ...bearer, expires_in: '1e9' }, 'UnexpectedResponse'],
  ['no token', 200, { ...bearer, access_token: undefined }, 'UnexpectedResponse'],
  [
    'a token that would break a header',
    200,
    { ...bearer, access_token: 'new.token\r\nx: y' },
    'UnexpectedResponse',
  ],
  ['a refresh token that is not one', 200, { ...bearer, refresh_token: 'new.token y' }, 'UnexpectedResponse'],
  ['a token of another type', 200, { ...bearer, token_type: 'DPoP' }, 'UnexpectedResponse'],
  ['a token of no type', 200, { ...bearer, token_type: undefined }, 'UnexpectedResponse'],
  ['an empty answer', 200, {}, 'UnexpectedResponse'],
])('names %s', async (_name, status, body, type) => {
  const calls = tokensOf((asked, response) => say(asked, response, body, status))
  await expect(calls.refresh('old.refresh', options)).rejects.toMatchObject({
    type,
    message: expect.not.stringMatching(/new\.token|old\.refresh|secret1/),
  })
  expect(bank.calls.length).toBe(1)
})

test.each(['temporarily_unavailable', 'server_error'])('waits as long as %s asks for', async (error) => {
  const calls = tokensOf((asked, response) => say(asked, response, { error }, 503, { 'retry-after': '120' }))
  const failure: unknown = await calls.refresh('old.refresh', options).catch((reason: unknown) => reason)
  expect(failure).toMatchObject({ type: expect.stringMatching(/^(RateLimited|InstitutionInMaintenance)$/) })
  const waitMs = failure instanceof DomainFailure ? failure.notBefore!.getTime() - Date.now() : 0
  expect(waitMs).toBeGreaterThan(100_000)
  expect(waitMs).toBeLessThanOrEqual(120_000)
})

test('does not take the answer to another question for its own', async () => {
  const calls = tokensOf((asked, response) =>
    say(asked, response, issued, 200, { 'x-api-tran-id': 'another' }),
  )
  await expect(calls.refresh('old.refresh', options)).rejects.toMatchObject({ type: 'UnexpectedResponse' })
})
