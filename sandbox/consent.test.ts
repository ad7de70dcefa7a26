import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

import { type Sandbox, startSandbox } from './server.ts'
import { agreedBy, askForConsent, codeGrant, queryOf, REDIRECT, STATE, visit } from './test-app.ts'
import { createTestClient, nextTranId } from './test-client.ts'

const AUTHORIZE = '/oauth/2.0/authorize'
const AT_ONCE = { prompt: 'none', login_hint: 'minji' }
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ today: '2026-11-22', seed: 'consent', cardInstitutions: 1 })
})
afterEach(() => {
  sandbox.control.resetBehaviour()
  sandbox.control.resetViolations()
})
afterAll(() => sandbox.close())

const client = (person: string, institutionId = 'SBXBANK001') =>
  createTestClient(sandbox, person, institutionId)

/** The session of a page, and a function that answers it as a browser does. */
async function opened(changes = {}, place = 'SBXBANK001') {
  const page = await askForConsent(sandbox, changes, { place })
  const session = /name="session" value="([\w-]+)"/.exec(page.text)?.[1] ?? ''
  const action = /action="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const answer = (fields: Record<string, string>) =>
    visit(`${sandbox.url}${action}`, { method: 'POST', body: new URLSearchParams({ session, ...fields }) })
  return { page, session, answer }
}

test('a program that says who it speaks for gets a code at once, and where it comes from', async () => {
  const { status, location, back, headers } = await askForConsent(sandbox, AT_ONCE)
  expect([status, location?.startsWith(`${REDIRECT}?`)]).toEqual([302, true])
  expect(back).toEqual({
    code: expect.stringMatching(/^[\w-]{43}$/),
    state: STATE,
    iss: `${sandbox.url}/SBXBANK001`,
    api_tran_id: expect.stringMatching(/^SBXBANK001P\d{14}$/),
  })
  expect(headers.get('cache-control')).toBe('no-store')
  const issued = await client('minji').form('/oauth/2.0/token', codeGrant(back['code'] ?? ''))
  expect(issued.body).toMatchObject({
    scope: 'bank.list bank.deposit bank.loan',
    refresh_token: expect.any(String),
  })
})

test('a person picks who to be on a page, and the answer leads back with a code', async () => {
  const { page, answer } = await opened({ login_hint: 'p7' })
  expect(page.status).toBe(200)
  for (const text of [
    '모아은행',
    'sandbox-client',
    '예금·적금 잔액과 거래내역',
    '2027-11-22',
    'value="p7" checked',
  ])
    expect(page.text).toContain(text)
  const agreed = await answer({ person: 'p7', decision: 'agree', memo: 'yes' })
  expect([agreed.status, agreed.back['state']]).toEqual([302, STATE])
  const reply = await client('p7').form('/oauth/2.0/token', codeGrant(agreed.back['code'] ?? ''))
  expect(reply.status).toBe(200)
  expect(sandbox.control.calls({ api: 'oauth-login' }).at(-1)).toMatchObject({ person: 'p7', status: 302 })
})

test('a refusal leads back with access_denied and without a code', async () => {
  const { answer } = await opened()
  const refused = await answer({ person: 'minji', decision: 'refuse' })
  expect(refused.back).toMatchObject({ error: 'access_denied', state: STATE })
  expect(refused.back['code']).toBeUndefined()
  expect((await askForConsent(sandbox, { ...AT_ONCE, answer: 'refuse' })).back['error']).toBe('access_denied')
})

test('a page is answered once, within ten minutes, and at its own place', async () => {
  const { answer } = await opened()
  expect((await answer({ person: 'minji', decision: 'agree' })).status).toBe(302)
  expect((await answer({ person: 'minji', decision: 'agree' })).status).toBe(400)
  const late = await opened()
  sandbox.control.moveClock({ advanceSeconds: 600 })
  expect((await late.answer({ person: 'minji', decision: 'agree' })).status).toBe(400)
  const { session } = await opened()
  const elsewhere = `${sandbox.url}/SBXBANK002/oauth/2.0/login?session=${session}`
  expect((await visit(elsewhere)).status).toBe(400)
})

