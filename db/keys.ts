import { randomBytes } from 'node:crypto'

import { sql } from 'drizzle-orm'

import { DomainFailure } from '../domain/failures.ts'
import type { Database, Tx, UserId } from './database.ts'
import type { KeyRing } from './key-ring.ts'
import { createSealer, type DataKey, type Sealer } from './sealing.ts'

// 5,000 users × about a kilobyte of derived keys: 5 MB.
const REMEMBERED = 5_000
// Long enough for a refresh and for a person's visit; so long after a user has left their key is still in a process's memory.
const REMEMBERED_MS = 5 * 60_000

/**
 * The users' keys: each user has one of their own, wrapped by the ring, made when it is needed first. Whoever destroys the
 * row makes everything unreadable that was sealed for its user, in backups, too.
 */
export function createKeys(database: Database, ring: KeyRing, clock: () => number = Date.now) {
  const remembered = new Map<UserId, { sealer: Sealer; until: number }>()
  const reading = new Map<UserId, Promise<Sealer>>()

  /**
   * What seals and opens for this user. Asked before a transaction, not inside one: the first time it needs a connection
   * of its own, since a key is used only once it is committed.
   */
  async function of(userId: UserId): Promise<Sealer> {
    const known = recall(userId)
    if (known) return known
    // Twenty institutions of a refresh begin at once; they need one reading of the key.
    const begun = reading.get(userId)
    if (begun) return begun
    const begins = database
      .asUser(userId, (tx) => readOrMake(tx, userId))
      .then((keys) => remember(userId, keys))
      .finally(() => reading.delete(userId))
    reading.set(userId, begins)
    return begins
  }

  /** The same inside a transaction of this user, on its own connection. Makes no key: what seals comes after `of`. */
  async function within(tx: Tx, userId: UserId): Promise<Sealer> {
    const known = recall(userId)
    if (known) return known
    const keys = await read(tx, userId)
    if (!isSome(keys)) throw left()
    return remember(userId, keys)
  }

  async function readOrMake(tx: Tx, userId: UserId): Promise<SomeKeys> {
    const keys = await read(tx, userId)
    if (isSome(keys)) return keys
    await tx.execute(sql`
      INSERT INTO data_keys (user_id, key_no, wrapping_key_id, wrapped)
      SELECT user_id, 1, ${ring.first}, ${ring.wrap(randomBytes(32), { userId, keyNo: 1 })}
      FROM users WHERE user_id = ${userId} AND state = 'active'
      ON CONFLICT DO NOTHING`)
    // Whoever came first made the one that counts, here or in another process.
    const made = await read(tx, userId)
    if (!isSome(made)) throw left()
    return made
  }

  async function read(tx: Tx, userId: UserId): Promise<DataKey[]> {
    const rows = await tx.execute<{ keyNo: number; wrappingKeyId: string; wrapped: Buffer }>(sql`
      SELECT key_no AS "keyNo", wrapping_key_id AS "wrappingKeyId", wrapped
      FROM data_keys WHERE user_id = ${userId}`)
    return rows.map(({ keyNo, wrappingKeyId, wrapped }) => ({
      keyNo,
      bytes: ring.unwrap(wrapped, wrappingKeyId, { userId, keyNo }),
    }))
  }

  function recall(userId: UserId): Sealer | undefined {
    const found = remembered.get(userId)
    if (!found || found.until > clock()) return found?.sealer
    remembered.delete(userId)
    return undefined
  }

  function remember(userId: UserId, keys: SomeKeys): Sealer {
    const sealer = createSealer(userId, keys)
    remembered.delete(userId)
    if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!)
    remembered.set(userId, { sealer, until: clock() + REMEMBERED_MS })
    return sealer
  }

  /** Forgets a user whose key was destroyed; other processes do so within minutes. */
  const forget = (userId: UserId): void => void remembered.delete(userId)

  return { of, within, forget }
}

export type Keys = ReturnType<typeof createKeys>

type SomeKeys = [DataKey, ...DataKey[]]
const isSome = (keys: DataKey[]): keys is SomeKeys => keys.length > 0

const left = (): DomainFailure => new DomainFailure('Superseded', 'the user has left')
