import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client'

import type { RevocationRef } from '../domain/revocation.ts'
import {
  REVOKE_CONSENT,
  type RevocationInput,
  revocationWorkflowId,
  ROWS_CHANGED,
} from '../workflows/contract.ts'
import type { createLooking } from './looking.ts'

type Engine = {
  client: Client
  taskQueue: string
  soon: <T>(call: () => Promise<T>) => Promise<T>
  looking: ReturnType<typeof createLooking>
}

// Before schedules, beside a person's own buttons: what ends is done at once.
const PRIORITY = 1

/** The client side of what is done about the end of a consent. */
export function createRevocationRuns({ client, taskQueue, soon, looking }: Engine) {
  /**
   * Starts the run of a revocation. Started already is success. One that a person stopped is begun again only where that
   * is asked for: `again`.
   */
  async function startRevocation(revocation: RevocationRef, { again = false } = {}) {
    const input: RevocationInput = { revocation }
    try {
      await soon(() =>
        client.workflow.start(REVOKE_CONSENT, {
          args: [input],
          taskQueue,
          workflowId: revocationWorkflowId(revocation),
          workflowIdReusePolicy: again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
          staticSummary: `the end of a consent, revocation ${revocation.revocationNo}`,
          priority: { priorityKey: PRIORITY },
        }),
      )
      return 'started' as const
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'started-before' as const
      throw error
    }
  }

  /** Tells a run that its row changed. A run that is over needs no hint. */
  async function hintRevocation(revocation: RevocationRef): Promise<void> {
    try {
      await soon(() => client.workflow.getHandle(revocationWorkflowId(revocation)).signal(ROWS_CHANGED))
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error
    }
  }

  return {
    startRevocation,
    hintRevocation,
    describeRevocation: (revocation: RevocationRef) => looking.describe(revocationWorkflowId(revocation)),
    lastWordOnRevocation: (revocation: RevocationRef) => looking.lastWord(revocationWorkflowId(revocation)),
  }
}
