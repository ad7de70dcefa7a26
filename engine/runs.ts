import {
  Client,
  type Connection,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client'
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

import type { RefreshRef } from '../domain/refresh.ts'
import {
  MACHINE_QUEUE,
  REFRESH_SNAPSHOT,
  type RefreshInput,
  refreshWorkflowId,
  ROWS_CHANGED,
} from '../workflows/contract.ts'
import { createLooking, type LastWord, type RunStatus, soonAt } from './looking.ts'
import { createRevocationRuns } from './revocation-runs.ts'

export type { RunStatus } from './looking.ts'

const refreshState = defineSearchAttributeKey('RefreshState', SearchAttributeType.KEYWORD)

export type RunsOptions = { connection: Connection; namespace: string; taskQueue?: string }

/** The client side of Temporal: start, hint, cancel, describe. Messages are hints; the rows are the truth. */
export function createRuns({ connection, namespace, taskQueue = MACHINE_QUEUE }: RunsOptions) {
  const client = new Client({ connection, namespace })
  const soon = soonAt(connection)
  const looking = createLooking(client, connection, namespace)

  /** Starts a refresh's run. Started already is success: anyone may start it, any number of times. */
  async function start(refresh: RefreshRef, { priority, reason }: { priority: number; reason: string }) {
    const input: RefreshInput = { refresh }
    try {
      await soon(() =>
        client.workflow.start(REFRESH_SNAPSHOT, {
          args: [input],
          taskQueue,
          workflowId: refreshWorkflowId(refresh),
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
          staticSummary: `${reason}, refresh ${refresh.refreshNo}`,
          typedSearchAttributes: [{ key: refreshState, value: 'collecting' }],
          priority: { priorityKey: priority },
        }),
      )
      return 'started' as const
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'started-before' as const
      throw error
    }
  }

  /** Tells a run that its rows changed. A run that is over needs no hint. */
  async function hint(refresh: RefreshRef): Promise<void> {
    try {
      await soon(() => client.workflow.getHandle(refreshWorkflowId(refresh)).signal(ROWS_CHANGED))
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error
    }
  }

  const describe = (refresh: RefreshRef): Promise<RunStatus> => looking.describe(refreshWorkflowId(refresh))

  /** Who cancelled or terminated a run, and why, as far as the engine was told. Null: nobody, or it is not known. */
  const lastWord = (refresh: RefreshRef): Promise<LastWord | null> =>
    looking.lastWord(refreshWorkflowId(refresh))

  /** Asks a run to end. One that is over, or was never started, has nothing to end. */
  async function cancel(refresh: RefreshRef): Promise<void> {
    try {
      await soon(() => client.workflow.getHandle(refreshWorkflowId(refresh)).cancel())
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error
    }
  }

  const terminate = (refresh: RefreshRef, why: string): Promise<unknown> =>
    soon(() => client.workflow.getHandle(refreshWorkflowId(refresh)).terminate(why))

  /** Whether the engine answers; for readiness only. */
  async function isReachable(): Promise<boolean> {
    try {
      await connection.withDeadline(Date.now() + 1_000, () => connection.workflowService.getSystemInfo({}))
      return true
    } catch {
      return false
    }
  }

  const revocations = createRevocationRuns({ client, taskQueue, soon, looking })
  return { start, hint, describe, lastWord, cancel, terminate, isReachable, ...revocations }
}

export type Runs = ReturnType<typeof createRuns>
