import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync, randomBytes } from 'node:crypto'

import type { Identity } from '../domain/reading.ts'
import type { UserId } from './database.ts'

/** What a sealed value belongs to. A value copied to another user, institution or column does not open. */
export type Belonging = { userId: UserId; institutionId: string; column: string }

const FORMAT = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Seals what must not be readable in the database (AES-256-GCM), and hashes what must only be comparable (HMAC-SHA256
 * under a key of its own). A sealed value begins with its format and the id of its key, so that keys can be changed.
 */
export function createSealer(key: { id: number; bytes: Buffer }) {
  if (key.bytes.length !== 32) throw new RangeError('a sealing key has 32 bytes')
  const sealingKey = derive(key.bytes, 'moa sealing')
  const identityKey = derive(key.bytes, 'moa identities')

  function seal(plain: string, belonging: Belonging): Buffer {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce)
    cipher.setAAD(additionalData(belonging))
    const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
    return Buffer.concat([Buffer.from([FORMAT, key.id]), nonce, cipher.getAuthTag(), sealed])
  }

  /** Throws if the value was sealed for another place, by another key, or was changed. */
  function open(sealed: Buffer, belonging: Belonging): string {
    if (sealed[0] !== FORMAT || sealed[1] !== key.id) throw new Error('sealed by a key that is not here')
    const nonce = sealed.subarray(2, 2 + NONCE_BYTES)
    const tag = sealed.subarray(2 + NONCE_BYTES, 2 + NONCE_BYTES + TAG_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', sealingKey, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(additionalData(belonging))
    decipher.setAuthTag(tag)
    const plain = decipher.update(sealed.subarray(2 + NONCE_BYTES + TAG_BYTES))
    return Buffer.concat([plain, decipher.final()]).toString('utf8')
  }

  /** The same identity of the same user and institution gives the same uuid; nobody without the key can guess one. */
  function naturalKey(identity: Identity, userId: UserId, institutionId: string): string {
    const digest = createHmac('sha256', identityKey)
      .update(`${userId}|${institutionId}|${identity}`)
      .digest('hex')
    return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-${digest.slice(12, 16)}-${digest.slice(16, 20)}-${digest.slice(20, 32)}`
  }

  /** Comparable across users, so that one token can never serve two. */
  const tokenHash = (token: string): Buffer =>
    createHmac('sha256', identityKey).update(`token|${token}`).digest()

  return { seal, open, naturalKey, tokenHash }
}

export type Sealer = ReturnType<typeof createSealer>

/** 64 bits of a row's content, for telling changed rows from kept ones (not a secret, not an identity). */
export function contentHash(content: unknown): bigint {
  return hash('sha256', JSON.stringify(content), 'buffer').readBigInt64BE(0)
}

const derive = (key: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), purpose, 32))

const additionalData = ({ userId, institutionId, column }: Belonging): Buffer =>
  Buffer.from(`${FORMAT}|${userId}|${institutionId}|${column}`)

/** Who holds an institution's slot: one reading of one user at a time, whichever worker and round. */
export const slotHolder = (
  sealer: Sealer,
  { userId, institutionId }: { userId: UserId; institutionId: string },
): string => sealer.naturalKey('slot', userId, institutionId)
