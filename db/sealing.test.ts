import { expect, test } from 'vitest'

import { contentHash, createSealer, tokenHash } from './sealing.ts'

const makeKey = (fill: number, keyNo = 1) => ({ keyNo, bytes: Buffer.alloc(32, fill) })
const makeSealer = (userId = 7, fill = 1) => createSealer(userId, [makeKey(fill)])
const PLACE = { userId: 7, institutionId: 'BANK00001', column: 'access_token', row: 'a', version: 3 }

test('what is sealed opens in its own place', () => {
  const sealer = makeSealer()
  for (const plain of ['', 'a token', '한글 토큰', 'x'.repeat(10_000)]) {
    expect(sealer.open(sealer.seal(plain, PLACE), PLACE)).toBe(plain)
  }
})

test.each([
  ['another institution', { ...PLACE, institutionId: 'BANK00002' }],
  ['another column', { ...PLACE, column: 'refresh_token' }],
  ['another row', { ...PLACE, row: 'b' }],
  ['no row', { userId: 7, institutionId: 'BANK00001', column: 'access_token', version: 3 }],
  ['another version', { ...PLACE, version: 4 }],
  ['no version', { userId: 7, institutionId: 'BANK00001', column: 'access_token', row: 'a' }],
  ['names that read alike side by side', { ...PLACE, institutionId: 'BANK00001","access', column: 'token' }],
])('it does not open for %s', (_, place) => {
  const sealer = makeSealer()
  expect(() => sealer.open(sealer.seal('a token', PLACE), place)).toThrow()
})

test('it does not open for another user, even where both should have one key', () => {
  const theirs = { ...PLACE, userId: 8 }
  expect(() => makeSealer(8).open(makeSealer(7).seal('a token', PLACE), theirs)).toThrow('authenticate')
  expect(() => makeSealer(8, 2).open(makeSealer(7).seal('a token', PLACE), theirs)).toThrow('authenticate')
})

test('a sealer serves its own user and nobody else', () => {
  const sealer = makeSealer(7)
  const theirs = { ...PLACE, userId: 8 }
  expect(() => sealer.seal('a token', theirs)).toThrow('another user’s')
  expect(() => sealer.open(sealer.seal('a token', PLACE), theirs)).toThrow('another user’s')
  expect(() => sealer.naturalKey('110-1', 8, 'A')).toThrow('another user’s')
})

test('it does not open by another key, nor when a single bit of it was changed', () => {
  const sealed = makeSealer().seal('a token', PLACE)
  expect(() => makeSealer(7, 2).open(sealed, PLACE)).toThrow('authenticate')
  expect(() => createSealer(7, [makeKey(1, 2)]).open(sealed, PLACE)).toThrow('a key that is not here')
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed)
    changed[at]! ^= 1
    expect(() => makeSealer().open(changed, PLACE)).toThrow()
  }
  expect(() => makeSealer().open(sealed.subarray(0, 20), PLACE)).toThrow()
  expect(() => makeSealer().open(Buffer.alloc(0), PLACE)).toThrow('a key that is not here')
})

test('the newest key seals, every key opens what it sealed, and the first one names rows', () => {
  const before = makeSealer()
  const both = createSealer(7, [makeKey(2, 2), makeKey(1, 1)])
  expect(both.open(before.seal('a token', PLACE), PLACE)).toBe('a token')
  expect(() => before.open(both.seal('a token', PLACE), PLACE)).toThrow('a key that is not here')
  expect(both.naturalKey('110-1', 7, 'A')).toBe(before.naturalKey('110-1', 7, 'A'))
})

test('the same text sealed twice looks different, and never shows itself', () => {
  const sealer = makeSealer()
  const one = sealer.seal('a token', PLACE)
  expect(one.equals(sealer.seal('a token', PLACE))).toBe(false)
  expect(one.toString('latin1')).not.toContain('token')
})

test('an identity has one key per user and institution, and another under another data key', () => {
  const sealer = makeSealer()
  const key = sealer.naturalKey('110-1', 7, 'A')
  expect(key).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  expect(sealer.naturalKey('110-1', 7, 'A')).toBe(key)
  const others = [
    sealer.naturalKey('110-2', 7, 'A'),
    makeSealer(8).naturalKey('110-1', 8, 'A'),
    sealer.naturalKey('110-1', 7, 'B'),
    makeSealer(7, 2).naturalKey('110-1', 7, 'A'),
  ]
  expect(new Set([key, ...others]).size).toBe(5)
})

test('a token has one hash, whoever holds it', () => {
  expect(tokenHash('t').equals(tokenHash('t'))).toBe(true)
  expect(tokenHash('t').equals(tokenHash('u'))).toBe(false)
  expect(tokenHash('t')).toHaveLength(32)
})

test('the hash of a content changes with any of it, and fits into eight bytes with a sign', () => {
  const row = { amount: '1', name: 'a' }
  expect(contentHash(row)).toBe(contentHash({ ...row }))
  expect(contentHash(row)).not.toBe(contentHash({ ...row, amount: '2' }))
  expect(contentHash(row)).not.toBe(contentHash({ ...row, name: null }))
  for (let at = 0; at < 100; at += 1) expect(BigInt.asIntN(64, contentHash(at))).toBe(contentHash(at))
})
