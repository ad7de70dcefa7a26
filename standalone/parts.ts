import { EventEmitter, once } from 'node:events'

import { within } from './processes/exits.ts'

/** Something that was started and has to be stopped. */
export type Part = {
  /** Resolves when it is over for good: with an error if nobody asked for it. */
  gone: Promise<Error | undefined>
  stop(): Promise<void>
  kill(): Promise<void>
}

/** Who is stopped first: whoever uses others goes before them. */
const ORDER = ['operator', 'api', 'worker', 'sandbox', 'temporal', 'postgres'] as const
export type PartName = (typeof ORDER)[number]

/** What is still being started when all is to stop has this long to arrive, so that it can be stopped, too. */
const ARRIVE_LIMIT_MS = 5_000

export class Stopped extends Error {}

/** Everything that was started, so that all of it can be stopped in order, whenever that is asked for. */
export function createParts() {
  const started: { name: PartName; part: Part }[] = []
  const arriving = new Set<Promise<unknown>>()
  const failures = new EventEmitter()
  const over = once(failures, 'failure').then(([error]: unknown[]) => asError(error))
  const stopping = new AbortController()
  const isStopping = () => stopping.signal.aborted

  /** Starts a part and keeps it. A part that arrives after `stop` is stopped at once. */
  async function keep<P extends Part>(name: PartName, starting: () => Promise<P>): Promise<P> {
    if (isStopping()) throw new Stopped('stopped')
    const arrival = starting()
    arriving.add(arrival)
    try {
      const part = await arrival
      started.push({ name, part })
      void part.gone.then((error) => error && giveUp(error))
      return part
    } finally {
      arriving.delete(arrival)
    }
  }

  /** Without what failed the whole is of no use. What fails while all is stopped anyway is nobody's concern. */
  function giveUp(error: unknown): void {
    if (!isStopping()) failures.emit('failure', error)
  }

  /** Passes a promise on; if it fails, the whole is over at once, whoever waits for it and when. */
  function needed<T>(promise: Promise<T>): Promise<T> {
    promise.catch(giveUp)
    return promise
  }

  async function stop(): Promise<void> {
    stopping.abort()
    await within(Promise.allSettled(arriving), ARRIVE_LIMIT_MS)
    for (const name of ORDER)
      for (const each of started) if (each.name === name) await each.part.stop().catch(() => each.part.kill())
  }

  async function kill(): Promise<void> {
    stopping.abort()
    await Promise.allSettled(started.map(async ({ part }) => part.kill()))
  }

  return { keep, needed, giveUp, stop, kill, over, isStopping, stopping: stopping.signal }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

export type Parts = ReturnType<typeof createParts>
