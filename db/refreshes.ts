import { and, eq, inArray, sql } from 'drizzle-orm'

import type { FailureName } from '../domain/failures.ts'
import { isWhole, judgePart } from '../domain/judge.ts'
import {
  type ClosedRefreshState,
  isOpen,
  type Limits,
  type RefreshState,
  UNSETTLED,
} from '../domain/refresh.ts'
import type { Database, Tx, UserId } from './database.ts'
import { type LockedRefresh, lockPlan, lockRefresh, lockUser, readRefresh } from './locks.ts'
import { announceStop } from './notices.ts'
import { readCandidates } from './parts.ts'
import { plans, refreshes } from './schema/index.ts'

/** What a run has to do: its unsettled readings, or the news that its refresh is closed. */
export type Plan =
  | { state: 'open'; patienceMs: number; deadline: Date; readings: PlannedReading[] }
  | { state: 'closed'; as: ClosedRefreshState; because: string | null }

export type PlannedReading = { institutionId: string; round: number; limits: Limits }

/** What comes after a partial publication. */
export type Next =
  | { next: 'read' | 'cut' }
  | { next: 'closed'; as: ClosedRefreshState; because: string | null }

/** A run that closes its own refresh ends by itself; after anyone else the caretaker sees to it that it does. */
export type Closer = 'its-run' | 'someone-else'

export function createRefreshes(database: Database) {
  /** The run begins, or reads its plan again: whatever it has seen is marked so. Repeatable. */
  const begin = (userId: UserId, refreshNo: number, runId: string): Promise<Plan> =>
    database.asUser(userId, async (tx) => {
      await lockUser(tx, userId)
      const refresh = await readRefresh(tx, userId, refreshNo)
      if (!refresh || !isOpen(refresh.state))
        return { state: 'closed', ...(await ending(tx, userId, refreshNo, refresh)) }
      // Only what changes: an update would wait for every reading that is being applied.
      await tx
        .update(refreshes)
        .set({ state: 'running', runId, begunAt: sql`coalesce(${refreshes.begunAt}, now())` })
        .where(
          and(
            thisRefresh(userId, refreshNo),
            sql`(${refreshes.state}, ${refreshes.runId}) IS DISTINCT FROM ('running', ${runId})`,
          ),
        )
      const [row] = await tx
        .select({ patienceMs: refreshes.patienceMs, deadline: refreshes.deadline })
        .from(refreshes)
        .where(thisRefresh(userId, refreshNo))
      const readings = await tx
        .select({ institutionId: plans.institutionId, round: plans.round, limits: plans.limits })
        .from(plans)
        .where(and(thisPlan(userId, refreshNo), inArray(plans.state, [...UNSETTLED])))
        .orderBy(plans.institutionId)
      await tx
        .update(plans)
        .set({ unseen: false })
        .where(and(thisPlan(userId, refreshNo), eq(plans.unseen, true)))
      return { state: 'open', ...row!, readings: readings as PlannedReading[] }
    })

  /**
   * After a partial publication with nothing in flight: read what joined meanwhile, cut again if something landed
   * since, otherwise end by name. (Waiting for what can be mended comes with parking.)
   */
  const continueOrEnd = (userId: UserId, refreshNo: number): Promise<Next> =>
    database.asUser(userId, async (tx) => {
      await lockUser(tx, userId)
      const refresh = await lockRefresh(tx, userId, refreshNo)
      if (!refresh || !isOpen(refresh.state))
        return { next: 'closed', ...(await ending(tx, userId, refreshNo, refresh)) }
      const plan = await lockPlan(tx, userId, refreshNo)
      if (plan.some(({ state, unseen }) => unseen || state === 'pending' || state === 'collecting')) {
        return { next: 'read' }
      }
      if (await hasLandedSinceItsCut(tx, userId, refreshNo)) return { next: 'cut' }
      // What was missing may be required no longer: the person has to mend it, so it keeps nobody waiting.
      const candidates = await readCandidates(tx, userId, refreshNo, refresh.baseNotOlderThan)
      if (candidates.every((candidate) => isWhole(judgePart(candidate)))) return { next: 'cut' }
      const because = [...new Set(plan.flatMap(({ failure }) => failure ?? []))].toSorted().join(', ')
      await closeLocked(tx, userId, refreshNo, 'incomplete', because || 'SnapshotIncomplete', 'its-run')
      return { next: 'closed', as: 'incomplete', because: because || 'SnapshotIncomplete' }
    })

  /** Ends the refresh by name, unless it has ended; answers as what it ended. What is in flight is told to stop. */
  const close = (
    userId: UserId,
    refreshNo: number,
    as: Exclude<ClosedRefreshState, 'succeeded'>,
    because: string,
    by: Closer = 'its-run',
  ): Promise<{ as: ClosedRefreshState; because: string | null }> =>
    database.asUser(userId, async (tx) => {
      await lockUser(tx, userId)
      const refresh = await lockRefresh(tx, userId, refreshNo)
      if (!refresh || !isOpen(refresh.state)) return ending(tx, userId, refreshNo, refresh)
      await closeLocked(tx, userId, refreshNo, as, because, by)
      return { as, because }
    })

  return { begin, continueOrEnd, close }
}

