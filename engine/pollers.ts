import type { Connection } from '@temporalio/client'

import { MACHINE_QUEUE } from '../workflows/contract.ts'

// enums.v1.TaskQueueType: asking for stories is what every worker does, busy or idle.
const FOR_WORKFLOWS = 1
// A call to the engine that takes longer than this is the engine being away.
const ENGINE_TIMEOUT_MS = 5_000

export type QueueOptions = { connection: Connection; namespace: string; taskQueue?: string }

/** Who asks the queue for work, and when each last did: an SDK's worker is named `<process id>@<host>`. */
export async function pollersOf({ connection, namespace, taskQueue = MACHINE_QUEUE }: QueueOptions) {
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
