import { and, eq, gt, sql } from 'drizzle-orm'

import type { RefreshState } from '../domain/refresh.ts'
import type { Database, Tx, UserId } from './database.ts'
import { isHidden } from './hidden.ts'
import { toInstant, toInstantOrNull } from './instants.ts'
import { publishedSnapshots, refreshes, snapshots } from './schema/index.ts'

export type PublishedHead = {
  snapshotNo: number
  status: 'complete' | 'partial'
  publishedAt: Date
  refreshNo: number
  /** How many institutions stand how in it. */
  fresh: number
  carriedOver: number
  absent: number
}

export type RefreshHead = {
  refreshNo: number
  state: RefreshState
  openedAt: Date
  closedAt: Date | null
  closedBecause: string | null
  institutions: { total: number; unsettled: number; collected: number; failed: number }
}

/** What someone who follows all that is theirs needs to know: heads, and nothing of what they hold. */
export function createStreamHeads(database: Database) {
  /**
   * What was published after a snapshot, newest first, as many as asked for and no more; how the newest refresh stands;
   * and where the views point.
   */
  const since = (userId: UserId, snapshotNo: number, most: number) =>
    database.asUser(userId, async (tx) => {
      const [published, refresh, pointers] = await Promise.all([
        readPublished(tx, userId, snapshotNo, most),
        readNewestRefresh(tx, userId),
        readPointers(tx, userId),
      ])
      return { published, refresh, views: pointers }
    })

  return { since }
}

export type StreamHeads = ReturnType<typeof createStreamHeads>
export type Heads = Awaited<ReturnType<StreamHeads['since']>>

/** Numbers rise with publication: a newer cut discards one that is still being made. */
async function readPublished(
  tx: Tx,
  userId: UserId,
  snapshotNo: number,
  most: number,
): Promise<PublishedHead[]> {
  const newest = tx
    .select({ snapshotNo: snapshots.snapshotNo })
    .from(snapshots)
    .where(
      and(
        eq(snapshots.userId, userId),
        gt(snapshots.snapshotNo, snapshotNo),
        sql`${snapshots.status} IN ('complete', 'partial')`,
      ),
    )
    .orderBy(sql`${snapshots.snapshotNo} DESC`)
    .limit(most)
  const rows = await tx.execute<Omit<PublishedHead, 'publishedAt'> & { publishedAt: string }>(sql`
    SELECT s.snapshot_no AS "snapshotNo", s.status, s.published_at AS "publishedAt", s.refresh_no AS "refreshNo",
      count(*) FILTER (WHERE si.state = 'fresh' AND NOT ${isHidden})::int AS fresh,
      count(*) FILTER (WHERE si.state = 'carried_over' AND NOT ${isHidden})::int AS "carriedOver",
      count(*) FILTER (WHERE si.state = 'absent' OR ${isHidden})::int AS absent
    FROM snapshots s LEFT JOIN snapshot_institutions si USING (user_id, snapshot_no)
    LEFT JOIN user_institutions ui USING (user_id, institution_id)
    WHERE s.user_id = ${userId} AND s.snapshot_no IN (${newest})
    GROUP BY s.user_id, s.snapshot_no ORDER BY s.snapshot_no DESC`)
  return rows.map((row) => ({ ...row, publishedAt: toInstant(row.publishedAt) }))
}

async function readNewestRefresh(tx: Tx, userId: UserId): Promise<RefreshHead | null> {
  type Row = Omit<RefreshHead, 'openedAt' | 'closedAt' | 'institutions'> & RefreshHead['institutions']
  const [row] = await tx.execute<Row & { openedAt: string; closedAt: string | null }>(sql`
    SELECT r.refresh_no AS "refreshNo", r.state, r.opened_at AS "openedAt", r.closed_at AS "closedAt",
      r.closed_because AS "closedBecause", count(p.institution_id)::int AS total,
      count(*) FILTER (WHERE p.state IN ('pending', 'collecting'))::int AS unsettled,
      count(*) FILTER (WHERE p.state = 'collected')::int AS collected,
      count(*) FILTER (WHERE p.state = 'failed')::int AS failed
    FROM (SELECT * FROM ${refreshes} WHERE user_id = ${userId} ORDER BY refresh_no DESC LIMIT 1) r
    LEFT JOIN plans p USING (user_id, refresh_no)
    GROUP BY r.refresh_no, r.state, r.opened_at, r.closed_at, r.closed_because`)
  if (!row) return null
  const { total, unsettled, collected, failed, openedAt, closedAt, ...head } = row
  return {
    ...head,
    openedAt: toInstant(openedAt),
    closedAt: toInstantOrNull(closedAt),
    institutions: { total, unsettled, collected, failed },
  }
}

async function readPointers(
  tx: Tx,
  userId: UserId,
): Promise<{ latest: number | null; complete: number | null }> {
  const rows = await tx
    .select({ view: publishedSnapshots.view, snapshotNo: publishedSnapshots.snapshotNo })
    .from(publishedSnapshots)
    .where(eq(publishedSnapshots.userId, userId))
  const of = (view: string) => rows.find((row) => row.view === view)?.snapshotNo ?? null
  return { latest: of('latest'), complete: of('complete') }
}
