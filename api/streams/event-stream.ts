import type { Response } from 'express'

import type { ProblemName } from '../problems.ts'

/** One server-sent event. Its id, if it has one, comes back as Last-Event-ID when the client connects again. */
export type SentEvent = { event: string; id?: string; data: object }

export type Beat = { heartbeatMs: number; stuckMs: number }

/** What opening a stream may be refused with, besides what every route may. */
export const STREAM_PROBLEMS = ['TooManyStreams', 'StreamsFull'] as const satisfies ProblemName[]

/** Events as they stand in a stream, for the reference. */
export const streamExample = (events: readonly SentEvent[]): string => events.map(textOf).join('')

// Proxies end what is silent for a minute. A client that has taken nothing for half a minute will not: it connects again.
export const BEAT: Beat = { heartbeatMs: 15_000, stuckMs: 30_000 }

// When to connect again after an end: spread, so that a thousand clients of a process that ended do not come at once.
const RETRY_MS = { least: 1_000, spread: 4_000 }

/**
 * Answers with a stream of events. Whoever sends asks `ready` first, so that what waits for a slow client is never more
 * than one sending; a client that takes nothing is dropped.
 */
export function openEventStream(response: Response, { heartbeatMs, stuckMs }: Beat = BEAT) {
  let stuckSince: number | null = null
  let goOn: (() => void) | null = null
  const isGone = (): boolean => response.destroyed || response.closed || response.writableEnded
  const write = (text: string): void => {
    if (!isGone() && !response.write(text)) stuckSince ??= performance.now()
  }
  response.status(200).set({
    'content-type': 'text/event-stream',
    // no-transform: a proxy that compresses also collects; no-store is said of every answer.
    'cache-control': 'no-store, no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  response.flushHeaders()
  write(`retry: ${Math.round(RETRY_MS.least + Math.random() * RETRY_MS.spread)}\n\n`)
  response.on('error', () => {}) // what it was about has gone: `close` follows
  response.on('drain', () => {
    stuckSince = null
    goOn?.()
  })
  const heart = setInterval(() => {
    if (stuckSince === null) write(':\n\n')
    else if (performance.now() - stuckSince >= stuckMs) response.destroy()
  }, heartbeatMs)
  response.once('close', () => {
    clearInterval(heart)
    goOn?.()
  })

  return {
    isGone,
    /** Resolves when what was sent has left, or will not any more. */
    ready: async (): Promise<void> => {
      if (stuckSince !== null && !isGone()) await new Promise<void>((resolve) => (goOn = resolve))
    },
    send: (events: readonly SentEvent[]): void => {
      if (events.length > 0) write(events.map(textOf).join(''))
    },
    end: (...events: readonly SentEvent[]): void => {
      if (!isGone()) response.end(events.map(textOf).join(''))
    },
  }
}

export type EventStream = ReturnType<typeof openEventStream>

/** JSON has no line breaks of its own, so one `data` line holds it. */
const textOf = ({ event, id, data }: SentEvent): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
