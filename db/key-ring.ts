import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

import { DomainFailure } from '../domain/failures.ts'
import type { UserId } from './database.ts'

/** Which data key. Its wrapping is bound to it, so that one user's key cannot be put into another's row. */
export type DataKeyRef = { userId: UserId; keyNo: number }

const ID = /^[a-z0-9][a-z0-9-]{0,31}$/
const KEY = /^[A-Za-z0-9+/]{43}=$/
// Two while one takes the place of the other; nobody has use for more than a few.
const MOST_KEYS = 16

const FORMAT = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES

/**
 * The keys that wrap the users' keys, by their ids: the first wraps, each opens what it has wrapped (AES-256-GCM). They never
 * touch a sealed value, so taking a new one costs a few bytes a user.
 */
export function createKeyRing(keys: ReadonlyMap<string, Buffer>) {
  const [first] = keys.keys()
  if (first === undefined) throw new RangeError('a ring of keys has at least one')

  function wrap(dataKey: Buffer, of: DataKeyRef): Buffer {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', keys.get(first!)!, nonce)
    cipher.setAAD(additionalData(of))
    const wrapped = Buffer.concat([cipher.update(dataKey), cipher.final()])
    return Buffer.concat([Buffer.from([FORMAT]), nonce, cipher.getAuthTag(), wrapped])
  }

  /** StorageUnavailable: what is stored cannot be opened until an operator gives the key; whoever waits may go on then. */
  function unwrap(wrapped: Buffer, wrappingKeyId: string, of: DataKeyRef): Buffer {
    const key = keys.get(wrappingKeyId)
    if (!key) {
      throw new DomainFailure(
        'StorageUnavailable',
        `the key ${wrappingKeyId}, by which data keys are wrapped, is not in SEALING_KEYS`,
      )
    }
    try {
      return decrypt(key, wrapped, of)
    } catch {
      throw new DomainFailure(
        'StorageUnavailable',
        `the key ${wrappingKeyId} of SEALING_KEYS is not the one by which data keys were wrapped`,
      )
    }
  }

  return { first, ids: [...keys.keys()], wrap, unwrap }
}

export type KeyRing = ReturnType<typeof createKeyRing>

/** `k2:<32 bytes as base64>,k1:…`, apart by commas or line ends. Throws a sentence that holds nothing of a key. */
export function parseKeyRing(text: string): KeyRing {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '')
  if (entries.length === 0 || entries.length > MOST_KEYS)
    throw new RangeError(`one to ${MOST_KEYS} keys were expected: ${AS}`)
  const keys = new Map<string, Buffer>()
  for (const [at, entry] of entries.entries()) {
    const [id = '', key, ...more] = entry.split(':')
    // Not repeated in words: where a colon is missing, it is the key that stands in its place.
    if (!ID.test(id) || key === undefined || more.length > 0)
      throw new RangeError(`key ${at + 1} has no id of small letters, digits and dashes: ${AS}`)
    if (!KEY.test(key)) throw new RangeError(`the key ${id} is not 32 bytes as base64: ${AS}`)
    if (keys.has(id)) throw new RangeError(`the key ${id} is there twice`)
    keys.set(id, Buffer.from(key, 'base64'))
  }
  if (new Set([...keys.values()].map((key) => key.toString('hex'))).size < keys.size)
    throw new RangeError('two ids have the same key: nothing would be gained by a rotation')
  return createKeyRing(keys)
}

const AS = 'k2:<openssl rand -base64 32>,k1:<the one before>'

function decrypt(key: Buffer, wrapped: Buffer, of: DataKeyRef): Buffer {
  if (wrapped[0] !== FORMAT) throw new Error('wrapped in another form')
  const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(1, 1 + NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(additionalData(of))
  decipher.setAuthTag(wrapped.subarray(1 + NONCE_BYTES, HEAD_BYTES))
  return Buffer.concat([decipher.update(wrapped.subarray(HEAD_BYTES)), decipher.final()])
}

const additionalData = ({ userId, keyNo }: DataKeyRef): Buffer =>
  Buffer.from(JSON.stringify(['moa data key', FORMAT, userId, keyNo]))
