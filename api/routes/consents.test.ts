import { describe, expect, test, vi } from 'vitest'

import type { ConsentCallbacks } from '../../db/consent-callbacks.ts'
import type { ChangedTerms, TermsAnswer } from '../../db/consent-terms.ts'
import { PERSON, startApi } from '../make-api.ts'
import { makeConsent, makeConsentList } from '../make-consents.ts'

const STARTED = { outcome: 'started', refreshNo: 12, eventId: 5 } as const
const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
const titleOf = async (answer: Response) => ((await answer.json()) as { title: string }).title

describe('a consent', () => {
  test('that waits for its person says why, and what mends it', async () => {
    const waiting = makeConsent({ state: 'needs_user', needsUserBecause: 'CredentialsRejected' })
    const { ask } = await startApi({ consentList: makeConsentList([waiting]) })
    const { consents } = (await (await ask('/v1/me/consents')).json()) as { consents: unknown[] }
    expect(consents).toMatchObject([
      {
        state: 'needs_user',
        isRenewable: true,
        needsUserBecause: { name: 'CredentialsRejected', acts: 'user', userMust: 'consent_again' },
      },
    ])
  })

  test('that ends soon says how soon, that it may be renewed, and what was told of it', async () => {
    const now = new Date('2027-11-20T00:31:01.902Z')
    const told = [{ days: 30, noticedAt: new Date('2027-10-23T00:31:02.000Z') }]
    const { ask } = await startApi({ consentList: makeConsentList([makeConsent({ now, notices: told })]) })
    expect(await (await ask('/v1/me/consents/SBXBANK001')).json()).toMatchObject({
      expiresInDays: 2,
      isRenewable: true,
      renewableFrom: '2027-10-23T00:31:01.902Z',
      notices: [{ days: 30, noticedAt: '2027-10-23T00:31:02.000Z' }],
    })
  })

  test('that never was is not there, to be read or changed', async () => {
    const { ask } = await startApi({ consentList: makeConsentList([]) })
    expect((await ask('/v1/me/consents/SBXBANK001')).status).toBe(404)
    const change = json('PATCH', { generation: 1, cycleDays: 7 })
    expect((await ask('/v1/me/consents/SBXBANK001', change)).status).toBe(404)
  })
})

describe('a change', () => {
  async function changing(answer: TermsAnswer) {
    const change = vi.fn<(userId: number, id: string, wish: ChangedTerms) => Promise<TermsAnswer>>(
      async () => answer,
    )
    const announce = vi.fn()
    const { ask } = await startApi({
      consentList: makeConsentList(),
      consentTerms: { change },
      announce,
    })
    return {
      change,
      announce,
      patch: (body: unknown) => ask('/v1/me/consents/SBXBANK001', json('PATCH', body)),
    }
  }

  test('is made in the words of its industry, and what is read anew is announced', async () => {
    const { patch, change, announce } = await changing({ outcome: 'changed', generation: 3, read: STARTED })
    const answer = await patch({ generation: 2, scope: 'bank.deposit bank.list', cycleDays: 7 })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ read: { outcome: 'started', refresh: { refreshNo: 12 } } })
    expect(change).toHaveBeenCalledExactlyOnceWith(PERSON, 'SBXBANK001', {
      generation: 2,
      scope: 'bank.list bank.deposit',
      cycleMs: 7 * 86_400_000,
    })
    expect(announce).toHaveBeenCalledExactlyOnceWith(PERSON, 'consent.narrowed', STARTED)
  })

  test('of the cycle alone reads nothing, and null gives it back', async () => {
    const { patch, change, announce } = await changing({ outcome: 'changed', generation: 2, read: null })
    expect(await (await patch({ generation: 2, cycleDays: null })).json()).toMatchObject({ read: null })
    expect(change.mock.calls[0]![2]).toEqual({ generation: 2, scope: undefined, cycleMs: null })
    expect(announce).not.toHaveBeenCalled()
  })

  test.each([
    ['moved', 'ConsentMoved', 409],
    ['ended', 'ConsentMoved', 409],
    ['wider', 'WiderScope', 422],
    ['none', 'NotFound', 404],
  ] as const)('that finds the consent %s is refused as %s', async (outcome, title, status) => {
    const { patch } = await changing({ outcome })
    const answer = await patch({ generation: 2, cycleDays: 7 })
    expect([answer.status, await titleOf(answer)]).toEqual([status, title])
  })

  test.each([
    ['nothing', { generation: 2 }],
    ['no generation', { cycleDays: 7 }],
    ['too short a cycle', { generation: 2, cycleDays: 6 }],
    ['too long a cycle', { generation: 2, cycleDays: 32 }],
    ['half a day', { generation: 2, cycleDays: 7.5 }],
    ['another industry’s word', { generation: 2, scope: 'bank.list card.list' }],
    ['a scope without the list', { generation: 2, scope: 'bank.deposit' }],
    ['a field that nobody named', { generation: 2, cycleDays: 7, purpose: 'view-on-request' }],
  ])('of %s is refused before anything is done', async (_, body) => {
    const { patch, change } = await changing({ outcome: 'none' })
    expect((await patch(body)).status).toBe(400)
    expect(change).not.toHaveBeenCalled()
  })
})

describe('a callback', () => {
  type Finish = ConsentCallbacks['finish']

  async function finishing(answer: Awaited<ReturnType<Finish>>) {
    const finish = vi.fn<Finish>(async () => answer)
    const announce = vi.fn()
    const { ask } = await startApi({ consentCallbacks: { finish }, announce })
    return { finish, announce, post: (body: unknown) => ask('/v1/me/consents/callback', json('POST', body)) }
  }

  test('is finished as the person of the token, and its reading announced', async () => {
    const granted = {
      outcome: 'granted' as const,
      requestId: 'f5a3c1d2-0b6e-4d1f-9a57-3c2b1a09e8d7',
      institutionIds: ['SBXBANK001'],
      refreshNo: 12,
    }
    const { post, finish, announce } = await finishing({ answer: granted, event: STARTED })
    const answer = await post({ state: 's'.repeat(40), code: 'c', iss: 'https://bank.example' })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ refresh: { url: '/v1/me/refreshes/12' } })
    expect(finish).toHaveBeenCalledExactlyOnceWith(PERSON, {
      state: 's'.repeat(40),
      answer: { code: 'c' },
      issuer: 'https://bank.example',
      session: null,
    })
    expect(announce).toHaveBeenCalledExactlyOnceWith(PERSON, 'consent.granted', STARTED)
  })

  test('that nobody waits for is answered the same, whyever it is', async () => {
    const { post, announce } = await finishing(null)
    const answer = await post({ state: 'x', code: 'c' })
    expect([answer.status, await titleOf(answer)]).toEqual([404, 'AuthorizationUnknown'])
    expect(announce).not.toHaveBeenCalled()
  })

  test.each([
    ['neither a code nor an error', { state: 'x' }],
    ['both', { state: 'x', code: 'c', error: 'access_denied' }],
    ['no state', { code: 'c' }],
    ['a code with a space', { state: 'x', code: 'c d' }],
    ['an error in words', { state: 'x', error: 'He said <b>no</b>' }],
    ['a code too long', { state: 'x', code: 'c'.repeat(1_001) }],
  ])('with %s is refused before anything is done', async (_, body) => {
    const { post, finish } = await finishing(null)
    expect((await post(body)).status).toBe(400)
    expect(finish).not.toHaveBeenCalled()
  })
})