test('an answer that cannot be taken shows the page again, with everything a name may hold as text', async () => {
  const { answer } = await opened()
  const again = await answer({ other: 'a|b', decision: 'agree' })
  expect([again.status, again.text.includes('role="alert"')]).toEqual([400, true])
  const { page } = await opened({ login_hint: '"><script>alert(1)</script>' })
  expect(page.text).not.toContain('<script')
  expect((await answer({ other: 'p8', decision: 'agree' })).status).toBe(302)
})

test('the page runs and loads nothing, is framed by nobody, and its form leads only to the callback', async () => {
  const { page } = await opened()
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("form-action 'self' https://moa.example;")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('script')
  expect(page.headers.get('referrer-policy')).toBe('no-referrer')
})

test.each([
  [{ client_id: 'somebody' }, 'client_id', 'malformed-authorization'],
  [{ client_id: null }, 'client_id', 'malformed-authorization'],
  [{ redirect_uri: null }, 'redirect_uri', 'unregistered-redirect'],
  [{ redirect_uri: `${REDIRECT}?more` }, 'redirect_uri', 'unregistered-redirect'],
  [{ redirect_uri: `${REDIRECT}/` }, 'redirect_uri', 'unregistered-redirect'],
  [{ redirect_uri: REDIRECT.toUpperCase() }, 'redirect_uri', 'unregistered-redirect'],
  [{ redirect_uri: 'https://moa.example.evil.example/callback' }, 'redirect_uri', 'unregistered-redirect'],
])('with %j nobody is sent anywhere', async (changes, parameter, kind) => {
  const { status, location, text } = await askForConsent(sandbox, { ...AT_ONCE, ...changes })
  expect([status, location]).toEqual([400, null])
  expect(JSON.parse(text)).toMatchObject({
    error: 'invalid_request',
    error_description: parameter,
    state: STATE,
  })
  expect(sandbox.control.violations().counts).toEqual({ [kind]: 1 })
})

test.each([
  [{ response_type: null }, 'invalid_request'],
  [{ response_type: 'token' }, 'unsupported_response_type'],
  [{ code_challenge_method: 'plain' }, 'invalid_request'],
  [{ code_challenge_method: null }, 'invalid_request'],
  [{ code_challenge: null }, 'invalid_request'],
  [{ code_challenge: 'short' }, 'invalid_request'],
  [{ scope: 'bank.list bank.everything' }, 'invalid_scope'],
  [{ scope: 'bank.list card.list' }, 'invalid_scope'],
  [{ scope: '' }, 'invalid_scope'],
  [{ org_code: 'SBXBANK002' }, 'invalid_request'],
  [{ end_date: '20261121' }, 'invalid_request'],
  [{ end_date: '20261301' }, 'invalid_request'],
  [{ login_hint: null }, 'invalid_request'],
  [{ login_hint: 'a|b' }, 'invalid_request'],
])('%j comes back as %s, with the state', async (changes, error) => {
  const { status, back } = await askForConsent(sandbox, { ...AT_ONCE, ...changes })
  expect([status, back['error'], back['state'], back['code']]).toEqual([302, error, STATE, undefined])
  expect(sandbox.control.violations().counts).toEqual({ 'malformed-authorization': 1 })
})

test.each([null, '', 'x'.repeat(41), '한글'])('state %j is refused and not sent back', async (state) => {
  const { back } = await askForConsent(sandbox, { ...AT_ONCE, state })
  expect([back['error'], back['error_description'], back['state']]).toEqual([
    'invalid_request',
    'state',
    undefined,
  ])
})

