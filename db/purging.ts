import { sql } from 'drizzle-orm'

import type { Database, Tx, UserId } from './database.ts'
import { lockHeadsIfFree, lockSnapshotsIfFree, lockUserIfFree } from './locks.ts'
import {
  deleteClassifications,
  deleteCollections,
  deleteErased,
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

// An event of the same user waits for a step, so all of it together is some 50 ms of a core: 20 snapshots of some 10 parts
// and 5 documents; row versions and categories; collections, of each of which the database makes sure, part by part, that
// no cut names it. A day of one user at ten institutions is a snapshot, some 30 versions and 10 collections.
const AT_ONCE = { snapshots: 20, rows: 1_000, collections: 100 }
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
      const { isAll, ...rows } = await purgeRows(tx, userId, institutionIds)
      await forgetRequests(tx, userId)
      await forgetResponses(tx, userId)
      const isDone = snapshots < AT_ONCE.snapshots && isAll
      if (isDone)
        await tx.execute(sql`UPDATE users SET next_purge_at = ${NEXT_LOOK} WHERE user_id = ${userId}`)
      return { state: isDone ? 'done' : 'more', purged: { snapshots, ...rows } }
    })

  return { due, step }
}

export type Purging = ReturnType<typeof createPurging>

const NOTHING: Purged = { snapshots: 0, versions: 0, classifications: 0, collections: 0 }

/** Authorizations that nobody can finish any more. A day is kept: it is what their number is limited by, and a trace. */
const forgetRequests = (tx: Tx, userId: UserId) =>
  tx.execute(sql`
    DELETE FROM consent_requests WHERE user_id = ${userId} AND expires_at < now() - interval '1 day'`)

/** Answers that were kept for an operator. Their time is over for readers at once, and for the table within a day. */
const forgetResponses = (tx: Tx, userId: UserId) =>
  tx.execute(sql`DELETE FROM kept_responses WHERE user_id = ${userId} AND expires_at <= now()`)

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
    ORDER BY s.snapshot_no LIMIT ${AT_ONCE.snapshots}`)
  return rows.map(({ snapshotNo }) => snapshotNo)
}

/** What no cut that is left holds; `isAll` unless something had to be left for the next step. */
async function purgeRows(
  tx: Tx,
  userId: UserId,
  institutionIds: readonly string[],
): Promise<Omit<Purged, 'snapshots'> & { isAll: boolean }> {
  const rows = { left: AT_ONCE.rows }
  const gaps = await gapsOf(tx, userId, institutionIds)
  const erased = await deleteErased(tx, userId, institutionIds, rows)
  const gone = await deleteVersions(tx, userId, gaps, rows)
  const superseded = await deleteClassifications(tx, userId, rows)
  const orphans = await deleteOrphans(tx, userId, rows)
  // Last, and only when nothing else is left: as long as a collection lies in a gap, that gap is looked at again.
  const last = { left: rows.left > 0 ? AT_ONCE.collections : 0 }
  const collections = await deleteCollections(tx, userId, gaps, last)
  return {
    versions: erased + gone.versions,
    classifications: gone.classifications + superseded + orphans,
    collections,
    isAll: rows.left > 0 && last.left > 0,
  }
}

const ms = (milliseconds: number) => sql`make_interval(secs => ${milliseconds / 1000})`
