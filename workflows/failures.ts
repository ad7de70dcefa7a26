import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow'

import { type FailureName, isFailureName } from '../domain/failures.ts'

/** What a step failed with, by name. An error of our own classes never crosses the engine: only its type does. */
export type StepFailure = { type: FailureName; notBefore: string | null }

export function stepFailure(error: unknown): StepFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof ApplicationFailure && isFailureName(cause.type)) {
    const [notBefore] = cause.details ?? []
    return { type: cause.type, notBefore: typeof notBefore === 'string' ? notBefore : null }
  }
  if (cause instanceof TimeoutFailure && !isReading(error))
    return { type: 'StorageUnavailable', notBefore: null }
  // A heartbeat that stays away is our worker's death; any other limit of a reading is the institution's time.
  if (cause instanceof TimeoutFailure && cause.timeoutType !== 'HEARTBEAT') {
    return { type: 'InstitutionTooSlow', notBefore: null }
  }
  return { type: 'Unexpected', notBefore: null }
}

/** Only a reading waits for an institution; every other step waits for our own storage, or for a worker. */
const isReading = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.activityType === 'collectInstitution'
