import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm'

import type { FailureName } from '../domain/failures.ts'
import { judgePart } from '../domain/judge.ts'
import { nextStep } from '../domain/next-step.ts'
import {
  type ClosedRefreshState,
  isOpen,
  type Limits,
  type RefreshState,
  UNSETTLED,
} from '../domain/refresh.ts'
import { writeAudit } from './audit.ts'
import type { Database, Tx, UserId } from './database.ts'
import { isCutOwed } from './hidden.ts'
import { databaseNow } from './instants.ts'
import { type LockedRefresh, lockPlan, lockRefresh, lockUser, readRefresh } from './locks.ts'
import { announceStop } from './notices.ts'
import { readCandidates, readPublishedParts } from './parts.ts'
import { plans, refreshes } from './schema/index.ts'

/** What a run has to do: its unsettled readings, or the news that its refresh is closed. */
export type Plan =
  | { state: 'open'; patienceMs: number; deadline: Date; readings: PlannedReading[]; owesCut: boolean }
  | { state: 'closed'; as: ClosedRefreshState; because: string | null }

export type PlannedReading = { institutionId: string; round: number; limits: Limits }

/** What comes after a partial publication. */
export type Next =
  | { next: 'read' | 'cut' }
  | { next: 'parked'; wakeAt: Date }
  | { next: 'closed'; as: ClosedRefreshState; because: string | null }

/** A run that closes its own refresh ends by itself; after anyone else the caretaker sees to it that it does. */
export type Closer = 'its-run' | 'someone-else'

/** Who stopped a run in the engine, as far as the engine says. */
export type EngineWord = { by: string | null; why: string | null }

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
        .set({ state: 'running', runId, wakeAt: null, begunAt: sql`coalesce(${refreshes.begunAt}, now())` })
        .where(
          and(
            thisRefresh(userId, refreshNo),
            sql`(${refreshes.state}, ${refreshes.runId}) IS DISTINCT FROM ('running', ${runId})`,
          ),
        )
      await openWhatIsDue(tx, userId, refreshNo)
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
      const owesCut = await isCutOwed(tx, userId)
      return { state: 'open', ...row!, readings: readings as PlannedReading[], owesCut }
    })

  /**
   * After a partial publication with nothing in flight: read what joined meanwhile, cut again if readers would see
   * something else, wait for what waiting can mend, or end by name.
   */
  const parkOrContinue = (userId: UserId, refreshNo: number): Promise<Next> =>
    database.asUser(userId, async (tx) => {
      await lockUser(tx, userId)
      const refresh = await lockRefresh(tx, userId, refreshNo)
      if (!refresh || !isOpen(refresh.state))
        return { next: 'closed', ...(await ending(tx, userId, refreshNo, refresh)) }
      const plan = await lockPlan(tx, userId, refreshNo)
      const parts = await readCandidates(tx, userId, refreshNo, refresh.baseNotOlderThan)
      const step = nextStep({
        plan,
        parts: parts.map((candidate) => ({ ...candidate, ...judgePart(candidate) })),
        published: await readPublishedParts(tx, userId, refreshNo),
        deadline: refresh.deadline,
        now: await databaseNow(tx),
      })
      switch (step.next) {
        case 'read':
        case 'cut':
          return step
        case 'park':
          await tx
            .update(refreshes)
            .set({ state: 'parked', wakeAt: step.wakeAt })
            .where(thisRefresh(userId, refreshNo))
          return { next: 'parked', wakeAt: step.wakeAt }
        case 'end':
          await closeLocked(tx, userId, refreshNo, 'incomplete', step.because, 'its-run')
          return { next: 'closed', as: 'incomplete', because: step.because }
      }
    })

  /** Ends the refresh by name, unless it has ended; answers as what it ended. What is in flight is told to stop. */
  const close = (
    userId: UserId,
    refreshNo: number,
    as: Exclude<ClosedRefreshState, 'succeeded'>,
    because: string,
    { by = 'its-run', word = null }: { by?: Closer; word?: EngineWord | null } = {},
  ): Promise<{ as: ClosedRefreshState; because: string | null }> =>
    database.asUser(userId, async (tx) => {
      await lockUser(tx, userId)
      const refresh = await lockRefresh(tx, userId, refreshNo)
      if (!refresh || !isOpen(refresh.state)) return ending(tx, userId, refreshNo, refresh)
      await closeLocked(tx, userId, refreshNo, as, because, by)
      if (word) await auditEngine(tx, userId, refreshNo, word, { before: refresh.state, after: as })
      return { as, because }
    })

  return { begin, parkOrContinue, close }
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
      wakeAt: null,
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
  await tx
    .update(plans)
    .set({ nextTryAt: null })
    .where(and(thisPlan(userId, refreshNo), isNotNull(plans.nextTryAt)))
  await announceStop(tx, { userId, refreshNo })
}

/** What a person did to the run itself is an act like any other. */
export const auditEngine = (
  tx: Tx,
  userId: UserId,
  refreshNo: number,
  { by, why }: EngineWord,
  { before, after }: { before: RefreshState; after: RefreshState },
): Promise<void> =>
  writeAudit(tx, userId, {
    actor: by ?? 'somebody with access to the engine',
    action: after === 'cancelled' ? 'refresh.cancel' : 'refresh.terminate',
    reason: why,
    details: {
      refreshNo,
      via: 'engine',
      outcome: 'done',
      before: { state: before },
      after: { state: after },
    },
  })

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

/** A row whose time has come opens a new round; past the deadline nothing new is begun. */
const openWhatIsDue = (tx: Tx, userId: UserId, refreshNo: number) =>
  tx.execute(sql`
    UPDATE plans SET state = 'pending', failure = NULL, seq = NULL, next_try_at = NULL,
      round = round + 1, changed_at = now()
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND next_try_at <= now()
      AND EXISTS (SELECT FROM refreshes r
        WHERE r.user_id = ${userId} AND r.refresh_no = ${refreshNo} AND r.deadline > now())`)

const thisRefresh = (userId: UserId, refreshNo: number) =>
  and(eq(refreshes.userId, userId), eq(refreshes.refreshNo, refreshNo))

const thisPlan = (userId: UserId, refreshNo: number) =>
  and(eq(plans.userId, userId), eq(plans.refreshNo, refreshNo))
