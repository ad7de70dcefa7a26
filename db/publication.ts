import { and, eq, sql } from 'drizzle-orm'

import { isWhole, judgePart, type Part } from '../domain/judge.ts'
import type { Tx, UserId } from './database.ts'
import type { LockedRefresh } from './locks.ts'
import { readCandidates } from './parts.ts'
import { snapshotInstitutions } from './schema/index.ts'

/* What a publication asks of the rows before it shows a cut. Nothing here decides; db/cuts.ts does. */

/**
 * A part read under a consent that has changed since may only be carried over, un-erased and while a consent stands;
 * anything else was taken away under the cut. And what is shown does not vanish while a consent stands.
 */
export async function isFenced(tx: Tx, userId: UserId, snapshotNo: number): Promise<boolean> {
  const [row] = await tx.execute<{ fenced: boolean }>(sql`
    SELECT EXISTS (
      SELECT FROM snapshot_institutions si
      JOIN user_institutions ui USING (user_id, institution_id)
      WHERE si.user_id = ${userId} AND si.snapshot_no = ${snapshotNo} AND si.state <> 'absent'
        AND (ui.consent_state = 'ended' OR si.seq <= ui.erased_seq OR si.generation < ui.shown_from_generation
          OR (si.state = 'fresh' AND si.generation <> ui.generation))
    ) OR EXISTS (
      SELECT FROM published_snapshots ps
      JOIN snapshot_institutions shown USING (user_id, snapshot_no)
      JOIN user_institutions ui USING (user_id, institution_id)
      WHERE ps.user_id = ${userId} AND ps.view = 'latest' AND shown.seq > ui.erased_seq
        AND shown.generation >= ui.shown_from_generation AND ui.consent_state <> 'ended' AND NOT EXISTS (
          SELECT FROM snapshot_institutions si
          WHERE si.user_id = ${userId} AND si.snapshot_no = ${snapshotNo}
            AND si.institution_id = shown.institution_id AND si.seq IS NOT NULL)
    ) AS fenced`)
  return row!.fenced
}

/** Every transaction of the cut is classified, and every required analyser has said something. */
export async function isFinished(
  tx: Tx,
  userId: UserId,
  snapshotNo: number,
  classSeq: number | null,
): Promise<boolean> {
  if (classSeq === null) return false
  const [row] = await tx.execute<{ finished: boolean }>(sql`
    SELECT NOT EXISTS (
      SELECT FROM transactions t
      JOIN snapshot_institutions si ON si.user_id = t.user_id AND si.institution_id = t.institution_id
        AND t.introduced_seq <= si.seq AND (t.removed_seq IS NULL OR t.removed_seq > si.seq)
      LEFT JOIN classifications k ON k.user_id = t.user_id AND k.transaction_id = t.id
        AND k.introduced_class_seq <= ${classSeq}
        AND (k.removed_class_seq IS NULL OR k.removed_class_seq > ${classSeq})
      WHERE t.user_id = ${userId} AND si.snapshot_no = ${snapshotNo} AND k.transaction_id IS NULL
    ) AND EXISTS (SELECT FROM analyses WHERE user_id = ${userId} AND snapshot_no = ${snapshotNo})
      AND NOT EXISTS (
      SELECT FROM analyses WHERE user_id = ${userId} AND snapshot_no = ${snapshotNo}
        AND is_required AND failure IS NOT NULL
    ) AS finished`)
  return row!.finished
}

type Correction = Part & { institutionId: string }
type Judged = { refreshNo: number; isComplete: boolean; corrections: Correction[] }

/**
 * Judged again, against what was asked, refused or excused meanwhile: a join made stricter after the cut makes it partial,
 * and what is published says of each part what is true of it now.
 */
export async function judgeAgain(
  tx: Tx,
  userId: UserId,
  snapshotNo: number,
  { refreshNo, baseNotOlderThan }: LockedRefresh,
): Promise<Judged> {
  const candidates = await readCandidates(tx, userId, refreshNo, baseNotOlderThan)
  const inCut = await tx
    .select()
    .from(snapshotInstitutions)
    .where(and(eq(snapshotInstitutions.userId, userId), eq(snapshotInstitutions.snapshotNo, snapshotNo)))
  const parts = new Map(inCut.map((row) => [row.institutionId, row]))
  const corrections: Correction[] = []
  let isComplete = !candidates.some(({ isBeingRead }) => isBeingRead)
  for (const candidate of candidates) {
    const cut = parts.get(candidate.institutionId)
    const collected =
      cut?.asOf && cut.generation !== null
        ? { generation: cut.generation, asOf: cut.asOf, hasGaps: (cut.gaps as unknown[]).length > 0 }
        : null
    const part = judgePart({ ...candidate, collected })
    isComplete &&= isWhole(part)
    const isSame =
      cut?.state === part.state && cut.reason === part.reason && cut.isRequired === part.isRequired
    if (cut && !isSame) corrections.push({ institutionId: candidate.institutionId, ...part })
  }
  return { refreshNo, isComplete, corrections }
}

/** Only while it is building: what was published never changes. */
export async function correct(
  tx: Tx,
  userId: UserId,
  snapshotNo: number,
  corrections: readonly Correction[],
): Promise<void> {
  for (const { institutionId, ...part } of corrections) {
    await tx
      .update(snapshotInstitutions)
      .set(part)
      .where(
        and(
          eq(snapshotInstitutions.userId, userId),
          eq(snapshotInstitutions.snapshotNo, snapshotNo),
          eq(snapshotInstitutions.institutionId, institutionId),
        ),
      )
  }
}
