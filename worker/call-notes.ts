import type { ActivityDeps } from '../activities/deps.ts'

/** Whoever learns from how the calls of a reading went. */
export type CallTaker = ActivityDeps['noteCalls']

/** Tells each of them; one that fails keeps the others from nothing. */
export function createCallNotes(takers: readonly CallTaker[]): CallTaker {
  return async (institutionId, outcomes) => {
    const told = await Promise.allSettled(takers.map((take) => take(institutionId, outcomes)))
    const failed = told.find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
  }
}
