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

/** What the engine says of a run. Unknown: it has never heard of it, or no longer. */
export type RunStatus =
  | 'running'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'terminated'
  | 'timed-out'
  | 'unknown'

const refreshState = defineSearchAttributeKey('RefreshState', SearchAttributeType.KEYWORD)

// A call to the engine that takes longer than this is the engine being away; whoever called tries again later.
const ENGINE_TIMEOUT_MS = 5_000

// A cancelled run writes a few more events before it ends.
const LAST_EVENTS = 20

export type RunsOptions = { connection: Connection; namespace: string; taskQueue?: string }

/** The client side of Temporal: start, hint, cancel, describe. Messages are hints; the rows are the truth. */
export function createRuns({ connection, namespace, taskQueue = MACHINE_QUEUE }: RunsOptions) {
  const client = new Client({ connection, namespace })
  const soon = <T>(call: () => Promise<T>): Promise<T> =>
    connection.withDeadline(Date.now() + ENGINE_TIMEOUT_MS, call)

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

  async function describe(refresh: RefreshRef): Promise<RunStatus> {
    try {
      const { status } = await soon(() => client.workflow.getHandle(refreshWorkflowId(refresh)).describe())
      return STATUS[status.name] ?? 'unknown'
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'unknown'
      throw error
    }
  }

  /** Who cancelled or terminated a run, and why, as far as the engine was told. Null: nobody, or it is not known. */
  async function lastWord(refresh: RefreshRef): Promise<{ by: string | null; why: string | null } | null> {
    try {
      const { history } = await soon(() =>
        connection.workflowService.getWorkflowExecutionHistoryReverse({
          namespace,
          execution: { workflowId: refreshWorkflowId(refresh) },
          maximumPageSize: LAST_EVENTS,
        }),
      )
      for (const event of history?.events ?? []) {
        const cancelled = event.workflowExecutionCancelRequestedEventAttributes
        const terminated = event.workflowExecutionTerminatedEventAttributes
        if (cancelled) return { by: cancelled.identity || null, why: cancelled.cause || null }
        if (terminated) return { by: terminated.identity || null, why: terminated.reason || null }
      }
      return null
    } catch {
      return null // what closed the refresh is written down all the same
    }
  }

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

  return { start, hint, describe, lastWord, cancel, terminate, isReachable }
}

export type Runs = ReturnType<typeof createRuns>

const STATUS: Partial<Record<string, RunStatus>> = {
  RUNNING: 'running',
  PAUSED: 'running',
  CONTINUED_AS_NEW: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
}