test('a parameter that comes twice is refused; one that decides whom to trust, without a redirect', async () => {
  const ask = (more: string) => visit(`${sandbox.url}/SBXBANK001${AUTHORIZE}?${queryOf(AT_ONCE)}&${more}`)
  expect((await ask('scope=bank.list&scope=bank.loan')).back['error']).toBe('invalid_request')
  expect((await ask('state=other')).back).toMatchObject({ error: 'invalid_request' })
  expect((await ask(`redirect_uri=${encodeURIComponent(REDIRECT)}`)).status).toBe(400)
})

test('what was asked for is what is granted: words of the scope and the last day', async () => {
  const asked = { scope: 'bank.loan bank.list bank.list', end_date: '20270115' }
  const { code } = await agreedBy(sandbox, 'narrow', asked)
  const who = client('narrow')
  const issued = await who.form('/oauth/2.0/token', codeGrant(code))
  expect(issued.body).toMatchObject({ scope: 'bank.list bank.loan' })
  who.auth.token = issued.body.access_token ?? ''
  expect((await who.get('/v2/bank/consents', {})).body.end_date).toBe('20270115')
})

test('memos come only if the person left the box ticked', async () => {
  const { answer } = await opened({}, 'SBXBANK001')
  const { back } = await answer({ person: 'quiet', decision: 'agree' })
  const who = client('quiet')
  who.auth.token = (await who.form('/oauth/2.0/token', codeGrant(back['code'] ?? ''))).body.access_token ?? ''
  expect((await who.get('/v2/bank/consents', {})).text).toContain('"is_consent_trans_memo":"false"')
})

test('a server that names a CI is led to the page, and another person is refused', async () => {
  const { ci } = sandbox.control.ci({ person: 'minji' })
  const headers = { 'x-user-ci': ci, 'x-api-tran-id': nextTranId() }
  const led = await askForConsent(sandbox, {}, { headers })
  expect(led.status).toBe(302)
  expect(led.headers.get('x-api-tran-id')).toBe(headers['x-api-tran-id'])
  expect(led.location).toMatch(`${sandbox.url}/SBXBANK001/oauth/2.0/login?session=`)
  const page = await visit(led.location ?? '')
  expect(page.text).toContain('모아은행')
  const answer = (person: string) =>
    visit(`${sandbox.url}/SBXBANK001/oauth/2.0/login`, {
      method: 'POST',
      body: new URLSearchParams({ session: led.back['session'] ?? '', person, decision: 'agree' }),
    })
  expect((await answer('somebody-else')).back['error']).toBe('unauthorized_user')
  const again = { 'x-user-ci': ci, 'x-api-tran-id': nextTranId() }
  const agreed = await askForConsent(sandbox, AT_ONCE, { headers: again })
  expect(agreed.back['code']).toBeDefined()
  expect(agreed.back['api_tran_id']).toBe(again['x-api-tran-id'])
  expect(sandbox.control.violations().counts).toEqual({})
  const unnumbered = await askForConsent(sandbox, AT_ONCE, { headers: { 'x-user-ci': ci } })
  expect(unnumbered.back['error']).toBe('invalid_request')
})

test('an institution in trouble says so by the callback', async () => {
  for (const [http, error] of [
    [500, 'server_error'],
    [503, 'temporarily_unavailable'],
  ] as const) {
    sandbox.control.behaviour({
      institutionId: 'SBXBANK001',
      api: 'oauth-authorize',
      status: { http },
      times: 1,
    })
    expect((await askForConsent(sandbox, AT_ONCE)).back).toMatchObject({ error, state: STATE })
  }
  expect((await askForConsent(sandbox, AT_ONCE)).back['code']).toBeDefined()
  expect(sandbox.control.violations().counts).toEqual({})
})

test('a consent is asked for with GET', async () => {
  const address = `${sandbox.url}/SBXBANK001${AUTHORIZE}?${queryOf({})}`
  const { status, text } = await visit(address, { method: 'POST' })
  expect([status, JSON.parse(text)]).toMatchObject([405, { error: 'method_not_allowed', state: STATE }])
})
