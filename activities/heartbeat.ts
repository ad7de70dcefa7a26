import { Context } from '@temporalio/activity'

// Three heartbeats fit into each heartbeat timeout, so that one that is late kills nothing.
const PER_TIMEOUT = 3

/**
 * Heartbeats while a step runs: they say that its process lives, and carry a cancellation to it. That the step itself
 * ends is the business of its own limits. Answers with what stops them.
 */
export function keepAlive(): () => void {
  const context = Context.current()
  const { heartbeatTimeoutMs } = context.info
  if (!heartbeatTimeoutMs) return () => {}
  const timer = setInterval(() => context.heartbeat(), heartbeatTimeoutMs / PER_TIMEOUT)
  return () => clearInterval(timer)
}

/** With heartbeats: a worker that dies in one of the longer steps is noticed within seconds. */
export async function alive<T>(step: () => Promise<T>): Promise<T> {
  const stopHeartbeat = keepAlive()
  try {
    return await step()
  } finally {
    stopHeartbeat()
  }
}
