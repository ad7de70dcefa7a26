import { hash } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { Callback } from '../../db/consent-callbacks.ts'
import type { AskedConsents } from '../../db/consent-requests.ts'
import type { UserId } from '../../db/database.ts'
import { openCredential } from '../../db/sealed-credentials.ts'
import { createTestMoa, INTEGRATED_URL, makeAsked, makeGrant, REDIRECT_URI, type TestMoa } from './moa.ts'
import { createSteps, type Steps } from './support/person.ts'
import { brokenPromises } from './support/promises.ts'

const CODE = 'code-canary-19ff'

let moa: TestMoa
let steps: Steps

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})

afterAll(async () => {
  await moa.close()
})

async function open(userId: UserId, ids: readonly string[], given: Partial<AskedConsents> = {}) {
  const opened = await moa.api.consentRequests.open(userId, makeAsked(ids, given))
  if (opened === 'too_many') throw new Error('too many requests are open')
  return opened
}

const finish = (userId: UserId, state: string, given: Partial<Callback> = {}) =>
  moa.api.consentCallbacks.finish(userId, {
    state,
    answer: { code: CODE },
    issuer: null,
    session: null,
    ...given,
  })

const person = async (ids = ['A', 'B', 'C']) => (await steps.enrol(ids)).userId

const statesOf = async (userId: UserId) =>
  (await moa.api.consentList.list(userId)).map(({ institutionId, state, generation }) => [
    institutionId,
    state,
    generation,
  ])

describe('a callback with a code', () => {
  test('grants every institution that was asked for, with the code sealed and its reading planned', async () => {
    const userId = await person()
    const { state, codeChallenge, requestId } = await open(userId, ['C', 'A'], { cycleMs: 14 * 86_400_000 })
    const finished = await finish(userId, state)
    expect(finished?.answer).toEqual({
      outcome: 'granted',
      requestId,
      institutionIds: ['C', 'A'],
      refreshNo: 1,
    })
    expect(await statesOf(userId)).toEqual([
      ['A', 'active', 1],
      ['C', 'active', 1],
    ])
    const rows = await moa.test.owner<{ id: string; state: string; apiType: string; months: number }[]>`
      SELECT institution_id AS id, state, api_type AS "apiType", span_months AS months
      FROM plans WHERE user_id = ${userId} ORDER BY id`
    expect([...rows]).toEqual(
      ['A', 'C'].map((id) => ({ id, state: 'pending', apiType: 'user-consent', months: 12 })),
    )
    const sealer = await moa.keys.of(userId)
    for (const held of await credentialsOf(userId)) {
      expect(held).toMatchObject({
        redirectUri: REDIRECT_URI,
        accessTokenSealed: null,
        generation: 1,
        version: 1,
      })
      expect(openCredential(sealer, held, 'code', held.codeSealed!)).toBe(CODE)
      const verifier = openCredential(sealer, held, 'code_verifier', held.codeVerifierSealed!)
      expect(hash('sha256', verifier, 'base64url')).toBe(codeChallenge)
    }
    expect((await moa.api.consentList.one(userId, 'A'))!.cycleMs).toBe(14 * 86_400_000)
    expect(await brokenPromises(moa.test.owner, userId)).toEqual([])
  })

  test('renews what there was: the generation moves, and tokens give way to the code', async () => {
    const userId = await person()
    await moa.api.consents.grant(userId, makeGrant('A', { scope: 'bank.list' }))
    await finish(userId, (await open(userId, ['A'])).state)
    expect(await statesOf(userId)).toEqual([['A', 'active', 2]])
    expect(await credentialsOf(userId)).toMatchObject([
      { accessTokenSealed: null, accessTokenHash: null, generation: 2, version: 1 },
    ])
    expect(await moa.api.consentList.history(userId, 'A')).toMatchObject([
      { generation: 2, endedBecause: null },
      { generation: 1, endedBecause: 'renewed' },
    ])
  })

  test('again is answered the same and changes nothing, ten of them at once as well', async () => {
    const userId = await person()
    const { state } = await open(userId, ['A', 'B'])
    const answers = await Promise.all(Array.from({ length: 10 }, () => finish(userId, state)))
    for (const finished of answers) expect(finished?.answer).toEqual(answers[0]?.answer)
    expect(answers.filter((finished) => finished?.event)).toHaveLength(1)
    expect(await statesOf(userId)).toEqual([
      ['A', 'active', 1],
      ['B', 'active', 1],
    ])
    const events = await moa.test.owner`SELECT FROM events WHERE user_id = ${userId}`
    expect(events).toHaveLength(2)
  })

  test('comes to nothing as a whole, if one institution cannot be granted', async () => {
    const userId = await person()
    const { state } = await open(userId, ['A', 'B'])
    await moa.test.owner`
      UPDATE consent_requests SET asked = asked || '[{"institutionId": "NOBODY", "scope": "bank.list"}]'
      WHERE user_id = ${userId}`
    await expect(finish(userId, state)).rejects.toThrow('23503')
    expect(await statesOf(userId)).toEqual([])
  })
})

