import { afterAll, beforeAll, expect, test } from 'vitest'

import { type Sandbox, startSandbox } from './server.ts'
import { agreedBy, askForConsent, codeGrant } from './test-app.ts'
import { createTestClient } from './test-client.ts'

const MANY = { institutions: 'SBXBANK001,SBXBANK003,SBXCARD001' }
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ today: '2026-11-22', seed: 'integrated', cardInstitutions: 1 })
})
afterAll(() => sandbox.close())

const exchange = (institutionId: string, code: string) =>
  createTestClient(sandbox, 'minji', institutionId).form('/oauth/2.0/token', codeGrant(code))

test('one page lists many institutions, and asks once who the person is', async () => {
  const page = await askForConsent(sandbox, MANY, { place: 'integrated' })
  for (const name of ['모아은행', '푸른들은행', '모아카드', '포인트']) expect(page.text).toContain(name)
  expect(page.text.match(/<form/g)?.length).toBe(1)
})

test('each of them exchanges the one code once, for what its industry has', async () => {
  const { code } = await agreedBy(sandbox, 'minji', MANY, 'integrated')
  const scopes = []
  for (const institutionId of MANY.institutions.split(','))
    scopes.push((await exchange(institutionId, code)).body)
  expect(scopes).toMatchObject([
    { scope: 'bank.list bank.deposit bank.loan' },
    { scope: 'bank.list bank.deposit bank.loan' },
    { scope: 'card.list card.card card.point card.bill card.loan' },
  ])
  expect((await exchange('SBXBANK002', code)).body.error).toBe('invalid_grant')
})

test('a code that comes again at one of them ends what it gave there, and nowhere else', async () => {
  const { code } = await agreedBy(sandbox, 'minji', MANY, 'integrated')
  const [first, other] = [await exchange('SBXBANK001', code), await exchange('SBXCARD001', code)]
  const again = createTestClient(sandbox, 'somebody', 'SBXBANK001')
  expect((await again.form('/oauth/2.0/token', codeGrant(code))).body.error).toBe('invalid_grant')
  again.auth.token = first.body.access_token ?? ''
  expect((await again.get('/v2/bank/accounts', { limit: '500' })).body.rsp_code).toBe('40101')
  const cards = createTestClient(sandbox, 'somebody', 'SBXCARD001')
  cards.auth.token = other.body.access_token ?? ''
  expect((await cards.get('/v2/card/cards', { limit: '500' })).body.rsp_code).toBe('00000')
})

test.each([
  [{}, 'invalid_request'],
  [{ institutions: '' }, 'invalid_request'],
  [{ institutions: 'SBXBANK001,NOWHERE' }, 'invalid_request'],
  [{ institutions: 'SBXBANK001,SBXBANK001' }, 'invalid_request'],
  // A card company has none of these words.
  [{ ...MANY, scope: 'bank.list' }, 'invalid_scope'],
])('%j comes back as %s', async (changes, error) => {
  const asked = { prompt: 'none', login_hint: 'minji', ...changes }
  const { back } = await askForConsent(sandbox, asked, { place: 'integrated' })
  expect([back['error'], back['code']]).toEqual([error, undefined])
})
