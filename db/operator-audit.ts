import { type SQL, sql } from 'drizzle-orm'

import type { Database } from './database.ts'
import { toInstant } from './instants.ts'

/** Who did what, to whose refresh, and why; what the act found, and what it left. */
export type AuditEntry = {
  auditNo: number
  at: Date
  actor: string
  action: string
  userKey: string | null
  institutionId: string | null
  reason: string | null
  details: Record<string, unknown>
}

export type AuditFilter = {
  userKey: string | null
  actor: string | null
  action: string | null
  institutionId: string | null
}

/** What operators did, newest first. Rows are only ever added, so a number is a place that stays. */
export function createOperatorAudit(database: Database) {
  const list = (filter: AuditFilter, limit: number, before: number | null): Promise<AuditEntry[]> =>
    database.asNobody(async (tx) => {
      const rows = await tx.execute<Omit<AuditEntry, 'at'> & { at: string }>(sql`
        SELECT audit_no::float8 AS "auditNo", at, actor, action, user_key AS "userKey",
          institution_id AS "institutionId", reason, details
        FROM audit WHERE ${conditions(filter, before)} ORDER BY audit_no DESC LIMIT ${limit}`)
      return rows.map((row) => ({ ...row, at: toInstant(row.at) }))
    })

  return { list }
}

export type OperatorAudit = ReturnType<typeof createOperatorAudit>

function conditions(filter: AuditFilter, before: number | null): SQL {
  const all: SQL[] = [sql`true`]
  if (filter.userKey !== null) all.push(sql`user_key = ${filter.userKey}`)
  if (filter.actor !== null) all.push(sql`actor = ${filter.actor}`)
  if (filter.action !== null) all.push(sql`action = ${filter.action}`)
  if (filter.institutionId !== null) all.push(sql`institution_id = ${filter.institutionId}`)
  if (before !== null) all.push(sql`audit_no < ${before}`)
  return sql.join(all, sql` AND `)
}
