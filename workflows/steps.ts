import { isCancellation, proxyActivities, proxyLocalActivities, sleep } from '@temporalio/workflow'

import type { Activities } from '../activities/index.ts'
import { stepFailure } from './failures.ts'

/**
 * Steps of one short transaction each run in the workflow's own worker, far below the ten seconds of a workflow task.
 * Four quick tries (50, 100, 200 ms apart) outlast a lost connection; a longer outage is waited out by `patiently`.
 */
export const short = proxyLocalActivities<
  Pick<
    Activities,
    | 'beginRefresh'
    | 'cutSnapshot'
    | 'publishSnapshot'
    | 'parkOrContinue'
    | 'obeyOrder'
    | 'closeRefresh'
    | 'settleReading'
  >
>({
  startToCloseTimeout: '5 seconds',
  scheduleToCloseTimeout: '8 seconds',
  retry: { initialInterval: '50 milliseconds', maximumInterval: '1 second', maximumAttempts: 4 },
})

/** Steps that may grow, and that show in the trace. */
export const long = proxyActivities<Pick<Activities, 'classifySnapshot' | 'analyseSnapshot'>>({
  startToCloseTimeout: '60 seconds',
  scheduleToCloseTimeout: '10 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds', maximumAttempts: 20 },
})

export const { collectInstitution } = proxyActivities<Pick<Activities, 'collectInstitution'>>({
  startToCloseTimeout: '2 minutes', // each reading brings its own; this one only satisfies the proxy
})

/**
 * What is done about the end of a consent is done, however long our own storage or every worker is away: the engine tries
 * again without end, and keeps no record of the tries.
 */
export const revoking = proxyActivities<
  Pick<
    Activities,
    | 'beginRevocation'
    | 'tellInstitution'
    | 'giveUpTelling'
    | 'deleteRevoked'
    | 'showRemainder'
    | 'writeReceipt'
  >
>({
  startToCloseTimeout: '15 minutes', // waiting for what remains to be shown takes ten at most
  heartbeatTimeout: '5 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
})

// 2 + 4 + 8 + 16 + 30 × 16 s: about eight and a half minutes of our own database being away.
const OUTAGE_TRIES = 20
const FIRST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 30_000
// A failure that has no name may be a passing one; a bug repeats itself, and the refresh is closed as failed.
const UNEXPECTED_TRIES = 3

/** Does a step of our own again while our storage is away. What a step says by any other name is final. */
export async function patiently<T>(step: () => Promise<T>): Promise<T> {
  for (
    let tried = 1, pauseMs = FIRST_PAUSE_MS;
    ;
    tried += 1, pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  ) {
    try {
      return await step()
    } catch (error) {
      if (isCancellation(error)) throw error
      const { type } = stepFailure(error)
      const tries =
        type === 'StorageUnavailable' ? OUTAGE_TRIES : type === 'Unexpected' ? UNEXPECTED_TRIES : 1
      if (tried >= tries) throw error
      await sleep(pauseMs, { summary: `${type}: trying again` })
    }
  }
}
