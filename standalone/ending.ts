import { within } from './processes/exits.ts'
import { type System } from './system.ts'

/** Everything has to have ended 10 s after it was asked for; what takes longer is killed, which takes up to 1 s. */
const STOP_LIMIT_MS = 8_500
const KILL_LIMIT_MS = 1_000

/** Stops everything in order; what does not stop is killed. Answers whether all of it stopped by itself. */
export async function endAll(system: Pick<System, 'stop' | 'kill'>): Promise<boolean> {
  if (await within(system.stop(), STOP_LIMIT_MS)) return true
  await within(system.kill(), KILL_LIMIT_MS)
  return false
}

/**
 * Resolves with the first signal to end. One more of them is impatience: then everything is killed, and this process
 * ends with 1.
 */
export async function firstSignal(kill: () => Promise<void>): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isSecond = false
    const onSignal = (signal: NodeJS.Signals): void => {
      if (isSecond) void within(kill(), KILL_LIMIT_MS).finally(() => process.exit(1))
      isSecond = true
      resolve(signal)
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
    // tsx hands signals on to us, but when it is killed itself, only the channel to it tells.
    process.once('disconnect', () => onSignal('SIGTERM'))
  })
}
