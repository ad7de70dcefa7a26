import { setTimeout as sleep } from 'node:timers/promises'

import type { Effect } from './behaviour.ts'

/** Waits as long as the institution takes; false if the client gave up first. */
export async function endured({ delayMs, hang }: Effect, gone: AbortSignal): Promise<boolean> {
  // A day stands for never: a hanging call ends with the client or the sandbox.
  const waitMs = hang ? 86_400_000 : delayMs
  if (waitMs > 0) await sleep(waitMs, undefined, { signal: gone }).catch(() => undefined)
  return !gone.aborted
}
