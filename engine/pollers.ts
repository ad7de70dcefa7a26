import type { Connection } from '@temporalio/client'

import { MACHINE_QUEUE } from '../workflows/contract.ts'

// enums.v1.TaskQueueType: asking for stories is what every worker does, busy or idle.
const FOR_WORKFLOWS = 1
// A call to the engine that takes longer than this is the engine being away.
const ENGINE_TIMEOUT_MS = 5_000

/** A question for work waits for a minute at most and is asked again at once: after two, nobody asks any more. */
const SILENT_MS = 120_000

export type QueueOptions = { connection: Connection; namespace: string; taskQueue?: string }

export type Poller = { identity: string; askedAt: Date }

/** Whether a worker on this host asks for work: the SDK names one `<process id>@<host>`. */
export const asksForWork = (pollers: readonly Poller[], host: string, now: Date): boolean =>
  pollers.some(
    ({ identity, askedAt }) => identity.endsWith(`@${host}`) && now.getTime() - askedAt.getTime() < SILENT_MS,
  )

/** Who asks the queue for work, and when each last did. */
export async function pollersOf({
  connection,
  namespace,
  taskQueue = MACHINE_QUEUE,
}: QueueOptions): Promise<Poller[]> {
  const { pollers } = await connection.withDeadline(Date.now() + ENGINE_TIMEOUT_MS, () =>
    connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enum is in a package that is the SDK's own
      taskQueueType: FOR_WORKFLOWS,
    }),
  )
  return (pollers ?? []).map(({ identity, lastAccessTime }) => ({
    identity: identity ?? '',
    askedAt: new Date(Number(lastAccessTime?.seconds ?? 0) * 1_000),
  }))
}
