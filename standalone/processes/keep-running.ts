import { setTimeout as delay } from 'node:timers/promises'

import { type Exit, tellExit } from './exits.ts'
import { type Death } from './processes.ts'

/** A server that is started by a function of its own. */
type Server = { exited: Promise<Exit>; stop(): Promise<void>; kill(): Promise<void> }

export type KeepOptions<S extends Server> = {
  name: string
  /** Starts it on the data and the port it had. */
  start: () => Promise<S>
  limit: number
  withinMs: number
  delayMs: number
  onDied: (death: Death) => void
}

export type Kept<S> = {
  first: S
  gone: Promise<Error | undefined>
  stop(): Promise<void>
  kill(): Promise<void>
}

/**
 * Starts a server, and again when it dies: up to `limit` times in any `withinMs`. `gone` resolves when it is over for
 * good: undefined after `stop` or `kill`, an error when given up on.
 */
export async function keepRunning<S extends Server>(options: KeepOptions<S>): Promise<Kept<S>> {
  const first = await options.start()
  const stopping = new AbortController()
  const state = { running: first }
  const gone = supervise(options, state, stopping.signal)
  const end = async (how: 'stop' | 'kill') => {
    stopping.abort()
    await state.running[how]()
    await gone
    await state.running[how]() // one that was being started in that very moment
  }
  return { first, gone, stop: async () => end('stop'), kill: async () => end('kill') }
}

async function supervise<S extends Server>(
  { name, start, limit, withinMs, delayMs, onDied }: KeepOptions<S>,
  state: { running: S },
  stopping: AbortSignal,
): Promise<Error | undefined> {
  const deaths: number[] = []
  for (;;) {
    const exit = await state.running.exited
    if (stopping.aborted) return undefined
    deaths.push(Date.now())
    const recent = deaths.filter((at) => at > Date.now() - withinMs).length
    const sentence = `${name} ${tellExit(exit)}`
    const willRestart = recent <= limit
    onDied({ ...exit, name, sentence, willRestart })
    if (!willRestart)
      return new Error(
        `${sentence}; it died ${recent} times within ${withinMs / 1000} s and is not started again`,
      )
    await delay(delayMs, undefined, { signal: stopping }).catch(() => {})
    if (stopping.aborted) return undefined
    try {
      state.running = await start()
    } catch (error) {
      return stopping.aborted ? undefined : new Error(`${name} could not be started again`, { cause: error })
    }
  }
}
