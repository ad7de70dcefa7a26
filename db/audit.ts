import { sql } from 'drizzle-orm'

import { DomainFailure } from '../domain/failures.ts'
import type { Tx, UserId } from './database.ts'
import { audit } from './schema/index.ts'

/** Who did what, to whose refresh, and why. `details` hold ids, states and counts, never data. */
export type AuditEntry = {
  actor: string
  action: string
  institutionId?: string | null
  reason: string | null
  details: Record<string, unknown>
}

/** Written in the transaction of the act itself: neither is there without the other. */
export async function writeAudit(tx: Tx, userId: UserId | null, entry: AuditEntry): Promise<void> {
  const userKey = userId === null ? null : await keyOf(tx, userId)
  await tx
    .insert(audit)
    .values({ ...entry, userKey })
    .onConflictDoNothing()
}

/** The same, answered with its number, for what refers to it. */
export async function numberedAudit(
  tx: Tx,
  userId: UserId,
  entry: AuditEntry,
): Promise<{ auditNo: number; userKey: string }> {
  const userKey = await keyOf(tx, userId)
  if (userKey === null) throw new DomainFailure('Superseded', 'the user has left')
  const [row] = await tx
    .insert(audit)
    .values({ ...entry, userKey })
    .returning({ auditNo: audit.auditNo })
  return { auditNo: row!.auditNo, userKey }
}

async function keyOf(tx: Tx, userId: UserId): Promise<string | null> {
  const [user] = await tx.execute<{ userKey: string }>(
    sql`SELECT user_key AS "userKey" FROM users WHERE user_id = ${userId}`,
  )
  return user?.userKey ?? null
}
