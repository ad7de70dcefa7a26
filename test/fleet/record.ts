import type { Transition } from '../../domain/breaker.ts'
import type { FailureName } from '../../domain/failures.ts'

export type ReadingRecord = {
  institutionId: string
  userId: number
  begunAt: number
  endedAt: number | null
  /** Why it began: a round's first try, an engine's retry of a failure, or the try after one whose worker was lost. */
  as: 'first' | 'retry' | 'resumed'
  probe: number | null
  failure: FailureName | null
}

export type CallRecord = { institutionId: string; at: number; failure: FailureName | null; probe: boolean }

/** What somebody asked for, until it landed or was settled for good. */
export type AskedRecord = { institutionId: string; userId: number; at: number; settledAt: number | null }

export type RefreshRecord = {
  userId: number
  openedAt: number
  endedAt: number | null
  outcome: 'succeeded' | 'incomplete' | null
}

/** What happened, for whoever judges it. */
export const newRecord = () => ({
  transitions: [] as (Transition & { institutionId: string })[],
  readings: [] as ReadingRecord[],
  calls: [] as CallRecord[],
  asked: [] as AskedRecord[],
  refreshes: [] as RefreshRecord[],
  /** A look that woke somebody: how much room there was, and whether it passed over people for a schedule. */
  wakes: [] as { institutionId: string; at: number; woken: number; free: number; unfair: boolean }[],
  /** When an institution was given more than it bears. */
  falls: [] as { institutionId: string; at: number; readings: number }[],
  /** A refresh that neither ends nor waits for something and until some time. */
  stuck: [] as string[],
})

export type Record = ReturnType<typeof newRecord>
