import { expect, test } from 'vitest'

import { MOST_KEPT_BYTES, tellableHeaders, unexpectedIn } from './evidence.ts'
import { accountsAnswer, makeAccount } from './standard/bank/fixtures.ts'
import { standardBank } from './standard/bank/index.ts'
import { type Raw, visitTo, wellSent } from './standard/test-answers.ts'
import { outcomeOf } from './standard/test-outcomes.ts'
import { httpFor, say, startInstitution } from './test-institution.ts'
import { createTokenCalls } from './token.ts'

const SECRET = '김민지 110-000-777777'
const LIST = JSON.stringify(accountsAnswer([makeAccount()]))

/** Reads a bank whose bookings are answered so; what is known of the answer that was not believed. */
async function readBookings(raw: Raw) {
  const { visit } = visitTo(({ path }) => {
    if (path === '/v2/bank/accounts') return wellSent(LIST)
    return path.endsWith('/transactions') ? raw : wellSent('{"rsp_code":"99999"}')
  })
  const outcome = await outcomeOf(standardBank, visit)
  if ('error' in outcome) throw outcome.error
  return outcome.reading.gaps.map(unexpectedIn)
}

const rows = (memo: string) =>
  `{"rsp_code":"00000","trans_cnt":"1","trans_list":[{"trans_dtime":"20261121","trans_type":"02","trans_amt":"x","trans_memo":"${memo}"}]}`

test.each([
  ['of wrong content', wellSent(rows(SECRET)), 'expected an amount without a sign in trans_list.0.trans_amt'],
  ['that is no JSON', wellSent(`<html>${SECRET}`), 'expected JSON'],
  [
    'with another count',
    wellSent('{"rsp_code":"00000","trans_cnt":"7","trans_list":[]}'),
    'expected as many',
  ],
  [
    'with another echo',
    { ...wellSent(rows(SECRET)), headers: { 'x-api-tran-id': 'x', server: 'gate/1' } },
    'expected the echo',
  ],
])('an answer %s goes with the gap it left, and its message says nothing of it', async (_what, raw, says) => {
  const [unexpected, ...others] = await readBookings(raw)
  expect(others).toEqual([])
  expect(unexpected).toMatchObject({ api: 'bank-004', status: 200, isWhole: true })
  expect(unexpected?.expected).toContain(`TESTBANK01 bank-004: ${says}`)
  expect(unexpected?.body.equals(raw.bytes)).toBe(true)
  expect(unexpected?.expected).not.toContain('777')
})

test('of a long answer the beginning is kept, and that it is no more than that', async () => {
  const [unexpected] = await readBookings(wellSent(rows('x'.repeat(MOST_KEPT_BYTES))))
  expect(unexpected?.body.length).toBe(MOST_KEPT_BYTES)
  expect(unexpected?.isWhole).toBe(false)
})

test('an answer that fails the whole reading goes with the failure, which shows nothing of it', async () => {
  const { visit } = visitTo(() => wellSent(`{"rsp_code":"00000","account_list":"${SECRET}"}`))
  const outcome = await outcomeOf(standardBank, visit)
  const error = 'error' in outcome ? outcome.error : expect.fail('expected a failure')
  expect(unexpectedIn(error)?.body.toString()).toContain(SECRET)
  expect(JSON.stringify([error, Object.entries(Object(error)), String(error)])).not.toContain('777')
})

test('a failure of another kind, or of nobody, goes with nothing', async () => {
  const { visit } = visitTo(() => wellSent(`{"rsp_code":"50001","rsp_msg":"${SECRET}"}`))
  const outcome = await outcomeOf(standardBank, visit)
  expect(unexpectedIn('error' in outcome ? outcome.error : null)).toBeNull()
  for (const other of [null, undefined, 'x', new Error('x'), {}]) expect(unexpectedIn(other)).toBeNull()
})

test('an answer to a token call is never kept: it may hold what opens everything', async () => {
  const bank = await startInstitution((asked, response) =>
    say(asked, response, { access_token: 'a.secret.token', token_type: 'x' }),
  )
  const http = httpFor(bank.institution)
  const calls = createTokenCalls(http, bank.institution, { clientId: 'x', clientSecret: 'x' })
  const signal = new AbortController().signal
  const failure: unknown = await calls.refresh('x', { signal, deadlineMs: 5000 }).catch((error) => error)
  await http.close()
  await bank.close()
  expect(failure).toMatchObject({ type: 'UnexpectedResponse' })
  expect(unexpectedIn(failure)).toBeNull()
})

test('of headers a few are told, in which nobody is named', () => {
  const sent = {
    server: 'gate/1.2 (seoul)',
    'content-type': 'text/html; charset=EUC-KR',
    'retry-after': '9'.repeat(200),
    via: SECRET,
    'set-cookie': 'session=secret',
    location: 'https://bank.example/people/777',
    'x-user': '777',
  }
  expect(tellableHeaders(sent)).toEqual({
    server: 'gate/1.2 (seoul)',
    'content-type': 'text/html; charset=EUC-KR',
  })
})
