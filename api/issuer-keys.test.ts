import { jwtVerify } from 'jose'
import { describe, expect, test, vi } from 'vitest'

import { createIssuerKeys, publicKeys } from './issuer-keys.ts'
import { makeIssuer } from './make-tokens.ts'

const [first, second] = await Promise.all([makeIssuer('EdDSA', 'first'), makeIssuer('EdDSA', 'second')])
const both = [first.publicJwk, second.publicJwk]
const PACE = { renewMs: 300_000, oldestMs: 600_000, cooldownMs: 10_000, awayMs: 3_600_000 }
const [firstToken, secondToken] = await Promise.all([first.token(), second.token()])

/** An issuer whose keys and whose clock a test moves; null: it cannot be asked. */
function makeKeys(...served: object[]) {
  const state = { served: served as object[] | null, nowMs: 0, held: Promise.resolve() }
  const fetchKeys = vi.fn(async () => {
    await state.held
    if (state.served === null) throw new Error('the issuer is away')
    return { keys: state.served }
  })
  const keys = createIssuerKeys(fetchKeys, { ...PACE, now: () => state.nowMs })
  const accepts = (token: string): Promise<string> =>
    jwtVerify(token, keys).then(
      () => 'accepted',
      (error: { type?: string; code?: string }) => error.type ?? error.code!,
    )
  const pass = (ms: number): void => void (state.nowMs += ms)
  return { state, fetchKeys, accepts, pass }
}

const UNKNOWN = 'ERR_JWKS_NO_MATCHING_KEY'

describe('the keys of an issuer', () => {
  test('are fetched once, however many tokens come at once', async () => {
    const { accepts, fetchKeys } = makeKeys(first.publicJwk)
    expect(await Promise.all(Array.from({ length: 50 }, () => accepts(firstToken)))).toEqual(
      Array(50).fill('accepted'),
    )
    expect(fetchKeys).toHaveBeenCalledOnce()
  })

  test('that are new are fetched when the first token names them', async () => {
    const { accepts, state, pass } = makeKeys(first.publicJwk)
    await accepts(firstToken)
    pass(PACE.cooldownMs)
    state.served = both
    expect([await accepts(secondToken), await accepts(firstToken)]).toEqual(['accepted', 'accepted'])
  })

  test('are asked for no more often than the cool-down allows, whatever ids are made up', async () => {
    const { accepts, fetchKeys, pass } = makeKeys(first.publicJwk)
    for (let passed = 0; passed < 60; passed += 1) {
      expect(await accepts(secondToken)).toBe(UNKNOWN)
      pass(1_000)
    }
    expect(fetchKeys.mock.calls.length).toBeLessThanOrEqual(6)
  })

  test('that were taken away open nothing after the cache time: a token replayed after a rotation is refused', async () => {
    const { accepts, state, pass } = makeKeys(...both)
    await accepts(firstToken)
    state.served = [second.publicJwk]
    pass(PACE.oldestMs)
    expect([await accepts(firstToken), await accepts(secondToken)]).toEqual([UNKNOWN, 'accepted'])
  })

  test('that were taken away are mostly forgotten earlier: they are renewed while they still serve', async () => {
    const { accepts, state, pass, fetchKeys } = makeKeys(...both)
    await accepts(firstToken)
    state.served = [second.publicJwk]
    let release = (): void => {}
    state.held = new Promise((resolve) => (release = resolve))
    pass(PACE.renewMs)
    expect(await accepts(firstToken)).toBe('accepted')
    expect(fetchKeys).toHaveBeenCalledTimes(2)
    release()
    await vi.waitFor(async () => expect(await accepts(firstToken)).toBe(UNKNOWN), 10_000)
  })

  test('go on while the issuer is away, as far as they are known', async () => {
    const { accepts, state, pass } = makeKeys(first.publicJwk)
    await accepts(firstToken)
    state.served = null
    for (const ms of [PACE.renewMs, PACE.oldestMs, PACE.oldestMs]) {
      pass(ms)
      expect(await accepts(firstToken)).toBe('accepted')
      expect(await accepts(secondToken)).toBe('IssuerUnavailable')
    }
    pass(PACE.awayMs)
    expect(await accepts(firstToken)).toBe('IssuerUnavailable')
    state.served = both
    pass(PACE.cooldownMs)
    expect([await accepts(firstToken), await accepts(secondToken)]).toEqual(['accepted', 'accepted'])
  })

  test('that were never had say nothing against a token', async () => {
    const { accepts, state, fetchKeys, pass } = makeKeys()
    state.served = null
    expect(await accepts(firstToken)).toBe('IssuerUnavailable')
    expect(await accepts(firstToken)).toBe('IssuerUnavailable')
    expect(fetchKeys).toHaveBeenCalledOnce()
    pass(PACE.cooldownMs)
    state.served = both
    expect(await accepts(firstToken)).toBe('accepted')
  })

  test('are not replaced by an answer that holds none', async () => {
    const { accepts, state, pass } = makeKeys(first.publicJwk)
    await accepts(firstToken)
    state.served = []
    pass(PACE.oldestMs)
    expect(await accepts(firstToken)).toBe('accepted')
  })
})

test.each([
  ['nothing', undefined],
  ['no list', { keys: {} }],
  ['an empty list', { keys: [] }],
  ['a shared secret', { keys: [first.publicJwk, { kty: 'oct', k: 'c2VjcmV0' }] }],
  ['a private key', { keys: [{ ...first.publicJwk, d: 'c2VjcmV0' }] }],
  ['a private RSA key without its exponent', { keys: [{ kty: 'RSA', n: 'x', e: 'AQAB', dp: 'c2VjcmV0' }] }],
  ['101 keys', { keys: Array.from({ length: 101 }, () => first.publicJwk) }],
])('%s is no set of public keys', (_, given) => {
  expect(publicKeys(given)).toBeNull()
})

test('keys of a kind that nobody here can use are left out', () => {
  expect(publicKeys({ keys: [{ kty: 'AKP', alg: 'ML-DSA-44' }, first.publicJwk] })).toEqual({
    keys: [first.publicJwk],
  })
})
