import { sql } from 'drizzle-orm'

import type { Database, Tx, UserId } from './database.ts'
import { lockHeadsIfFree, lockSnapshotsIfFree, lockUserIfFree } from './locks.ts'
import {
  type Budget,
  deleteClassifications,
  deleteCollections,
  deleteOrphans,
  deleteVersions,
  gapsOf,
} from './unreachable.ts'

export type Retention = {
  /** How long what is no longer shown can still be read. */
  retentionMs: number
  /** How much longer it stays for whoever began to read it just before. */
  graceMs: number
}

/** A user whose turn it is; the due instant as the database writes it, to page on by. */
export type Due = { userId: UserId; dueAt: string }

export type Purged = { snapshots: number; versions: number; classifications: number; collections: number }
/** `done`: until tomorrow. `more`: a budget was used up. `passed`: busy, or somebody else was faster. */
export type PurgeStep = { state: 'done' | 'more' | 'passed'; purged: Purged }

// A snapshot has some 10 parts and 5 documents. With 2,000 rows of the rest a step takes some 50 ms, for which an event
// of the same user waits.
const SNAPSHOTS_AT_ONCE = 50
const ROWS_AT_ONCE = 2_000
// A user is looked at once a day, give or take a tenth, so that a million of them are twelve a second.
const NEXT_LOOK = sql`now() + interval '1 day' * (0.9 + 0.2 * random())`

/**
 * Takes away what no snapshot that can still be read, no open refresh and no next reading needs. Steps are small,
 * wait for nobody, and find what an earlier one left; a step done twice finds nothing.
 */
export function createPurging(database: Database, retention: Retention) {
  /** Users whose turn it is, page by page, the longest due first. */
  const due = async (after: Due | null, most: number): Promise<Due[]> => {
    const from = after ?? { dueAt: '-infinity', userId: 0 }
    return database.asNobody((tx) =>
      tx.execute<Due>(sql`
        SELECT user_id::float8 AS "userId", due_at::text AS "dueAt"
        FROM users_due_for_purge(${from.dueAt}::text::timestamptz, ${from.userId}, ${most})`),
    )
  }

  /** One small transaction for one user. */
  const step = (userId: UserId): Promise<PurgeStep> =>
    database.asUser(userId, async (tx) => {
      const isMine = (await lockUserIfFree(tx, userId)) && (await isDue(tx, userId))
      if (!isMine) return { state: 'passed', purged: NOTHING }
      const institutionIds = await lockHeadsIfFree(tx, userId)
      const snapshots = await purgeSnapshots(tx, userId, retention)
      const rows = await purgeRows(tx, userId, institutionIds)
      const isDone = snapshots < SNAPSHOTS_AT_ONCE && rows.budget.left > 0
      if (isDone)
        await tx.execute(sql`UPDATE users SET next_purge_at = ${NEXT_LOOK} WHERE user_id = ${userId}`)
      return { state: isDone ? 'done' : 'more', purged: { snapshots, ...rows.purged } }
    })

  return { due, step }
}

export type Purging = ReturnType<typeof createPurging>

const NOTHING: Purged = { snapshots: 0, versions: 0, classifications: 0, collections: 0 }

async function isDue(tx: Tx, userId: UserId): Promise<boolean> {
  const rows = await tx.execute(sql`SELECT FROM users WHERE user_id = ${userId} AND next_purge_at <= now()`)
  return rows.length > 0
}

/** The content of snapshots that are due; their rows stay and say so. Answers how many. */
async function purgeSnapshots(tx: Tx, userId: UserId, retention: Retention): Promise<number> {
  const wanted = await dueSnapshots(tx, userId, retention)
  const snapshotNos = wanted.length > 0 ? await lockSnapshotsIfFree(tx, userId, wanted) : []
  if (snapshotNos.length === 0) return 0
  const these = sql`user_id = ${userId} AND snapshot_no = ANY (${sql.param(snapshotNos.map(String))}::text[]::int[])`
  await tx.execute(sql`DELETE FROM analyses WHERE ${these}`)
  await tx.execute(sql`DELETE FROM snapshot_institutions WHERE ${these}`)
  await tx.execute(sql`
    UPDATE snapshots SET purged_at = now(), status = CASE status WHEN 'building' THEN 'discarded' ELSE status END
    WHERE ${these}`)
  return snapshotNos.length
}

/**
 * A published snapshot is due when it has not been the newest of its view for the retention and the grace, whenever it
 * was published: until then it is what `as_of` an instant within the retention has to answer. A cut that was never
 * shown is due after the grace. None is while a pointer names it or its refresh is open.
 */
async function dueSnapshots(tx: Tx, userId: UserId, { retentionMs, graceMs }: Retention): Promise<number[]> {
  const rows = await tx.execute<{ snapshotNo: number }>(sql`
    SELECT s.snapshot_no AS "snapshotNo" FROM snapshots s
    JOIN refreshes r USING (user_id, refresh_no)
    WHERE s.user_id = ${userId} AND s.purged_at IS NULL AND r.closed_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM published_snapshots p
        WHERE p.user_id = s.user_id AND p.snapshot_no = s.snapshot_no)
      AND CASE WHEN s.published_at IS NULL THEN s.cut_at ELSE (
        SELECT next.published_at FROM snapshots next
        WHERE next.user_id = s.user_id AND next.snapshot_no > s.snapshot_no AND next.published_at IS NOT NULL
          AND (s.status <> 'complete' OR next.status = 'complete')
        ORDER BY next.snapshot_no LIMIT 1) END
        < now() - CASE WHEN s.published_at IS NULL THEN ${ms(graceMs)} ELSE ${ms(retentionMs + graceMs)} END
    ORDER BY s.snapshot_no LIMIT ${SNAPSHOTS_AT_ONCE}`)
  return rows.map(({ snapshotNo }) => snapshotNo)
}

async function purgeRows(
  tx: Tx,
  userId: UserId,
  institutionIds: readonly string[],
): Promise<{ purged: Omit<Purged, 'snapshots'>; budget: Budget }> {
  const budget = { left: ROWS_AT_ONCE }
  const gaps = await gapsOf(tx, userId, institutionIds)
  const { versions, classifications } =
    gaps.length > 0 ? await deleteVersions(tx, userId, gaps, budget) : { versions: 0, classifications: 0 }
  const superseded = await deleteClassifications(tx, userId, budget)
  const orphans = await deleteOrphans(tx, userId, budget)
  // Last: as long as one lies in a gap, that gap is looked at again.
  const collections = gaps.length > 0 ? await deleteCollections(tx, userId, gaps, budget) : 0
  return {
    purged: { versions, classifications: classifications + superseded + orphans, collections },
    budget,
  }
}

const ms = (milliseconds: number) => sql`make_interval(secs => ${milliseconds / 1000})`
