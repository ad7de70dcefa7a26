import { expect, test } from 'vitest'

import { contentHash, createSealer } from './sealing.ts'

const makeSealer = (fill = 1, id = 1) => createSealer({ id, bytes: Buffer.alloc(32, fill) })
const PLACE = { userId: 7, institutionId: 'BANK00001', column: 'access_token' }

test('what is sealed opens in its own place', () => {
  const sealer = makeSealer()
  for (const plain of ['', 'a token', '한글 토큰', 'x'.repeat(10_000)]) {
    expect(sealer.open(sealer.seal(plain, PLACE), PLACE)).toBe(plain)
  }
})

test.each([
  ['another user', { ...PLACE, userId: 8 }],
  ['another institution', { ...PLACE, institutionId: 'BANK00002' }],
  ['another column', { ...PLACE, column: 'refresh_token' }],
])('it does not open for %s', (_, place) => {
  const sealer = makeSealer()
  expect(() => sealer.open(sealer.seal('a token', PLACE), place)).toThrow()
})

test('it does not open by another key, nor when a single bit of it was changed', () => {
  const sealed = makeSealer().seal('a token', PLACE)
  expect(() => makeSealer(2).open(sealed, PLACE)).toThrow()
  expect(() => makeSealer(1, 2).open(sealed, PLACE)).toThrow('sealed by a key that is not here')
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed)
    changed[at]! ^= 1
    expect(() => makeSealer().open(changed, PLACE)).toThrow()
  }
  expect(() => makeSealer().open(sealed.subarray(0, 20), PLACE)).toThrow()
})

test('the same text sealed twice looks different, and never shows itself', () => {
  const sealer = makeSealer()
  const one = sealer.seal('a token', PLACE)
  expect(one.equals(sealer.seal('a token', PLACE))).toBe(false)
  expect(one.toString('latin1')).not.toContain('token')
})

test('an identity has one key per user and institution, and another under another sealing key', () => {
  const sealer = makeSealer()
  const key = sealer.naturalKey('110-1', 7, 'A')
  expect(key).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  expect(sealer.naturalKey('110-1', 7, 'A')).toBe(key)
  const others = [
    sealer.naturalKey('110-2', 7, 'A'),
    sealer.naturalKey('110-1', 8, 'A'),
    sealer.naturalKey('110-1', 7, 'B'),
    makeSealer(2).naturalKey('110-1', 7, 'A'),
  ]
  expect(new Set([key, ...others]).size).toBe(5)
})

test('a token has one hash, whoever holds it', () => {
  expect(makeSealer().tokenHash('t').equals(makeSealer().tokenHash('t'))).toBe(true)
  expect(makeSealer().tokenHash('t').equals(makeSealer().tokenHash('u'))).toBe(false)
  expect(makeSealer().tokenHash('t').equals(makeSealer(2).tokenHash('t'))).toBe(false)
})

test('a key has 32 bytes', () => {
  expect(() => createSealer({ id: 1, bytes: Buffer.alloc(16) })).toThrow(RangeError)
})

test('the hash of a content changes with any of it, and fits into eight bytes with a sign', () => {
  const row = { amount: '1', name: 'a' }
  expect(contentHash(row)).toBe(contentHash({ ...row }))
  expect(contentHash(row)).not.toBe(contentHash({ ...row, amount: '2' }))
  expect(contentHash(row)).not.toBe(contentHash({ ...row, name: null }))
  for (let at = 0; at < 100; at += 1) expect(BigInt.asIntN(64, contentHash(at))).toBe(contentHash(at))
})
