import { sql } from 'drizzle-orm'

import { DomainFailure } from '../domain/failures.ts'
import type { Tx, UserId } from './database.ts'

/**
 * Who did what, where, to whose refresh, and why. `details` hold ids, states and counts, never data. Without a place (an
 * address, say) it is the process that is connected.
 */
export type AuditEntry = {
  actor: string
  action: string
  institutionId?: string | null
  reason: string | null
  details: Record<string, unknown>
  place?: string | null
}

/**
 * Written in the transaction of the act itself: neither is there without the other. Its place in the chain it gets at the
 * very end of that transaction, where all who add an entry wait for each other's commit.
 */
export async function writeAudit(tx: Tx, userId: UserId | null, entry: AuditEntry): Promise<void> {
  const userKey = userId === null ? null : await keyOf(tx, userId)
  // An order by signal is a step of a run, and may be told twice.
  await tx.execute(sql`${addition(userKey, entry)} ON CONFLICT DO NOTHING`)
}

/** The same, answered with its number, for what refers to it. */
export async function numberedAudit(
  tx: Tx,
  userId: UserId,
  entry: AuditEntry,
): Promise<{ auditNo: number; userKey: string }> {
  const userKey = await keyOf(tx, userId)
  if (userKey === null) throw new DomainFailure('Superseded', 'the user has left')
  const [row] = await tx.execute<{ auditNo: number }>(
    sql`${addition(userKey, entry)} RETURNING audit_no::float8 AS "auditNo"`,
  )
  return { auditNo: row!.auditNo, userKey }
}

/** Columns one by one: number, time and role are the database's to give, and so is a place that nobody names. */
function addition(
  userKey: string | null,
  { actor, action, institutionId, reason, details, place }: AuditEntry,
) {
  const named = place === null || place === undefined ? [sql``, sql``] : [sql`, place`, sql`, ${place}`]
  return sql`
    INSERT INTO audit (actor, action, user_key, institution_id, reason, details${named[0]})
    VALUES (${actor}, ${action}, ${userKey}, ${institutionId ?? null}, ${reason},
      ${JSON.stringify(details)}::text::jsonb${named[1]})`
}

async function keyOf(tx: Tx, userId: UserId): Promise<string | null> {
  const [user] = await tx.execute<{ userKey: string }>(
    sql`SELECT user_key AS "userKey" FROM users WHERE user_id = ${userId}`,
  )
  return user?.userKey ?? null
}
