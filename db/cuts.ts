import { and, eq, sql } from 'drizzle-orm'

import { isWhole, judgePart, type Part } from '../domain/judge.ts'
import { isOpen } from '../domain/refresh.ts'
import type { Database, Tx, UserId } from './database.ts'
import { type LockedRefresh, lockRefresh, lockSnapshot, lockUser, readRefresh } from './locks.ts'
import { type Candidate, readCandidates } from './parts.ts'
import { closeLocked } from './refreshes.ts'
import { publishedSnapshots, snapshotInstitutions, snapshots } from './schema/index.ts'

/** What a publication answered. 'mine': this very snapshot had been published before (delivered twice). */
export type Published =
  | { outcome: 'complete' | 'partial'; mine?: boolean }
  /** Fenced, or something moved under it: cut again. */
  | { outcome: 'discarded' }
  /** The refresh is closed: the run ends as it says. */
  | { outcome: 'closed' }
  /** Not classified or not analysed: nothing is shown half-done. */
  | { outcome: 'unfinished' }

export function createCuts(database: Database) {
  /**
   * Freezes which collection of each institution belongs together. One snapshot per refresh and cut number: a repeat
   * finds itself. Null: the refresh is closed.
   */
  const cut = (userId: UserId, refreshNo: number, cutNo: number): Promise<number | null> =>
    database.asUser(userId, async (tx) => {
      await lockUser(tx, userId)
      const refresh = await readRefresh(tx, userId, refreshNo)
      if (!refresh || !isOpen(refresh.state)) return null
      const [same] = await tx
        .select({ snapshotNo: snapshots.snapshotNo })
        .from(snapshots)
        .where(
          and(eq(snapshots.userId, userId), eq(snapshots.refreshNo, refreshNo), eq(snapshots.cutNo, cutNo)),
        )
      if (same) return same.snapshotNo
      await discardBuilding(tx, userId)
      const snapshotNo = await nextSnapshotNo(tx, userId)
      const candidates = await readCandidates(tx, userId, refreshNo, refresh.baseNotOlderThan)
      await tx
        .insert(snapshots)
        .values({ userId, snapshotNo, refreshNo, cutNo, status: 'building', skewMs: skewMs(candidates) })
      if (candidates.length > 0) {
        await tx
          .insert(snapshotInstitutions)
          .values(candidates.map((candidate) => ({ userId, snapshotNo, ...partRow(candidate) })))
      }
      return snapshotNo
    })

  /**
   * The one transaction that shows anything. Judges every part again by the rows as they stand; complete closes the
   * refresh with it. Readers see the old snapshot before its commit and the new one after.
   */
  const publish = (userId: UserId, snapshotNo: number): Promise<Published> =>
    database.asUser(userId, async (tx) => {
      await lockUser(tx, userId)
      const refreshNo = await refreshOf(tx, userId, snapshotNo)
      const refresh = refreshNo === null ? null : await readRefresh(tx, userId, refreshNo)
      // Only what is complete closes its refresh, and only that waits for readings that are being applied. Judged
      // before the locks, in their order: under the user's lock nothing that has settled becomes unsettled again.
      const judged =
        refresh !== null && isOpen(refresh.state) ? await judgeAgain(tx, userId, snapshotNo, refresh) : null
      if (judged?.isComplete) await lockRefresh(tx, userId, judged.refreshNo)
      const snapshot = await lockSnapshot(tx, userId, snapshotNo)
      if (!snapshot || snapshot.status === 'discarded') return { outcome: 'discarded' }
      if (snapshot.status !== 'building') return { outcome: snapshot.status, mine: true }
      if (!judged) return { outcome: 'closed' }

      if (await isFenced(tx, userId, snapshotNo)) {
        await tx.update(snapshots).set({ status: 'discarded' }).where(thisSnapshot(userId, snapshotNo))
        return { outcome: 'discarded' }
      }
      if (!(await isFinished(tx, userId, snapshotNo, snapshot.classSeq))) return { outcome: 'unfinished' }
      const outcome = judged.isComplete ? 'complete' : 'partial'
      await correct(tx, userId, snapshotNo, judged.corrections)
      await tx
        .update(snapshots)
        .set({ status: outcome, publishedAt: sql`now()` })
        .where(thisSnapshot(userId, snapshotNo))
      await point(tx, userId, 'latest', snapshotNo, outcome)
      if (outcome === 'complete') {
        await point(tx, userId, 'complete', snapshotNo, outcome)
        await closeLocked(tx, userId, snapshot.refreshNo, 'succeeded', null, 'its-run')
      }
      return { outcome }
    })

  return { cut, publish }
}

