import { type SQL, sql } from 'drizzle-orm'

import type { Tx, UserId } from './database.ts'

/*
 * What was read under a consent that has ended since is shown to nobody, in no snapshot, deleted or not. It stays hidden
 * when a consent is given again: what is read under that one is in later snapshots.
 */

/** A snapshot by its number, and what of it is not for readers: institutions, and whether its analyses contain them. */
export type Readable = {
  snapshotNo: number
  classSeq: number
  hidden: readonly string[]
  analyses: AnalysesSeen
}

/** Whether a snapshot's analyses may be read: not once a consent has ended for data they were made from. */
export type AnalysesSeen = 'here' | 'recomputing' | 'removed'

/** A part (si) of which the consent (ui) has ended since it was read. Where there is no data there is nothing to hide. */
export const isHidden = sql`(si.seq IS NOT NULL AND si.generation < ui.shown_from_generation)`

/** Of whom no row is read. Most readers have nothing hidden, and ask as if there were no such thing. */
export const withoutHidden = (hidden: readonly string[]): SQL =>
  hidden.length === 0 ? sql`` : sql`AND si.institution_id <> ALL (${sql.param([...hidden])}::text[])`

/**
 * Whether what is shown waits to be shown anew without what has ended: the newest snapshot has no analyses, since they
 * went with data they contained, or none was cut since a consent ended. Whoever reads for this user cuts at once, then.
 */
export async function isCutOwed(tx: Tx, userId: UserId): Promise<boolean> {
  const [row] = await tx.execute<{ isOwed: boolean }>(sql`
    WITH shown AS (SELECT snapshot_no FROM published_snapshots WHERE user_id = ${userId} AND view = 'latest')
    SELECT EXISTS (SELECT FROM shown s WHERE NOT EXISTS (
        SELECT FROM analyses a WHERE a.user_id = ${userId} AND a.snapshot_no = s.snapshot_no))
      OR EXISTS (SELECT FROM revocations r WHERE r.user_id = ${userId} AND r.snapshot_no IS NULL
        AND NOT EXISTS (SELECT FROM shown s WHERE s.snapshot_no > r.fenced_snapshot_no)) AS "isOwed"`)
  return row!.isOwed
}