describe('a callback that nobody waits for', () => {
  const cases: [string, (userId: UserId, state: string) => Promise<unknown>][] = [
    ['of an unknown state', (userId) => finish(userId, 'nobody-made-this-state')],
    ['of another user', async (_, state) => finish(await person(), state)],
    ['of another session', (userId, state) => finish(userId, state, { session: 'another' })],
    ['without the session', (userId, state) => finish(userId, state, { session: null })],
    [
      'after ten minutes',
      async (userId, state) => {
        await moa.test.owner`UPDATE consent_requests SET expires_at = now() WHERE user_id = ${userId}`
        return finish(userId, state, { session: 'mine' })
      },
    ],
    [
      'with another code than it was used with',
      async (userId, state) => {
        await finish(userId, state, { session: 'mine' })
        return finish(userId, state, { session: 'mine', answer: { code: 'another' } })
      },
    ],
    [
      'with a refusal after the code',
      async (userId, state) => {
        await finish(userId, state, { session: 'mine' })
        return finish(userId, state, { session: 'mine', answer: { error: 'access_denied' } })
      },
    ],
    [
      'from another institution than the person was sent to',
      (userId, state) => finish(userId, state, { session: 'mine', issuer: 'https://b.example' }),
    ],
  ]

  test.each(cases)('%s finds nothing, like every other', async (_, act) => {
    const userId = await person()
    const { state } = await open(userId, ['A'], { session: 'mine' })
    expect(await act(userId, state)).toBeNull()
  })

  test('and is refused for its issuer, its session or its user uses nothing up', async () => {
    const userId = await person()
    const { state } = await open(userId, ['A'], { session: 'mine' })
    await finish(userId, state, { session: 'another' })
    await finish(userId, state, { session: 'mine', issuer: 'https://b.example' })
    await finish(await person(), state, { session: 'mine' })
    const finished = await finish(userId, state, { session: 'mine', issuer: 'https://a.example/' })
    expect(finished?.answer.outcome).toBe('granted')
  })

  test('from the one door of many institutions is believed for many, and for no single one', async () => {
    const userId = await person()
    const issuer = INTEGRATED_URL.replace('/oauth/2.0/authorize', '')
    expect(await finish(userId, (await open(userId, ['A'])).state, { issuer })).toBeNull()
    const many = await finish(userId, (await open(userId, ['A', 'B'])).state, { issuer })
    expect(many?.answer.outcome).toBe('granted')
  })
})

describe('a callback without a code', () => {
  test.each([
    ['access_denied', 'denied'],
    ['server_error', 'failed'],
  ])('%s uses the request up, grants nothing, and says so again', async (error, outcome) => {
    const userId = await person()
    const { state, requestId } = await open(userId, ['A'])
    for (let times = 0; times < 2; times += 1) {
      const finished = await finish(userId, state, { answer: { error } })
      expect(finished?.answer).toEqual({ outcome, requestId, institutionIds: ['A'], error })
    }
    expect(await finish(userId, state)).toBeNull()
    expect(await statesOf(userId)).toEqual([])
  })
})

