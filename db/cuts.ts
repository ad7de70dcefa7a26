import { and, eq, sql } from 'drizzle-orm'

import { judgePart } from '../domain/judge.ts'
import { isOpen } from '../domain/refresh.ts'
import type { Database, Tx, UserId } from './database.ts'
import { lockRefresh, lockSnapshot, lockUser, readRefresh } from './locks.ts'
import { type Candidate, readCandidates } from './parts.ts'
import { correct, isFenced, isFinished, judgeAgain } from './publication.ts'
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
