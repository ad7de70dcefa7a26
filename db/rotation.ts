import { sql } from 'drizzle-orm'

import { writeAudit } from './audit.ts'
import type { Database, Tx } from './database.ts'
import type { DataKeyRef, KeyRing } from './key-ring.ts'

// A page takes some ten milliseconds of cryptography and one statement; 500 hex texts of 122 characters are 60 KB.
const PAGE = 500
// A pass finds what was made behind the one before. Whoever still makes keys after ten has not heard of the new ring.
const MOST_PASSES = 10
// Enough to know where to look; the rest is counted.
const MOST_NAMED = 10

export type WrappingCount = { id: string; keys: number }
export type Rotated = { rewrapped: number; unopened: { count: number; userIds: number[] } }
type Wrapped = DataKeyRef & { wrappingKeyId: string; wrapped: Buffer }

/**
 * Wraps every user's key anew by the first key of the ring, while everything goes on: the key within stays the same, so
 * whoever has it in memory, and everything sealed by it, knows nothing of it. Done twice, or after a kill, it finds what is
 * left. Works across users, as the role that can do nothing else.
 */
export function createRotation(database: Database, ring: KeyRing) {
  /** How many keys each id wraps, those of the ring with none included. */
  async function count(): Promise<WrappingCount[]> {
    const rows = await database.asNobody((tx) =>
      tx.execute<WrappingCount>(sql`
        SELECT wrapping_key_id AS id, count(*)::float8 AS keys FROM data_keys GROUP BY 1 ORDER BY 1`),
    )
    const idle = ring.ids.filter((id) => rows.every((row) => row.id !== id))
    return [...rows, ...idle.map((id) => ({ id, keys: 0 }))]
  }

  /** `onPage` hears after each page how many are done so far. */
  async function rotate(
    by: { actor: string; reason: string | null },
    onPage: (rewrapped: number) => Promise<void>,
  ): Promise<Rotated> {
    await audited(by, 'keys.rotation_began', { to: ring.first, found: await count() })
    let done: Rotated = { rewrapped: 0, unopened: NONE }
    for (let pass = 1; pass <= MOST_PASSES; pass += 1) {
      const before = done.rewrapped
      done = await passThrough(before, onPage)
      if (done.rewrapped === before) {
        await audited(by, 'keys.rotated', {
          to: ring.first,
          rewrapped: done.rewrapped,
          unopened: done.unopened.count,
        })
        return done
      }
    }
    throw new Error(
      `some process still wraps by another key than ${ring.first}: give all of them this ring, then run this again`,
    )
  }

  async function passThrough(before: number, onPage: (rewrapped: number) => Promise<void>): Promise<Rotated> {
    let rewrapped = before
    const unopened: DataKeyRef[] = []
    let after: DataKeyRef = { userId: 0, keyNo: 0 }
    for (;;) {
      const page = await database.asNobody((tx) => rewrapPage(tx, after))
      if (page.last === null) break
      after = page.last
      rewrapped += page.rewrapped
      unopened.push(...page.unopened)
      await onPage(rewrapped)
    }
    const userIds = unopened.slice(0, MOST_NAMED).map(({ userId }) => userId)
    return { rewrapped, unopened: { count: unopened.length, userIds } }
  }

  async function rewrapPage(tx: Tx, after: DataKeyRef) {
    const rows = await tx.execute<Wrapped>(sql`
      SELECT user_id::float8 AS "userId", key_no AS "keyNo", wrapping_key_id AS "wrappingKeyId", wrapped
      FROM data_keys WHERE (user_id, key_no) > (${after.userId}, ${after.keyNo}) AND wrapping_key_id <> ${ring.first}
      ORDER BY user_id, key_no LIMIT ${PAGE}`)
    const opened = rows.map((row) => ({ ...row, anew: rewrap(row) }))
    const anew = opened.flatMap((row) => (row.anew ? [{ ...row, anew: row.anew }] : []))
    // Not where somebody has just done the same, under this id or another: theirs stands.
    const written = await tx.execute(sql`
      UPDATE data_keys d SET wrapping_key_id = ${ring.first}, wrapped = decode(n.wrapped, 'hex')
      FROM unnest(${sql.param(anew.map(({ userId }) => String(userId)))}::text[]::int8[],
        ${sql.param(anew.map(({ keyNo }) => String(keyNo)))}::text[]::int4[],
        ${sql.param(anew.map(({ wrappingKeyId }) => wrappingKeyId))}::text[],
        ${sql.param(anew.map(({ anew: bytes }) => bytes.toString('hex')))}::text[]) AS n (user_id, key_no, was, wrapped)
      WHERE d.user_id = n.user_id AND d.key_no = n.key_no AND d.wrapping_key_id = n.was
      RETURNING 1`)
    return {
      last: rows.at(-1) ?? null,
      rewrapped: written.length,
      unopened: opened.filter((row) => row.anew === null),
    }
  }

  /** Null where it does not open: it stays as it is, and is told of; all others need not wait for it. */
  function rewrap({ userId, keyNo, wrappingKeyId, wrapped }: Wrapped): Buffer | null {
    try {
      return ring.wrap(ring.unwrap(wrapped, wrappingKeyId, { userId, keyNo }), { userId, keyNo })
    } catch {
      return null
    }
  }

  const audited = (
    by: { actor: string; reason: string | null },
    action: string,
    details: Record<string, unknown>,
  ): Promise<void> => database.asNobody((tx) => writeAudit(tx, null, { ...by, action, details }))

  return { count, rotate }
}

export type Rotation = ReturnType<typeof createRotation>

const NONE = { count: 0, userIds: [] }
