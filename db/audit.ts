import { sql } from 'drizzle-orm'

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
  // Named one by one, since number, time and role are the database's to give. An order by signal may be told twice.
  const columns = sql`actor, action, user_key, institution_id, reason, details`
  const values = sql`${entry.actor}, ${entry.action}, ${userKey}, ${entry.institutionId ?? null}, ${entry.reason},
    ${JSON.stringify(entry.details)}::text::jsonb`
  await (entry.place == null
    ? tx.execute(sql`INSERT INTO audit (${columns}) VALUES (${values}) ON CONFLICT DO NOTHING`)
    : tx.execute(
        sql`INSERT INTO audit (${columns}, place) VALUES (${values}, ${entry.place}) ON CONFLICT DO NOTHING`,
      ))
}

async function keyOf(tx: Tx, userId: UserId): Promise<string | null> {
  const [user] = await tx.execute<{ userKey: string }>(
    sql`SELECT user_key AS "userKey" FROM users WHERE user_id = ${userId}`,
  )
  return user?.userKey ?? null
}
