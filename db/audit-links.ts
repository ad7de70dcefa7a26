import { createHash } from 'node:crypto'

import { sql } from 'drizzle-orm'

import type { Tx } from './database.ts'

/** A place in the chain, and what everything up to it hashes to. Kept elsewhere it shows later that nothing was changed. */
export type Anchor = { position: number; hash: string }

export const BEGINNING: Anchor = { position: 0, hash: '00'.repeat(32) }

type Text = string | null

/** What an entry says, each field as the database writes it. */
export type Fields = {
  auditNo: Text
  at: Text
  actor: Text
  dbRole: Text
  place: Text
  action: Text
  userKey: Text
  institutionId: Text
  reason: Text
  details: Text
}

/** A link of the chain with the entry it binds, if that is still there. */
export type Link = Fields & Anchor & { previousHash: string; isThere: boolean }

/** The next links after a position, in order. */
export const readLinks = (tx: Tx, after: number, upTo: number, atMost: number): Promise<Link[]> =>
  tx.execute<Link>(sql`
    SELECT c.position::float8 AS position, encode(c.previous_hash, 'hex') AS "previousHash",
      encode(c.hash, 'hex') AS hash, a.audit_no IS NOT NULL AS "isThere", c.audit_no::text AS "auditNo",
      to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS at, a.actor, a.db_role AS "dbRole", a.place,
      a.action, a.user_key AS "userKey", a.institution_id AS "institutionId", a.reason, a.details::text AS details
    FROM audit_chain c LEFT JOIN audit a USING (audit_no)
    WHERE c.position > ${after} AND c.position <= ${upTo} ORDER BY c.position LIMIT ${atMost}`)

/** What is wrong with the link that should follow; null: nothing. */
export function complaint(link: Link, before: Anchor): string | null {
  if (link.position !== before.position + 1) return 'was taken out of the chain'
  if (!link.isThere) return 'was removed'
  if (link.previousHash !== before.hash) return 'does not follow the one before it: their order was changed'
  if (hashOf(link, before) !== link.hash)
    return 'was changed, or is another than the one that was written there'
  return null
}

/** The same as audit_hash() in the database, computed apart from it: each field with its length, so that none reads alike. */
export function hashOf(entry: Fields, before: Anchor): string {
  const fields = [
    entry.auditNo,
    entry.at,
    entry.actor,
    entry.dbRole,
    entry.place,
    entry.action,
    entry.userKey,
    entry.institutionId,
    entry.reason,
    entry.details,
  ]
  const text = ['moa audit 1', String(before.position + 1), before.hash, ...fields.map(measured)].join(',')
  return createHash('sha256').update(text).digest('hex')
}

const measured = (text: Text): string => (text === null ? '-' : `${Buffer.byteLength(text)}:${text}`)
