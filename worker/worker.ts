import { fileURLToPath } from 'node:url'

import {
  bundleWorkflowCode,
  type NativeConnection,
  Worker,
  type WorkflowBundleOption,
} from '@temporalio/worker'

import type { ActivityDeps } from '../activities/deps.ts'
import { createActivities } from '../activities/index.ts'
import type { Log } from '../log.ts'
import { MACHINE_QUEUE } from '../workflows/contract.ts'
import { createNamedFailures } from './named-failures.ts'

const WORKFLOWS = fileURLToPath(new URL('../workflows/index.ts', import.meta.url))

/** Builds what the workflow sandbox runs. Takes a second or two; a bundle built beforehand saves it. */
export const buildBundle = (): Promise<{ code: string }> => bundleWorkflowCode({ workflowsPath: WORKFLOWS })

export type WorkerOptions = {
  connection: NativeConnection
  namespace: string
  bundle: WorkflowBundleOption
  activities: ActivityDeps
  log: Log
  shutdownGraceMs: number
  taskQueue?: string
}

/**
 * A worker of the `machine` profile: one queue, and every reading of a refresh handed over with the workflow task that
 * asked for it (eager), without a round trip through matching.
 */
export function createWorker(options: WorkerOptions): Promise<Worker> {
  return Worker.create({
    connection: options.connection,
    namespace: options.namespace,
    taskQueue: options.taskQueue ?? MACHINE_QUEUE,
    workflowBundle: options.bundle,
    activities: createActivities(options.activities),
    interceptors: { activity: [createNamedFailures(options.log)] },
    // Two hundred refreshes of ten institutions wait on calls at once; what a database connection is needed for is short.
    maxConcurrentActivityTaskExecutions: 2_000,
    maxConcurrentLocalActivityExecutions: 500,
    // As many as a large plan has: the SDK's three would send the rest through the queue.
    maxEagerActivityReservationsPerWorkflowTask: 100,
    // A worker that died is no longer waited for after this; one that is merely busy replays a little more.
    stickyQueueScheduleToStartTimeout: '3 seconds',
    // Left to itself the SDK holds a heartbeat back until four fifths of its timeout are over: one that is late would kill
    // its step. Ours come three to a timeout (activities/heartbeat.ts), at most every third of a second, and go out as they come.
    maxHeartbeatThrottleInterval: '100 milliseconds',
    shutdownGraceTime: options.shutdownGraceMs,
    shutdownForceTime: options.shutdownGraceMs + 2_000,
  })
}
