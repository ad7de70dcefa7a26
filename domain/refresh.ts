import type { FailureName } from './failures.ts'

/**
 * States of a refresh and who writes them:
 * requested: the event that opens it · running: the run, when it begins or wakes · parked: the run ·
 * succeeded: the publication, in its own transaction · incomplete: the run, when nothing that is missing can be mended ·
 * failed: the run's closing transaction · cancelled: the run's closing transaction or an operator ·
 * lost: the caretaker, for runs that were terminated, timed out or are unknown to the engine.
 */
export type RefreshState = OpenRefreshState | ClosedRefreshState
export type OpenRefreshState = 'requested' | 'running' | 'parked'
export type ClosedRefreshState = 'succeeded' | 'incomplete' | 'failed' | 'cancelled' | 'lost'

/** A refresh as everything outside the database names it: an opaque user and a number. Safe in any history or log. */
export type RefreshRef = { userKey: string; refreshNo: number }

/** Every legal step; whatever is closed stays closed. */
export const REFRESH_STEPS = {
  requested: ['running', 'incomplete', 'failed', 'cancelled', 'lost'],
  running: ['parked', 'succeeded', 'incomplete', 'failed', 'cancelled', 'lost'],
  parked: ['running', 'incomplete', 'failed', 'cancelled', 'lost'],
  succeeded: [],
  incomplete: [],
  failed: [],
  cancelled: [],
  lost: [],
} as const satisfies Record<RefreshState, readonly RefreshState[]>

export const OPEN_STATES = ['requested', 'running', 'parked'] as const satisfies OpenRefreshState[]

export function isOpen(state: RefreshState): state is OpenRefreshState {
  return (OPEN_STATES as readonly string[]).includes(state)
}

/** States of one institution in a plan. A settled row changes only by a new round. */
export type PlanState = 'pending' | 'collecting' | 'collected' | 'failed' | 'withdrawn' | 'excused'

export const UNSETTLED = ['pending', 'collecting'] as const satisfies PlanState[]

/** How an institution stands in a cut: read for this refresh, kept from before, or never read. */
export type PartState = 'fresh' | 'carried_over' | 'absent'

export type SnapshotStatus = 'building' | 'complete' | 'partial' | 'discarded'

/** Snapshot steps: only a building one changes; what was published stays, except that a deletion takes from it. */
export const SNAPSHOT_STEPS = {
  building: ['complete', 'partial', 'discarded'],
  complete: [],
  partial: [],
  discarded: [],
} as const satisfies Record<SnapshotStatus, readonly SnapshotStatus[]>

export type ConsentState = 'active' | 'needs_user' | 'ended'

/** Time limits of one reading. They travel in its plan row: a setting that changes later does not change them. */
export type Limits = {
  /** One call, from connecting to the last byte. */
  callMs: number
  /** One attempt at one institution. */
  attemptMs: number
  /** All quick attempts together. */
  readingMs: number
  heartbeatMs: number
  /** First try included. */
  quickTries: number
  /** What a failed reading waits before its next round: the first time, the second, …; the last one repeats. */
  waitsMs: number[]
}

/** What a part lacks, in one word a reader can show. */
export type PartReason =
  | FailureName
  | 'still_reading'
  | 'excused'
  | 'older_than_asked'
  | 'earlier_consent'
  | 'gaps'
  | 'never_collected'