export type Refreshes = ReturnType<typeof createRefreshes>

/** Closes an open refresh whose user and row are locked, and settles its rows: no closed refresh waits for anything. */
export async function closeLocked(
  tx: Tx,
  userId: UserId,
  refreshNo: number,
  as: ClosedRefreshState,
  because: string | null,
  by: Closer,
): Promise<void> {
  await tx
    .update(refreshes)
    .set({
      state: as,
      closedAt: sql`now()`,
      closedBecause: because,
      ...(by === 'its-run' ? { runEndedAt: sql`now()` } : {}),
    })
    .where(thisRefresh(userId, refreshNo))
  await tx.execute(sql`
    UPDATE attempts SET ended_at = now(), outcome = 'abandoned'
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND ended_at IS NULL`)
  await tx
    .update(plans)
    .set({
      state: 'failed',
      failure: 'Superseded' satisfies FailureName,
      unseen: false,
      changedAt: sql`now()`,
    })
    .where(and(thisPlan(userId, refreshNo), inArray(plans.state, [...UNSETTLED])))
  await announceStop(tx, { userId, refreshNo })
}

async function ending(
  tx: Tx,
  userId: UserId,
  refreshNo: number,
  refresh: LockedRefresh | null,
): Promise<{ as: ClosedRefreshState; because: string | null }> {
  if (!refresh) return { as: 'lost', because: 'no such refresh' }
  const [row] = await tx
    .select({ because: refreshes.closedBecause })
    .from(refreshes)
    .where(thisRefresh(userId, refreshNo))
  return {
    as: refresh.state as Exclude<RefreshState, 'requested' | 'running' | 'parked'>,
    because: row!.because,
  }
}

/** Compared with what was published: a cut in the making may yet show what has landed, and a late copy of this step must not end it. */
async function hasLandedSinceItsCut(tx: Tx, userId: UserId, refreshNo: number): Promise<boolean> {
  const [row] = await tx.execute<{ landed: boolean }>(sql`
    SELECT EXISTS (
      SELECT FROM user_institutions ui
      LEFT JOIN snapshot_institutions si ON si.user_id = ui.user_id AND si.institution_id = ui.institution_id
        AND si.snapshot_no = (SELECT max(snapshot_no) FROM snapshots
          WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND status IN ('complete', 'partial'))
      WHERE ui.user_id = ${userId} AND ui.consent_state <> 'ended'
        AND ui.current_seq > ui.erased_seq AND ui.current_seq > coalesce(si.seq, 0)
    ) AS landed`)
  return row!.landed
}

const thisRefresh = (userId: UserId, refreshNo: number) =>
  and(eq(refreshes.userId, userId), eq(refreshes.refreshNo, refreshNo))

const thisPlan = (userId: UserId, refreshNo: number) =>
  and(eq(plans.userId, userId), eq(plans.refreshNo, refreshNo))
