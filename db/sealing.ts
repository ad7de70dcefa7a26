import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync, randomBytes } from 'node:crypto'

import type { Identity } from '../domain/reading.ts'
import type { UserId } from './database.ts'

/** A key of one user, as it is once unwrapped (db/keys.ts). */
export type DataKey = { keyNo: number; bytes: Buffer }

/**
 * What a sealed value belongs to. Copied to another user, institution, column, row or version it does not open. `row` names
 * one of several rows of an institution, `version` what moves when the value is replaced (a generation).
 */
export type Belonging = {
  userId: UserId
  institutionId: string
  column: string
  row?: string
  version?: number
}

/** The first byte of what is sealed; the second is the number of the user's key. */
const FORMAT = 2
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = 2 + NONCE_BYTES + TAG_BYTES

/**
 * Seals what of one user must not be readable in the database (AES-256-GCM), and hashes what must only be comparable
 * (HMAC-SHA256 under a key of its own). The newest of the user's keys seals, each of them opens; the first one names
 * rows for ever, or every row would become another.
 */
export function createSealer(owner: UserId, keys: readonly [DataKey, ...DataKey[]]) {
  const inOrder = keys.toSorted((a, b) => a.keyNo - b.keyNo)
  const sealingKeys = new Map(inOrder.map(({ keyNo, bytes }) => [keyNo, derive(bytes, 'moa sealing')]))
  const newest = inOrder.at(-1)!.keyNo
  const identityKey = derive(inOrder[0]!.bytes, 'moa identities')

  function seal(plain: string, belonging: Belonging): Buffer {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', sealingKeys.get(newest)!, nonce)
    cipher.setAAD(additionalData(newest, ownOf(belonging)))
    const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
    return Buffer.concat([Buffer.from([FORMAT, newest]), nonce, cipher.getAuthTag(), sealed])
  }

  /** Throws if the value was sealed for another place, by another key, or was changed. */
  function open(sealed: Buffer, belonging: Belonging): string {
    const [format, keyNo] = sealed
    const key = keyNo === undefined ? undefined : sealingKeys.get(keyNo)
    if (format !== FORMAT || key === undefined) throw new Error('sealed by a key that is not here')
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(2, 2 + NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(additionalData(keyNo!, ownOf(belonging)))
    decipher.setAuthTag(sealed.subarray(2 + NONCE_BYTES, HEAD_BYTES))
    const plain = decipher.update(sealed.subarray(HEAD_BYTES))
    return Buffer.concat([plain, decipher.final()]).toString('utf8')
  }

  /** The same identity of the same user and institution gives the same uuid; nobody without the key can guess one. */
  function naturalKey(identity: Identity, userId: UserId, institutionId: string): string {
    const digest = createHmac('sha256', identityKey)
      .update(`${ownOf({ userId }).userId}|${institutionId}|${identity}`)
      .digest('hex')
    return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-${digest.slice(12, 16)}-${digest.slice(16, 20)}-${digest.slice(20, 32)}`
  }

  /** A mistake of ours, caught before anything is sealed under the wrong user's key. */
  function ownOf<T extends { userId: UserId }>(belonging: T): T {
    if (belonging.userId !== owner) throw new RangeError('this sealer is another user’s')
    return belonging
  }

  return { seal, open, naturalKey }
}

export type Sealer = ReturnType<typeof createSealer>

/**
 * Comparable across users, so that one token can never serve two; hence under no user's key. Without any key at all, so that
 * no rotation touches it: a token is drawn by chance or signed, and nobody finds it by guessing.
 */
export const tokenHash = (token: string): Buffer => hash('sha256', `moa token|${token}`, 'buffer')

/** 64 bits of a row's content, for telling changed rows from kept ones (not a secret, not an identity). */
export function contentHash(content: unknown): bigint {
  return hash('sha256', JSON.stringify(content), 'buffer').readBigInt64BE(0)
}

const derive = (key: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), purpose, 32))

/** As JSON, so that no two places read alike whatever an institution calls itself. */
const additionalData = (keyNo: number, { userId, institutionId, column, row, version }: Belonging): Buffer =>
  Buffer.from(JSON.stringify([FORMAT, keyNo, userId, institutionId, column, row ?? null, version ?? null]))

/** Who holds an institution's slot: one reading of one user at a time, whichever worker and round. */
export const slotHolder = (
  sealer: Sealer,
  { userId, institutionId }: { userId: UserId; institutionId: string },
): string => sealer.naturalKey('slot', userId, institutionId)
