import { expect, test, vi } from 'vitest'

import type { Grant } from '../db/consents.ts'
import type { EventAnswer } from '../db/events.ts'
import { enrol, parseEnrolment } from './enrol.ts'

const consent = {
  institutionId: 'BANK000001',
  scope: 'bank.list',
  purpose: 'asset management',
  endsAt: '2027-11-22T00:00:00+09:00',
  accessToken: 'secret 4242',
  accessExpiresAt: '2027-02-22T00:00:00Z',
  refreshToken: null,
  refreshExpiresAt: null,
}
const given = { issuer: 'https://issuer.example', subject: 'person-1', consents: [consent] }

const makeInstitution = (institutionId: string) => ({
  institutionId,
  industry: 'bank',
  name: 'A bank',
  baseUrl: 'https://bank.example',
  connector: null,
  windows: [],
  concurrency: 100,
  pausedUntil: null,
  callMs: null,
  attemptMs: null,
  state: 'active',
  updatedAt: new Date(),
})

const makeDeps = (institutionIds = ['BANK000001', 'BANK000002']) => {
  const grant = vi.fn<(userId: number, given: Grant) => Promise<EventAnswer>>(async () => ({
    outcome: 'joined',
    refreshNo: 3,
    eventId: 1,
  }))
  const users = { enrol: vi.fn(async () => ({ userId: 7, userKey: 'user-key' })) }
  const institutions = { list: async () => institutionIds.map(makeInstitution) }
  return { users, institutions, consents: { grant } }
}

test('makes the user, grants each consent and says nothing but how many', async () => {
  const deps = makeDeps()
  const two = { ...given, consents: [consent, { ...consent, institutionId: 'BANK000002' }] }
  expect(await enrol(deps, parseEnrolment(JSON.stringify(two)))).toEqual({
    userKey: 'user-key',
    granted: 2,
    refreshNo: 3,
  })
  expect(
    deps.consents.grant.mock.calls.map(([userId, { institutionId }]) => [userId, institutionId]),
  ).toEqual([
    [7, 'BANK000001'],
    [7, 'BANK000002'],
  ])
  expect(deps.consents.grant.mock.calls[0]![1].endsAt).toEqual(new Date('2027-11-21T15:00:00Z'))
})

test('enrols nobody for an institution that is not known', async () => {
  const deps = makeDeps(['BANK000009'])
  await expect(enrol(deps, parseEnrolment(JSON.stringify(given)))).rejects.toThrow('consents.0.institutionId')
  expect(deps.users.enrol).not.toHaveBeenCalled()
})

test.each<[string, unknown, string]>([
  ['no subject', { ...given, subject: undefined }, 'subject'],
  ['a subject that no token can name', { ...given, subject: 'secret 4242\n' }, 'subject'],
  ['more than was asked for', { ...given, role: 'secret 4242' }, 'role'],
  [
    'a consent without an end',
    { ...given, consents: [{ ...consent, endsAt: undefined }] },
    'consents.0.endsAt',
  ],
  [
    'an end without a zone',
    { ...given, consents: [{ ...consent, endsAt: '2027-11-22T00:00:00' }] },
    'endsAt',
  ],
  ['a token that is a number', { ...given, consents: [{ ...consent, accessToken: 4242 }] }, 'accessToken'],
  [
    'an endless token',
    { ...given, consents: [{ ...consent, accessToken: '4242'.repeat(500) }] },
    'accessToken',
  ],
  ['101 consents', { ...given, consents: Array.from({ length: 101 }, () => consent) }, 'consents'],
  ['what is no JSON', '{"accessToken":"secret 4242', '(input)'],
])('refuses %s, naming the place and quoting nothing', (_, input, place) => {
  const text = typeof input === 'string' ? input : JSON.stringify(input)
  expect(() => parseEnrolment(text)).toThrow(place)
  expect(() => parseEnrolment(text)).not.toThrow(/4242/)
})
