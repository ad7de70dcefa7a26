import { type FailureName, FAILURES } from '../../domain/failures.ts'
import type { AskedRecord, RefreshRecord } from './record.ts'

/** One institution of one refresh. */
export type PlanRow = {
  refresh: Refresh
  institutionId: string
  state: 'asks' | 'reads' | 'waits' | 'collected' | 'failed'
  /** Why it waits or failed, and until when it waits. */
  reason: string | null
  until: number | null
  /** Of one that waits: its quick tries are used up, and it waits parked. */
  failure: FailureName | null
  since: number
  /** Nobody tries before: the institution named it. */
  notBefore: number
  /** Its institution has recovered. */
  isDue: boolean
  waits: number
  tries: number
  asked: AskedRecord
  /** Fences timers and workers of the past. */
  version: number
}

export type Refresh = {
  userId: number
  priority: number
  deadline: number
  rows: Map<string, PlanRow>
  record: RefreshRecord
}

export const isParked = ({ state, failure, refresh }: PlanRow): boolean =>
  state === 'waits' && failure !== null && refresh.record.endedAt === null

export const isTheUsers = ({ state, failure }: PlanRow): boolean =>
  state === 'failed' && failure !== null && FAILURES[failure].acts === 'user'

/** As `decide` has it: by a button, and by an event that asks for newer data than the failure. */
export const isTriedAgain = (
  { state, failure, since }: PlanRow,
  isButton: boolean,
  notOlderThan: number,
): boolean => state === 'waits' && failure !== null && (isButton || since < notOlderThan)
