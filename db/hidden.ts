import { type SQL, sql } from 'drizzle-orm'

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
