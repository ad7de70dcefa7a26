import { sql } from 'drizzle-orm'

import type { FailureName } from '../domain/failures.ts'
import type { PartFacts } from '../domain/judge.ts'
import type { ShownPart } from '../domain/next-step.ts'
import type { ConsentState, PlanState } from '../domain/refresh.ts'
import type { Tx, UserId } from './database.ts'
import { toInstant } from './instants.ts'

/** What could go into a cut, institution by institution, as the rows stand now. */
export type Candidate = PartFacts & {
  institutionId: string
  seq: number | null
  collectedGeneration: number | null
  asOf: Date | null
  gaps: unknown
  planState: PlanState | null
}

type Row = {
  institutionId: string
  consent: ConsentState
  generation: number
  seq: number | null
  collectedGeneration: number | null
  asOf: string | null
  gaps: unknown[] | null
  notOlderThan: string | null
  planState: PlanState | null
  failure: FailureName | null
  needsUserBecause: FailureName | null
  isSetAside: boolean
}

/**
 * The newest collection of each consented institution that was neither erased nor read under a consent that has ended
 * since, and what was asked of it.
 */
export async function readCandidates(
  tx: Tx,
  userId: UserId,
  refreshNo: number,
  baseNotOlderThan: Date,
): Promise<Candidate[]> {
  const rows = await tx.execute<Row>(sql`
    SELECT ui.institution_id AS "institutionId", ui.consent_state AS consent, ui.generation,
      c.seq, c.generation AS "collectedGeneration", c.as_of AS "asOf", c.gaps,
      p.not_older_than AS "notOlderThan", p.state AS "planState", p.failure,
      ui.needs_user_because AS "needsUserBecause", pr.set_aside_at IS NOT NULL AS "isSetAside"
    FROM user_institutions ui
    LEFT JOIN collections c ON c.user_id = ui.user_id AND c.institution_id = ui.institution_id
      AND c.seq = ui.current_seq AND c.seq > ui.erased_seq AND c.generation >= ui.shown_from_generation
    LEFT JOIN plans p ON p.user_id = ui.user_id AND p.institution_id = ui.institution_id
      AND p.refresh_no = ${refreshNo}
    LEFT JOIN poison_readings pr ON pr.user_id = ui.user_id AND pr.institution_id = ui.institution_id
      AND pr.generation = ui.generation
    WHERE ui.user_id = ${userId} AND ui.consent_state <> 'ended'
    ORDER BY ui.institution_id`)
  return rows.map((row) => candidate(row, baseNotOlderThan))
}

function candidate(row: Row, baseNotOlderThan: Date): Candidate {
  const asOf = row.asOf === null ? null : toInstant(row.asOf)
  return {
    institutionId: row.institutionId,
    consent: row.consent,
    generation: row.generation,
    collected:
      asOf === null || row.collectedGeneration === null
        ? null
        : { generation: row.collectedGeneration, asOf, hasGaps: (row.gaps ?? []).length > 0 },
    notOlderThan: row.notOlderThan === null ? baseNotOlderThan : toInstant(row.notOlderThan),
    isExcused: row.planState === 'excused',
    isSetAside: row.isSetAside,
    isBeingRead: row.planState === 'pending' || row.planState === 'collecting',
    // A later refresh does not ask whoever waits for its user, and says all the same why.
    failure: row.needsUserBecause ?? (row.planState === 'failed' ? row.failure : unread(row)),
    seq: row.seq,
    collectedGeneration: row.collectedGeneration,
    asOf,
    gaps: row.gaps ?? [],
    planState: row.planState,
  }
}

/** A later refresh does not ask for what is set aside either, and says why. */
const unread = ({ isSetAside, planState }: Row): FailureName | null =>
  isSetAside && planState === null ? 'Unexpected' : null

/**
 * What a refresh published last, part by part. Compared with what was published, not with the last cut: a cut in the
 * making may yet show what has landed. Null: nothing yet.
 */
export async function readPublishedParts(
  tx: Tx,
  userId: UserId,
  refreshNo: number,
): Promise<ShownPart[] | null> {
  const [last] = await tx.execute<{ snapshotNo: number }>(sql`
    SELECT snapshot_no AS "snapshotNo" FROM snapshots
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND status IN ('complete', 'partial')
    ORDER BY snapshot_no DESC LIMIT 1`)
  if (!last) return null
  return tx.execute<ShownPart>(sql`
    SELECT institution_id AS "institutionId", state, reason, is_required AS "isRequired", seq
    FROM snapshot_institutions WHERE user_id = ${userId} AND snapshot_no = ${last.snapshotNo}`)
}