describe('requests', () => {
  test('of one person are twenty at a time, and what was answered makes room', async () => {
    const userId = await person()
    const opened = await Promise.all(Array.from({ length: 20 }, () => open(userId, ['A'])))
    expect(await moa.api.consentRequests.open(userId, makeAsked(['A']))).toBe('too_many')
    await finish(userId, opened[0]!.state)
    await open(userId, ['A'])
    expect(await moa.api.consentRequests.open(await person(), makeAsked(['A']))).not.toBe('too_many')
  })

  test('of one person are sixty an hour, whatever became of them', async () => {
    const userId = await person()
    for (let hours = 0; hours < 60; hours += 1) {
      const { state } = await open(userId, ['A'])
      await finish(userId, state, { answer: { error: 'access_denied' } })
    }
    expect(await moa.api.consentRequests.open(userId, makeAsked(['A']))).toBe('too_many')
    await moa.test.owner`
      UPDATE consent_requests SET created_at = created_at - interval '1 hour' WHERE user_id = ${userId}`
    await open(userId, ['A'])
  })

  test('keep state, session, verifier and code to themselves', async () => {
    const userId = await person()
    const { state } = await open(userId, ['A'], { session: 'session-canary' })
    await finish(userId, state, { session: 'session-canary' })
    const dump = await moa.test.owner<{ row: string }[]>`
      SELECT to_jsonb(r)::text AS row FROM consent_requests r WHERE user_id = ${userId}
      UNION ALL SELECT to_jsonb(c)::text FROM credentials c WHERE user_id = ${userId}
      UNION ALL SELECT to_jsonb(a)::text FROM audit a`
    const text = dump.map(({ row }) => row).join()
    const hex = (secret: string) => Buffer.from(secret).toString('hex')
    for (const secret of [state, 'session-canary', CODE]) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(hex(secret))
    }
    expect(state).toMatch(/^[\w-]{40}$/)
  })

  test('that nobody can finish are forgotten when their user’s turn to be purged comes', async () => {
    const userId = await person()
    await open(userId, ['A'])
    await open(userId, ['B'])
    await moa.test.owner`
      UPDATE consent_requests SET expires_at = now() - interval '25 hours'
      WHERE user_id = ${userId} AND asked @> '[{"institutionId": "A"}]'`
    await moa.purging.step(userId)
    const left = await moa.test.owner<{ asked: { institutionId: string }[] }[]>`
      SELECT asked FROM consent_requests WHERE user_id = ${userId}`
    expect(left.map(({ asked }) => asked[0]!.institutionId)).toEqual(['B'])
  })

  test('leave a line in the audit for every act, without what was said there', async () => {
    const userId = await person()
    const { state, requestId } = await open(userId, ['A', 'B'])
    await finish(userId, state)
    const acts = await moa.test.owner<{ action: string; details: unknown }[]>`
      SELECT action, details FROM audit JOIN users USING (user_key)
      WHERE user_id = ${userId} ORDER BY audit_no`
    expect([...acts]).toEqual(
      ['consent.requested', 'consent.granted'].map((action) => ({
        action,
        details: { requestId, institutions: ['A', 'B'] },
      })),
    )
  })
})

/** As they lie in the database. */
const credentialsOf = (userId: UserId) => moa.test.owner<Held[]>`
  SELECT user_id::float8 AS "userId", institution_id AS "institutionId", generation, version,
    code_sealed AS "codeSealed", code_verifier_sealed AS "codeVerifierSealed", redirect_uri AS "redirectUri",
    access_token_sealed AS "accessTokenSealed", access_token_hash AS "accessTokenHash"
  FROM credentials WHERE user_id = ${userId} ORDER BY institution_id`

type Held = {
  userId: number
  institutionId: string
  generation: number
  version: number
  codeSealed: Buffer | null
  codeVerifierSealed: Buffer | null
  redirectUri: string | null
  accessTokenSealed: Buffer | null
  accessTokenHash: Buffer | null
}
