import { type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

/** How a process ended: by itself with a code, or by a signal. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null }

/** Resolves when the process has ended; never rejects. Call it in the same tick as `spawn`. */
export async function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', () => {
      if (child.pid === undefined) resolve({ code: null, signal: null }) // it could not even be started
    })
  })
}

/** Whether the process has ended, as far as Node has heard. */
export const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** `ended with code 1`, `was ended by SIGKILL`, `could not be started`. */
export function tellExit({ code, signal }: Exit): string {
  if (signal !== null) return `was ended by ${signal}`
  return code === null ? 'could not be started' : `ended with code ${code}`
}

/**
 * Sends the signals one after another, each after the grace of the one before, until the process has ended.
 * The last one should be SIGKILL: its grace, too, is waited for, and then an error is thrown.
 */
export async function endProcess(
  child: ChildProcess,
  exited: Promise<Exit>,
  steps: readonly { signal: NodeJS.Signals; graceMs: number; group?: boolean }[],
): Promise<void> {
  for (const { signal, graceMs, group } of steps) {
    if (child.pid === undefined || hasEnded(child)) return
    if (group) signalGroup(child.pid, signal)
    else child.kill(signal)
    if (await within(exited, graceMs)) return
  }
  throw new Error(`Process ${child.pid} would not end`)
}

/** Whether the promise settled within the limit; the timer does not keep the process alive afterwards. */
export async function within(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  const limit = new AbortController()
  const settled = promise.then(() => true)
  const late = delay(limitMs, false, { signal: limit.signal }).catch(() => false)
  return Promise.race([settled, late]).finally(() => limit.abort())
}

/** Resolves when the process runs; rejects with a sentence when its program cannot be started. */
export async function spawned(child: ChildProcess, name: string): Promise<number> {
  if (child.pid === undefined) {
    const [error]: unknown[] = await once(child, 'error')
    throw new Error(`${name} could not be started`, { cause: error })
  }
  return child.pid
}

/** Signals a child that leads its own process group, and everything it started. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // the group is already gone
  }
}
