import { setTimeout as sleep } from 'node:timers/promises'

import type { Request, Response } from 'express'
import { z } from 'zod'

import { DomainFailure } from '../../domain/failures.ts'
import { RequestProblem } from '../problems.ts'
import { tokenExpiryOf, userOf } from '../signed-in.ts'
import { type Beat, BEAT, type EventStream, openEventStream, type SentEvent } from './event-stream.ts'
import { createPlaces, type Limits } from './places.ts'
import type { Watches } from './watches.ts'

/** What is shown live: read again after every change, and of that what the client has not been told. */
export type Source<S> = {
  /** Throws a RequestProblem when there is nothing of the caller's to show. */
  read: () => Promise<S>
  /** Remembers what it answers as told. Over: nothing will follow. */
  news: (state: S) => { events: SentEvent[]; isOver: boolean }
}

/** The last event of a stream that ends before its story does. Connect again, with another token if this one is over. */
export const endingEvent = z.strictObject({
  because: z.enum(['TokenExpired', 'LongOpen', 'ShuttingDown']),
})
type Because = z.infer<typeof endingEvent>['because']

export type StreamsOptions = {
  watches: Pick<Watches, 'watch'>
  limits: Limits
  beat?: Beat
}

// A user who has left or a key that was withdrawn is noticed when a client connects again: within the hour.
const LONGEST_MS = 3_600_000
const AWAY_PAUSE_MS = 1_000

export function createStreams({ watches, limits, beat = BEAT }: StreamsOptions) {
  const open = new Set<EventStream>()
  const places = createPlaces(limits)
  let isClosing = false

  /** Answers with a stream that shows the source until it is over, somebody hangs up, or the token expires. */
  async function serve<S>(request: Request, response: Response, source: Source<S>): Promise<void> {
    const userId = userOf(request)
    if (response.closed) return // nobody would give the place back
    if (isClosing) throw new RequestProblem('StreamsFull')
    const bell = createBell()
    const giveBack = places.take(userId)
    // Before the first read, so that no change falls between the two.
    const stopWatching = watches.watch(userId, bell.ring)
    response.once('close', () => {
      giveBack()
      stopWatching()
      bell.ring()
    })
    const begun = await begin(source, response, beat)
    if (!begun) return
    const { stream, isOver } = begun
    open.add(stream)
    const untilEnd = endLater(stream, tokenExpiryOf(request))
    response.once('close', () => {
      open.delete(stream)
      clearTimeout(untilEnd)
    })
    if (isClosing) return stream.end(ending('ShuttingDown'))
    await show(stream, source, isOver, bell)
  }

  /** Tells every client to connect again, to another process, and accepts no more. */
  function close(): void {
    isClosing = true
    for (const stream of open) stream.end(ending('ShuttingDown'))
  }

  return { serve, close }
}

export type Streams = ReturnType<typeof createStreams>

/** Opens the stream with what there is to tell first; null where there is none to open. */
async function begin<S>(source: Source<S>, response: Response, beat: Beat) {
  const { events, isOver } = source.news(await source.read())
  if (response.closed) return null
  if (isOver && events.length === 0) {
    response.status(204).end() // what a client must hear to stop connecting again
    return null
  }
  const stream = openEventStream(response, beat)
  stream.send(events)
  return { stream, isOver }
}

/** Holds on to nothing of what it has sent: most of the time it waits, a thousand times over. */
async function show<S>(
  stream: EventStream,
  source: Source<S>,
  wasOver: boolean,
  bell: ReturnType<typeof createBell>,
): Promise<void> {
  for (let isOver = wasOver; !stream.isGone(); isOver = await tellNews(stream, source)) {
    if (isOver) return stream.end()
    await bell.rung()
    // Whoever is slow is told the newest, not all that was; nothing is read for them meanwhile.
    await stream.ready()
  }
}

/** Whether it was the last. */
async function tellNews<S>(stream: EventStream, source: Source<S>): Promise<boolean> {
  const state = await readAgain(source, stream)
  if (state === null) return true
  const { events, isOver } = source.news(state)
  stream.send(events)
  return isOver
}

/** A database that is away for a while is no reason to send anybody away. Null: nobody is there any more. */
async function readAgain<S>(source: Source<S>, stream: EventStream): Promise<S | null> {
  while (!stream.isGone()) {
    try {
      return await source.read()
    } catch (error) {
      if (stream.isGone()) return null
      if (!(error instanceof DomainFailure) || error.type !== 'StorageUnavailable') throw error
      await sleep(AWAY_PAUSE_MS)
    }
  }
  return null
}

function endLater(stream: EventStream, expiresAt: Date): NodeJS.Timeout {
  const leftMs = Math.max(0, expiresAt.getTime() - Date.now())
  const because = leftMs <= LONGEST_MS ? 'TokenExpired' : 'LongOpen'
  return setTimeout(() => stream.end(ending(because)), Math.min(leftMs, LONGEST_MS))
}

const ending = (because: Because): SentEvent => ({ event: 'ending', data: { because } })

/** Rung any number of times before somebody waits for it, it has rung once. */
function createBell() {
  let hasRung = false
  let wake: (() => void) | null = null
  return {
    ring: (): void => {
      hasRung = true
      wake?.()
    },
    rung: async (): Promise<void> => {
      if (!hasRung) await new Promise<void>((resolve) => (wake = resolve))
      hasRung = false
      wake = null
    },
  }
}
