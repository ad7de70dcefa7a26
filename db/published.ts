import { and, eq, isNull, sql } from 'drizzle-orm'

import type { Database, Tx, UserId } from './database.ts'
import type { AnalysesSeen } from './hidden.ts'
import { instantText } from './instants.ts'
import { type Coverage, createPublishedRows, type PublishedRows, readCoverage } from './published-rows.ts'
import { publishedSnapshots, snapshots } from './schema/index.ts'

export type {
  AccountView,
  Coverage,
  PublishedRows,
  StoredAnalysis,
  TransactionView,
} from './published-rows.ts'

/** Latest: the newest published. Complete: the newest that lacks nothing. */
export type View = 'latest' | 'complete'

/** Which snapshot is wanted: that of a view, now or at an instant; or one by its number. */
export type Wanted = { view: View; asOf: Date | null } | { snapshotNo: number }

export type SnapshotHead = {
  snapshotNo: number
  status: 'complete' | 'partial'
  publishedAt: Date
  refreshNo: number
  skewMs: number | null
  classSeq: number
}

/** A snapshot as every reader sees it first: which one it is, and how each institution stands in it. */
export type SnapshotSeen = SnapshotHead & { coverage: Coverage[]; analyses: AnalysesSeen }

/** Why there is none: never published; not yet published then; no longer kept; or the instant has not come. */
export type Missing = 'never' | 'not_then' | 'purged' | 'not_yet'

/**
 * What readers may see: a published snapshot and nothing else. The pointer is fetched once and its number passed on to
 * every further statement, all of them at one moment of the database; reads wait for no institution and no engine.
 */
export function createPublished(database: Database) {
  /** Finds a snapshot and reads of it what is wanted. */
  const at = <T>(
    userId: UserId,
    wanted: Wanted,
    read: (seen: SnapshotSeen, rows: PublishedRows) => Promise<T>,
  ): Promise<{ found: T } | { missing: Missing }> =>
    database.asReader(userId, async (tx) => {
      const head = await find(tx, userId, wanted)
      if (typeof head === 'string') return { missing: head }
      const { coverage, hidden } = await readCoverage(tx, userId, head.snapshotNo)
      const analyses = await analysesOf(tx, userId, head.snapshotNo, hidden)
      const seen = { ...head, skewMs: skewOf(coverage), coverage, analyses }
      return { found: await read(seen, createPublishedRows(tx, userId, { ...head, hidden, analyses })) }
    })

  return { at }
}

export type Published = ReturnType<typeof createPublished>

/**
 * None may be read that was made from what is hidden, and none is there of what was deleted. Of the newest snapshot they
 * are on their way: what remains is being cut.
 */
async function analysesOf(
  tx: Tx,
  userId: UserId,
  snapshotNo: number,
  hidden: readonly string[],
): Promise<AnalysesSeen> {
  const [row] = await tx.execute<{ areThere: boolean; isNewest: boolean }>(sql`
    SELECT EXISTS (SELECT FROM analyses WHERE user_id = ${userId} AND snapshot_no = ${snapshotNo}) AS "areThere",
      EXISTS (SELECT FROM published_snapshots
        WHERE user_id = ${userId} AND view = 'latest' AND snapshot_no = ${snapshotNo}) AS "isNewest"`)
  if (row!.areThere && hidden.length === 0) return 'here'
  return row!.isNewest ? 'recomputing' : 'removed'
}

/** Of what is shown: how far apart a part was read that is hidden says something of it. */
function skewOf(coverage: readonly Coverage[]): number | null {
  const instants = coverage.flatMap(({ asOf }) => (asOf ? [asOf.getTime()] : []))
  return instants.length > 0 ? Math.max(...instants) - Math.min(...instants) : null
}

async function find(tx: Tx, userId: UserId, wanted: Wanted): Promise<SnapshotHead | Missing> {
  if ('snapshotNo' in wanted) return (await byNumber(tx, userId, wanted.snapshotNo)) ?? 'purged'
  if (wanted.asOf === null) return (await newest(tx, userId, wanted.view)) ?? 'never'
  return newestAt(tx, userId, wanted.view, wanted.asOf)
}

const headColumns = {
  snapshotNo: snapshots.snapshotNo,
  status: snapshots.status,
  publishedAt: snapshots.publishedAt,
  refreshNo: snapshots.refreshNo,
  skewMs: snapshots.skewMs,
  classSeq: snapshots.classSeq,
}

async function newest(tx: Tx, userId: UserId, view: View): Promise<SnapshotHead | null> {
  const [row] = await tx
    .select(headColumns)
    .from(publishedSnapshots)
    .innerJoin(
      snapshots,
      and(
        eq(snapshots.userId, publishedSnapshots.userId),
        eq(snapshots.snapshotNo, publishedSnapshots.snapshotNo),
      ),
    )
    .where(and(eq(publishedSnapshots.userId, userId), eq(publishedSnapshots.view, view)))
  return (row as SnapshotHead | undefined) ?? null
}

async function byNumber(tx: Tx, userId: UserId, snapshotNo: number): Promise<SnapshotHead | null> {
  const [row] = await tx
    .select(headColumns)
    .from(snapshots)
    .where(
      and(
        eq(snapshots.userId, userId),
        eq(snapshots.snapshotNo, snapshotNo),
        sql`${snapshots.status} IN ('complete', 'partial')`,
        isNull(snapshots.purgedAt),
      ),
    )
  return (row as SnapshotHead | undefined) ?? null
}

/**
 * The snapshot that a reader of this view would have seen at an instant. Snapshots are numbered without gaps, and
 * published in the order of their numbers: where a number is missing, one was purged that may have been it.
 */
async function newestAt(tx: Tx, userId: UserId, view: View, asOf: Date): Promise<SnapshotHead | Missing> {
  const statuses = view === 'complete' ? ['complete'] : ['complete', 'partial']
  const [row] = await tx.execute<Moment>(sql`
    WITH wanted AS (SELECT ${instantText(asOf)}::timestamptz AS instant),
    candidate AS (
      SELECT max(snapshot_no) AS no FROM snapshots, wanted
      WHERE user_id = ${userId} AND status IN ${statuses} AND published_at <= instant),
    later AS (
      SELECT coalesce(
        (SELECT min(snapshot_no) FROM snapshots, wanted WHERE user_id = ${userId} AND published_at > instant),
        (SELECT max(snapshot_no) FROM snapshots WHERE user_id = ${userId}), 0) AS no)
    SELECT candidate.no AS "snapshotNo", later.no = 0 AS "isNone", (SELECT instant > now() FROM wanted) AS "isAhead",
      later.no - coalesce(candidate.no, 0) = (
        SELECT count(*) FROM snapshots
        WHERE user_id = ${userId} AND snapshot_no > coalesce(candidate.no, 0) AND snapshot_no <= later.no
      ) AS "isWhole"
    FROM candidate, later`)
  if (row!.isAhead) return 'not_yet'
  if (row!.isNone) return 'never'
  if (!row!.isWhole) return 'purged'
  const { snapshotNo } = row!
  return snapshotNo === null ? 'not_then' : ((await byNumber(tx, userId, snapshotNo)) ?? 'purged')
}

type Moment = { snapshotNo: number | null; isNone: boolean; isAhead: boolean; isWhole: boolean }
