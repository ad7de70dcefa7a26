import { type Client, type Connection, WorkflowNotFoundError } from '@temporalio/client'

/** What the engine says of a run. Unknown: it has never heard of it, or no longer. */
export type RunStatus =
  | 'running'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'terminated'
  | 'timed-out'
  | 'unknown'

/** Who stopped a run in the engine, and why, as far as the engine was told. */
export type LastWord = { by: string | null; why: string | null }

// A call to the engine that takes longer than this is the engine being away; whoever called tries again later.
const ENGINE_TIMEOUT_MS = 5_000

// A cancelled run writes a few more events before it ends.
const LAST_EVENTS = 20

export const soonAt =
  (connection: Connection) =>
  <T>(call: () => Promise<T>): Promise<T> =>
    connection.withDeadline(Date.now() + ENGINE_TIMEOUT_MS, call)

/** Looks at runs by their id, whatever story they tell. */
export function createLooking(client: Client, connection: Connection, namespace: string) {
  const soon = soonAt(connection)

  async function describe(workflowId: string): Promise<RunStatus> {
    try {
      const { status } = await soon(() => client.workflow.getHandle(workflowId).describe())
      return STATUS[status.name] ?? 'unknown'
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'unknown'
      throw error
    }
  }

  /** Null: nobody stopped it, or it is not known. */
  async function lastWord(workflowId: string): Promise<LastWord | null> {
    try {
      const { history } = await soon(() =>
        connection.workflowService.getWorkflowExecutionHistoryReverse({
          namespace,
          execution: { workflowId },
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

  return { describe, lastWord }
}

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
