import { and, eq, sql } from 'drizzle-orm'

import type { PlanState, RefreshState } from '../domain/refresh.ts'
import type { Database, Tx, UserId } from './database.ts'
import { toInstantOrNull } from './instants.ts'
import { plans, refreshes, snapshots } from './schema/index.ts'

/** A refresh as its owner may see it. */
export function createRefreshProgress(database: Database) {
  /** State, and how each institution stands. Null: this user has no such refresh. */
  const progress = (userId: UserId, refreshNo: number) =>
    database.asUser(userId, async (tx) => {
      const [row] = await tx
        .select()
        .from(refreshes)
        .where(and(eq(refreshes.userId, userId), eq(refreshes.refreshNo, refreshNo)))
      if (!row) return null
      const readings = await readReadings(tx, userId, refreshNo)
      const [snapshotRow] = await tx
        .select({ snapshotNo: snapshots.snapshotNo, status: snapshots.status })
        .from(snapshots)
        .where(
          and(
            eq(snapshots.userId, userId),
            eq(snapshots.refreshNo, refreshNo),
            sql`${snapshots.status} IN ('complete', 'partial')`,
          ),
        )
        .orderBy(sql`${snapshots.snapshotNo} DESC`)
        .limit(1)
      const snapshot = (snapshotRow as PublishedSnapshot | undefined) ?? null
      return { ...row, state: row.state as RefreshState, readings, snapshot }
    })

  return { of: progress }
}

type PublishedSnapshot = { snapshotNo: number; status: 'complete' | 'partial' }

export type RefreshProgress = ReturnType<typeof createRefreshProgress>

async function readReadings(tx: Tx, userId: UserId, refreshNo: number) {
  const rows = await tx.execute<{
    institutionId: string
    name: string
    state: PlanState
    failure: string | null
    nextTryAt: string | null
    outcome: 'changed' | 'unchanged' | null
    startedAt: string | null
    endedAt: string | null
    attempts: number
    rows: number | null
  }>(sql`
    SELECT p.institution_id AS "institutionId", i.name, p.state, p.failure, p.next_try_at AS "nextTryAt", c.outcome,
      a.started_at AS "startedAt", a.ended_at AS "endedAt", coalesce(a.attempt, 0) AS attempts, a.rows
    FROM ${plans} p
    JOIN institutions i USING (institution_id)
    LEFT JOIN collections c ON c.user_id = p.user_id AND c.institution_id = p.institution_id AND c.seq = p.seq
    LEFT JOIN LATERAL (SELECT started_at, ended_at, attempt, rows FROM attempts a
      WHERE a.user_id = p.user_id AND a.refresh_no = p.refresh_no AND a.institution_id = p.institution_id
      ORDER BY round DESC, attempt DESC LIMIT 1) a ON true
    WHERE p.user_id = ${userId} AND p.refresh_no = ${refreshNo} ORDER BY p.institution_id`)
  return rows.map((row) => ({
    ...row,
    nextTryAt: toInstantOrNull(row.nextTryAt),
    startedAt: toInstantOrNull(row.startedAt),
    endedAt: toInstantOrNull(row.endedAt),
  }))
}
