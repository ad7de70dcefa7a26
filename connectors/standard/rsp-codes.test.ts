import { expect, test } from 'vitest'

import { judgeData, judgeToken, type Signs } from './rsp-codes.ts'

// A Sunday at 10:00 in Korea; the week's quota begins anew on 2026-11-29 at midnight there.
const now = new Date('2026-11-22T01:00:00Z')
const makeSigns = (overrides: Partial<Signs>): Signs => ({
  status: Number(overrides.code?.slice(0, 3) ?? 200) || 200,
  code: null,
  notBefore: null,
  apiType: 'user-refresh',
  now,
  ...overrides,
})

const gist = (verdict: ReturnType<typeof judgeData>) =>
  'outcome' in verdict ? verdict.outcome : [verdict.failure, verdict.notBefore?.toISOString() ?? null]

test.each([
  ['00000', 200, 'data'],
  ['00001', 200, 'upToDate'],
  ['99999', 200, 'nothingHeld'],
  ['40403', 404, 'nothingHeld'],
  ...[
    '40001',
    '40002',
    '40003',
    '40004',
    '40102',
    '40103',
    '40301',
    '40303',
    '40304',
    '40401',
    '40402',
    '40501',
  ].map((code) => [code, Number(code.slice(0, 3)), ['RequestRejected', null]] as const),
  ['40101', 401, ['CredentialsRejected', null]],
  ['40104', 401, ['OutsideConsent', null]],
  ['40105', 401, ['AssetGone', null]],
  ['40106', 401, ['ConsentEnded', null]],
  ['40302', 403, ['RateLimited', '2026-11-22T01:01:00.000Z']],
  ['40305', 403, ['AssetGone', null]],
  ['40404', 404, ['AssetGone', null]],
  ['42901', 429, ['RateLimited', '2026-11-22T01:01:00.000Z']],
  ['42902', 429, ['RateLimited', '2026-11-22T01:01:00.000Z']],
  ...['50001', '50002', '50003', '50004', '50005', '50006', '50007'].map(
    (code) => [code, 500, ['InstitutionUnavailable', null]] as const,
  ),
  ['50008', 500, ['InstitutionInMaintenance', '2026-11-22T01:30:00.000Z']],
  ['50009', 500, ['InstitutionInMaintenance', '2026-11-22T01:30:00.000Z']],
  ['50010', 500, ['InstitutionInMaintenance', '2026-11-22T02:00:00.000Z']],
] as const)('judges %s', (code, status, expected) => {
  expect(gist(judgeData(makeSigns({ code, status })))).toEqual(expected)
})

test.each([
  [200, 'UnexpectedResponse'],
  [204, 'UnexpectedResponse'],
  [400, 'RequestRejected'],
  [401, 'CredentialsRejected'],
  [403, 'RateLimited'],
  [404, 'RequestRejected'],
  [405, 'RequestRejected'],
  [429, 'RateLimited'],
  [500, 'InstitutionUnavailable'],
  [502, 'InstitutionUnavailable'],
  [599, 'InstitutionUnavailable'],
])('judges an unknown code, none, and a false success by status %i', (status, failure) => {
  for (const code of ['77777', null, ...(status === 200 ? [] : ['00000', '00001']), 'constructor'])
    expect(gist(judgeData(makeSigns({ code, status })))).toContain(failure)
})

test('takes an error for an error whatever status it comes under', () => {
  expect(gist(judgeData(makeSigns({ code: '50001', status: 200 })))).toEqual(['InstitutionUnavailable', null])
  expect(gist(judgeData(makeSigns({ code: '40101', status: 200 })))).toEqual(['CredentialsRejected', null])
})

test('waits for the next week where the week’s quota is used up', () => {
  const used = makeSigns({ code: '42901', apiType: 'scheduled' })
  expect(gist(judgeData(used))).toEqual(['RateLimited', '2026-11-28T15:00:00.000Z'])
})

test('waits as long as it is told to, for every failure', () => {
  const notBefore = new Date('2026-11-22T03:00:00Z')
  const stated = (code: string, status: number) => gist(judgeData(makeSigns({ code, status, notBefore })))
  expect(stated('42901', 429)).toEqual(['RateLimited', notBefore.toISOString()])
  expect(stated('50008', 500)).toEqual(['InstitutionInMaintenance', notBefore.toISOString()])
  expect(stated('50001', 503)).toEqual(['InstitutionInMaintenance', notBefore.toISOString()])
  expect(stated('50001', 500)).toEqual(['InstitutionUnavailable', notBefore.toISOString()])
})

test.each([
  ['invalid_request', 400, 'RequestRejected'],
  ['invalid_client', 400, 'RequestRejected'],
  ['invalid_grant', 400, 'CredentialsRejected'],
  ['unauthorized_client', 400, 'RequestRejected'],
  ['unsupported_grant_type', 400, 'RequestRejected'],
  ['invalid_scope', 400, 'RequestRejected'],
  ['unauthorized_user', 400, 'CredentialsRejected'],
  ['access_denied', 400, 'CredentialsRejected'],
  ['method_not_allowed', 405, 'RequestRejected'],
  ['server_error', 500, 'InstitutionUnavailable'],
  ['temporarily_unavailable', 503, 'RateLimited'],
  ['something_new', 500, 'InstitutionUnavailable'],
  ['something_new', 400, 'RequestRejected'],
  ['something_new', 401, 'RequestRejected'],
  [null, 401, 'RequestRejected'],
  ['40101', 401, 'RequestRejected'],
  ['42901', 429, 'RateLimited'],
])('judges %s under %i of a token call', (code, status, failure) => {
  expect(gist(judgeToken(makeSigns({ code, status, apiType: null })))).toContain(failure)
})

test('takes a token, a revoke, and a revoke of nothing for successes', () => {
  expect(gist(judgeToken(makeSigns({ code: null })))).toBe('data')
  expect(gist(judgeToken(makeSigns({ code: '00000' })))).toBe('data')
  expect(gist(judgeToken(makeSigns({ code: '99999' })))).toBe('nothingHeld')
})
