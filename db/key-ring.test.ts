import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { createKeyRing, parseKeyRing } from './key-ring.ts'
import { readKeyRing } from './read-key-ring.ts'

const base64 = (fill: number): string => Buffer.alloc(32, fill).toString('base64')
const K1 = `k1:${base64(1)}`
const K2 = `k2:${base64(2)}`
const DATA_KEY = Buffer.alloc(32, 9)
const MINE = { userId: 7, keyNo: 1 }

test('the first key wraps, and every key of the ring opens what it has wrapped', () => {
  const before = parseKeyRing(K1)
  const both = parseKeyRing(`${K2},${K1}`)
  expect(both.first).toBe('k2')
  expect(both.ids).toEqual(['k2', 'k1'])
  expect(both.unwrap(before.wrap(DATA_KEY, MINE), 'k1', MINE)).toEqual(DATA_KEY)
  expect(both.unwrap(both.wrap(DATA_KEY, MINE), 'k2', MINE)).toEqual(DATA_KEY)
})

test('a wrapped key does not open for another user or number, by another key, or with a bit changed', () => {
  const ring = parseKeyRing(K1)
  const wrapped = ring.wrap(DATA_KEY, MINE)
  expect(() => ring.unwrap(wrapped, 'k1', { ...MINE, userId: 8 })).toThrow('is not the one')
  expect(() => ring.unwrap(wrapped, 'k1', { ...MINE, keyNo: 2 })).toThrow('is not the one')
  expect(() => parseKeyRing(`k1:${base64(2)}`).unwrap(wrapped, 'k1', MINE)).toThrow('is not the one')
  for (let at = 0; at < wrapped.length; at += 1) {
    const changed = Buffer.from(wrapped)
    changed[at]! ^= 1
    expect(() => ring.unwrap(changed, 'k1', MINE)).toThrow('is not the one')
  }
  expect(() => ring.unwrap(Buffer.alloc(0), 'k1', MINE)).toThrow('is not the one')
})

test('a key that is not in the ring is named, and is a matter of waiting for an operator', () => {
  const wrapped = parseKeyRing(K1).wrap(DATA_KEY, MINE)
  expect(() => parseKeyRing(K2).unwrap(wrapped, 'k1', MINE)).toThrow(
    expect.objectContaining({
      type: 'StorageUnavailable',
      message: 'the key k1, by which data keys are wrapped, is not in SEALING_KEYS',
    }),
  )
})

test('keys stand apart by commas or lines', () => {
  expect(parseKeyRing(`\n${K2}\n${K1}\n`).ids).toEqual(['k2', 'k1'])
  expect(parseKeyRing(` ${K2} , ${K1}`).ids).toEqual(['k2', 'k1'])
})

test.each([
  ['nothing', '', /one to 16 keys/],
  ['only a comma', ',', /one to 16 keys/],
  [
    'more than anyone has use for',
    Array.from({ length: 17 }, (_, at) => `k${at}:${base64(at)}`).join(),
    /one to 16/,
  ],
  ['a key without an id', `${K1},${base64(2)}`, /^key 2 has no id/],
  ['an id of other letters', `K1:${base64(1)}`, /^key 1 has no id/],
  ['an empty id', `:${base64(1)}`, /^key 1 has no id/],
  ['two colons', `k1:k2:${base64(1)}`, /^key 1 has no id/],
  ['a key of 31 bytes', `k1:${Buffer.alloc(31, 1).toString('base64')}`, /^the key k1 is not 32 bytes/],
  ['a key of 33 bytes', `k1:${Buffer.alloc(33, 1).toString('base64')}`, /^the key k1 is not 32 bytes/],
  ['a key that is no base64', `k1:${'-'.repeat(43)}=`, /^the key k1 is not 32 bytes/],
  ['an id twice', `${K1},k1:${base64(2)}`, /^the key k1 is there twice/],
  ['a key under two ids', `${K1},k2:${base64(1)}`, /^two ids have the same key/],
])('%s is refused in words that hold nothing of a key', (_, text, words) => {
  expect(() => parseKeyRing(text)).toThrow(words)
  expect(() => parseKeyRing(text)).toThrow(
    expect.objectContaining({ message: expect.not.stringMatching(/[A-Za-z0-9+/]{30}/) }),
  )
})

test('a ring without keys is none', () => {
  expect(() => createKeyRing(new Map())).toThrow(RangeError)
})

async function fileWith(text: string, mode: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'moa-keys-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'keys')
  await writeFile(file, text)
  await chmod(file, mode)
  return file
}

const read = (SEALING_KEYS: string | null, SEALING_KEYS_FILE: string | null) =>
  readKeyRing({ SEALING_KEYS, SEALING_KEYS_FILE })

test('the ring stands in the setting or in a file for its owner alone', async () => {
  expect((await read(K1, null)).ids).toEqual(['k1'])
  expect((await read(null, await fileWith(`${K2}\n${K1}\n`, 0o600))).ids).toEqual(['k2', 'k1'])
})

test.each([0o644, 0o604, 0o620, 0o602, 0o666])('a file of mode %o is refused', async (mode) => {
  await expect(read(null, await fileWith(K1, mode))).rejects.toThrow('others may read or write it')
})

test('what cannot be a ring is refused by the name of its setting', async () => {
  const file = await fileWith(K1, 0o600)
  await expect(read(null, null)).rejects.toThrow('SEALING_KEYS is missing')
  await expect(read(K1, file)).rejects.toThrow('are both given')
  await expect(read('k1:x', null)).rejects.toThrow('SEALING_KEYS: the key k1 is not 32 bytes')
  await expect(read(null, `${file}-gone`)).rejects.toThrow('SEALING_KEYS_FILE: there is no such file')
  await expect(read(null, join(file, '..'))).rejects.toThrow('SEALING_KEYS_FILE: there is no such file')
  await expect(read(null, await fileWith('x', 0o600))).rejects.toThrow('SEALING_KEYS_FILE: key 1 has no id')
  const large = await fileWith(' '.repeat(16_385), 0o600)
  await expect(read(null, large)).rejects.toThrow('SEALING_KEYS_FILE: more than 16384 bytes')
})
