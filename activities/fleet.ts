import { Context } from '@temporalio/activity'

import type { Attempt, ReadingRef } from '../db/attempts.ts'
import { DomainFailure, type FailureName, FAILURES } from '../domain/failures.ts'
import type { CallOutcome } from './call-tally.ts'
import type { ActivityDeps } from './deps.ts'

type Deps = Pick<ActivityDeps, 'breakers' | 'log'>

/**
 * What all workers learn of an institution, told once, when a reading of it ends. A reading is what it is, whether or not
 * it could be told; a probe is always told of, or the next one would wait for its lease.
 */
export async function tellFleet(
  { breakers, log }: Deps,
  { institutionId, refreshNo }: ReadingRef,
  { probe, asOf, attempt }: Attempt,
  outcomes: readonly CallOutcome[],
  error: unknown = null,
): Promise<void> {
  const calls = [...outcomes.map(({ failure }) => ({ failure })), ...untallied(outcomes, error)]
  if (calls.length === 0 && probe === null) return
  const noted = { calls, probe, begunAt: asOf, isFirstTry: attempt === 1 }
  await breakers.note(institutionId, noted).catch(() => {
    log.warn({ institutionId, refreshNo }, 'the fleet could not be told how a reading went')
  })
}

/** What failed beside the calls that are watched: a call for a token, or an answer that was whole and made no sense. */
function untallied(outcomes: readonly CallOutcome[], error: unknown): { failure: FailureName }[] {
  if (!(error instanceof DomainFailure) || FAILURES[error.type].fault !== 'institution') return []
  return outcomes.at(-1)?.failure === error.type ? [] : [{ failure: error.type }]
}

/**
 * A failure as the engine is to see it. An institution is tried again at once only as often as all workers together may:
 * what is not granted waits for later, as if its quick tries were used up.
 */
export async function asItMayBeTried(
  { breakers }: Deps,
  { institutionId }: ReadingRef,
  { limits }: Attempt,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof DomainFailure) || error.isForLater) return error
  const { fault, retry } = FAILURES[error.type]
  if (fault !== 'institution' || retry !== 'soon') return error
  if (Context.current().info.attempt >= limits.quickTries) return error
  // Where nobody can say how much is left, nothing is spent.
  if (await breakers.drawRetry(institutionId).catch(() => false)) return error
  return new DomainFailure(error.type, error.message, { notBefore: error.notBefore, isForLater: true })
}
