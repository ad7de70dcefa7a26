import { setTimeout as sleep } from 'node:timers/promises'

import { type ArrivedEvent, readEvents } from '../../../standalone/story/sent-events.ts'
import type { Random } from '../support/random.ts'

export type Connect = (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>

/** How long a connection lasts; a client that is not cut off stays until it is stopped. */
type Cuts = { random: Random; longestMs: number } | null

/**
 * A client as an app has one: connects again with the last id whenever the stream is cut off, by itself at random
 * moments too, and keeps what arrived whole. Ends by itself at `closed`, or where it is told not to come again.
 */
export function startStreamClient(connect: Connect, cuts: Cuts = null) {
  const events: ArrivedEvent[] = []
  const statuses: number[] = []
  const stopping = new AbortController()
  let lastId = ''
  let connections = 0

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const over = await connectOnce().catch(() => false) // a server that is away, or we hung up
      if (over) return
      await sleep(cuts ? cuts.random.below(20) : 20)
    }
  }

  async function connectOnce(): Promise<boolean> {
    const hangUp = cuts ? AbortSignal.timeout(1 + cuts.random.below(cuts.longestMs)) : null
    const signal = hangUp ? AbortSignal.any([stopping.signal, hangUp]) : stopping.signal
    const answer = await connect(lastId === '' ? {} : { 'last-event-id': lastId }, signal)
    connections += 1
    statuses.push(answer.status)
    if (answer.status !== 200) return true
    for await (const event of readEvents(answer.body!, lastId)) {
      events.push(event)
      lastId = event.id
      if (event.event === 'closed') return true
    }
    return false
  }

  const ended = run()
  return {
    events,
    statuses,
    connections: () => connections,
    /** What a kind of event carried, in order. */
    dataOf: <T>(kind: string): T[] =>
      events.filter(({ event }) => event === kind).map(({ data }) => JSON.parse(data) as T),
    ended,
    stop: async (): Promise<void> => {
      stopping.abort()
      await ended
    },
  }
}

export type StreamClient = ReturnType<typeof startStreamClient>
