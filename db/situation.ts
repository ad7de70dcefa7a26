import { sql } from 'drizzle-orm'

import type { InstitutionView } from '../domain/decide.ts'
import type { Timeouts } from '../domain/institution-settings.ts'
import type { ConsentState } from '../domain/refresh.ts'
import type { Tx, UserId } from './database.ts'
import { toInstant } from './instants.ts'
import type { LockedPlanRow } from './locks.ts'

/** With the times that operators gave it, which travel in the plan. */
export type PlannableView = InstitutionView & { timeouts: Timeouts }

type Row = Timeouts & {
  institutionId: string
  isSetAside: boolean
  industry: string
  generation: number
  consent: ConsentState
  cycleMs: number | null
  storedSeq: number | null
  storedGeneration: number | null
  storedAsOf: string | null
  publishedSeq: number | null
  publishedGeneration: number | null
  publishedAsOf: string | null
}

/**
 * What is stored and what is published of each institution of a user, as a decision needs it. The plan rows were locked
 * before, so that no reading lands between the two.
 */
export async function readSituation(
  tx: Tx,
  userId: UserId,
  plan: readonly LockedPlanRow[],
): Promise<PlannableView[]> {
  const rows = await tx.execute<Row>(sql`
    SELECT ui.institution_id AS "institutionId", i.industry, ui.generation, ui.consent_state AS consent,
      ui.cycle_ms::float8 AS "cycleMs", i.call_ms AS "callMs", i.attempt_ms AS "attemptMs",
      pr.set_aside_at IS NOT NULL AS "isSetAside",
      c.seq AS "storedSeq", c.generation AS "storedGeneration", c.as_of AS "storedAsOf",
      p.seq AS "publishedSeq", p.generation AS "publishedGeneration", p.as_of AS "publishedAsOf"
    FROM user_institutions ui
    JOIN institutions i USING (institution_id)
    LEFT JOIN collections c ON c.user_id = ui.user_id AND c.institution_id = ui.institution_id
      AND c.seq = ui.current_seq AND c.seq > ui.erased_seq AND c.generation >= ui.shown_from_generation
    LEFT JOIN published_snapshots ps ON ps.user_id = ui.user_id AND ps.view = 'latest'
    LEFT JOIN snapshot_institutions p ON p.user_id = ps.user_id AND p.snapshot_no = ps.snapshot_no
      AND p.institution_id = ui.institution_id AND p.state <> 'absent' AND p.generation >= ui.shown_from_generation
    LEFT JOIN poison_readings pr ON pr.user_id = ui.user_id AND pr.institution_id = ui.institution_id
      AND pr.generation = ui.generation
    WHERE ui.user_id = ${userId}
    ORDER BY ui.institution_id`)
  const planned = new Map(plan.map((row) => [row.institutionId, row]))
  return rows.map((row) => ({
    institutionId: row.institutionId,
    industry: row.industry,
    generation: row.generation,
    consent: row.consent,
    isSetAside: row.isSetAside,
    cycleMs: row.cycleMs,
    timeouts: { callMs: row.callMs, attemptMs: row.attemptMs },
    stored: head(row.storedSeq, row.storedGeneration, row.storedAsOf),
    published: head(row.publishedSeq, row.publishedGeneration, row.publishedAsOf),
    row: planned.get(row.institutionId) ?? null,
  }))
}

const head = (seq: number | null, generation: number | null, asOf: string | null) =>
  seq === null || generation === null || asOf === null ? null : { seq, generation, asOf: toInstant(asOf) }