export type Cuts = ReturnType<typeof createCuts>

/** A cut that a closed refresh left unpublished must not be written to while a newer one is made. */
const discardBuilding = (tx: Tx, userId: UserId) =>
  tx
    .update(snapshots)
    .set({ status: 'discarded' })
    .where(and(eq(snapshots.userId, userId), eq(snapshots.status, 'building')))

async function nextSnapshotNo(tx: Tx, userId: UserId): Promise<number> {
  const [row] = await tx.execute<{ no: number }>(
    sql`SELECT coalesce(max(snapshot_no), 0) + 1 AS no FROM snapshots WHERE user_id = ${userId}`,
  )
  return row!.no
}

function partRow(candidate: Candidate) {
  const { state, reason, isRequired } = judgePart(candidate)
  return {
    institutionId: candidate.institutionId,
    state,
    reason,
    isRequired,
    generation: candidate.collectedGeneration,
    seq: candidate.seq,
    asOf: candidate.asOf,
    gaps: candidate.gaps,
  }
}

function skewMs(candidates: readonly Candidate[]): number | null {
  const instants = candidates.flatMap(({ asOf }) => (asOf ? [asOf.getTime()] : []))
  return instants.length > 0 ? Math.max(...instants) - Math.min(...instants) : null
}

async function refreshOf(tx: Tx, userId: UserId, snapshotNo: number): Promise<number | null> {
  const [row] = await tx
    .select({ refreshNo: snapshots.refreshNo })
    .from(snapshots)
    .where(thisSnapshot(userId, snapshotNo))
  return row?.refreshNo ?? null
}

/**
 * A part read under a consent that has changed since may only be carried over, un-erased and while a consent stands;
 * anything else was taken away under the cut. And what is shown does not vanish while a consent stands: a consent that
 * had ended when the cut was made may have been given again since.
 */
async function isFenced(tx: Tx, userId: UserId, snapshotNo: number): Promise<boolean> {
  const [row] = await tx.execute<{ fenced: boolean }>(sql`
    SELECT EXISTS (
      SELECT FROM snapshot_institutions si
      JOIN user_institutions ui USING (user_id, institution_id)
      WHERE si.user_id = ${userId} AND si.snapshot_no = ${snapshotNo} AND si.state <> 'absent'
        AND (ui.consent_state = 'ended' OR si.seq <= ui.erased_seq
          OR (si.state = 'fresh' AND si.generation <> ui.generation))
    ) OR EXISTS (
      SELECT FROM published_snapshots ps
      JOIN snapshot_institutions shown USING (user_id, snapshot_no)
      JOIN user_institutions ui USING (user_id, institution_id)
      WHERE ps.user_id = ${userId} AND ps.view = 'latest' AND shown.seq > ui.erased_seq
        AND ui.consent_state <> 'ended' AND NOT EXISTS (
          SELECT FROM snapshot_institutions si
          WHERE si.user_id = ${userId} AND si.snapshot_no = ${snapshotNo}
            AND si.institution_id = shown.institution_id AND si.seq IS NOT NULL)
    ) AS fenced`)
  return row!.fenced
}

/** Every transaction of the cut is classified, and every required analyser has said something. */
async function isFinished(
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
async function judgeAgain(
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
async function correct(
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

/** Pointers go forward only. */
const point = (tx: Tx, userId: UserId, view: 'latest' | 'complete', snapshotNo: number, status: string) =>
  tx
    .insert(publishedSnapshots)
    .values({ userId, view, snapshotNo, status })
    .onConflictDoUpdate({
      target: [publishedSnapshots.userId, publishedSnapshots.view],
      set: { snapshotNo, status },
      setWhere: sql`${publishedSnapshots.snapshotNo} < ${snapshotNo}`,
    })

const thisSnapshot = (userId: UserId, snapshotNo: number) =>
  and(eq(snapshots.userId, userId), eq(snapshots.snapshotNo, snapshotNo))
