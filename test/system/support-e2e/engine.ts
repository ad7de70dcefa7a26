import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import { inject } from 'vitest'

import { until } from '../world.ts'

export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>
export type EnginePlace = { address: string; namespace: string }

/** What workers in this process say through the SDK: kept for tests that look for leaks, and off the screen. */
export const sdkLog: unknown[] = []
Runtime.install({ logger: new DefaultLogger('DEBUG', (entry) => sdkLog.push(entry)) })

/** The engine, as an operator reaches it. */
export async function openEngine({ address, namespace }: EnginePlace = sharedEngine()) {
  const connection = await Connection.connect({ address })
  const client = new Client({ connection, namespace })
  const history = (workflowId: string): Promise<History> =>
    client.workflow.getHandle(workflowId).fetchHistory()
  const status = async (workflowId: string): Promise<string> =>
    (await client.workflow.getHandle(workflowId).describe()).status.name

  /** How the run ended: `COMPLETED`, `CANCELLED`, or `FAILED` with its name. */
  async function ending(workflowId: string): Promise<{ status: string; failure: string | null }> {
    const { events } = await history(workflowId)
    const failed = events?.at(-1)?.workflowExecutionFailedEventAttributes?.failure
    return { status: await status(workflowId), failure: failed?.applicationFailureInfo?.type ?? null }
  }

  /** The same, once the run has ended: its rows close a moment, or the death of a worker, earlier. */
  async function endingSoon(workflowId: string) {
    await until(`the end of ${workflowId}`, async () => (await status(workflowId)) !== 'RUNNING')
    return ending(workflowId)
  }

  /** Activities that are scheduled or running: what a worker's slot is taken by. */
  async function pendingActivities(workflowId: string): Promise<number> {
    const { raw } = await client.workflow.getHandle(workflowId).describe()
    return raw.pendingActivities?.length ?? 0
  }

  return {
    connection,
    client,
    history,
    status,
    ending: endingSoon,
    pendingActivities,
    close: () => connection.close(),
  }
}

export type Engine = Awaited<ReturnType<typeof openEngine>>

const sharedEngine = (): EnginePlace => ({ address: inject('temporalAddress'), namespace: 'default' })
