import { hash } from 'node:crypto'

import { z } from 'zod'

import type { RefreshProgress } from '../../db/refresh-progress.ts'
import { isOpen } from '../../domain/refresh.ts'
import { refreshAnswer, refreshExample, refreshOf } from '../answers/refreshes.ts'
import { RequestProblem } from '../problems.ts'
import { defineRoute } from '../route.ts'
import { refreshParams } from '../routes/refreshes.ts'
import { STREAM_PROBLEMS, streamExample } from './event-stream.ts'
import { endingEvent, type Source } from './live.ts'
import type { Live } from './prepare.ts'

export type RefreshStreamDeps = { live: Pick<Live, 'serve' | 'progress'> }

/** `event: refresh`: how the refresh stands now, whole; its id is a digest of that. */
export const refreshEvent = refreshAnswer
/** `event: closed`: the one before was the last. */
export const closedEvent = refreshAnswer
  .pick({ refreshNo: true, state: true })
  .meta({ id: 'RefreshClosed', description: 'The event before was the last of this refresh.' })

type State = NonNullable<Awaited<ReturnType<RefreshProgress['of']>>>

/** A refresh as it goes on. Each event is the whole state, so a client that was cut off misses nothing that still holds. */
export const streamRefresh = defineRoute(
  {
    id: 'streamRefresh',
    method: 'get',
    path: '/v1/me/refreshes/{refreshNo}/stream',
    section: 'Refreshes',
    summary: 'A refresh as it goes on, live',
    description:
      'Server-sent events until it is closed. `refresh` carries the whole document of the refresh, `closed` says that the one before was the last. With Last-Event-ID only what has changed since is sent. See docs/streams.md.',
    access: 'member',
    params: refreshParams,
    answers: {
      200: {
        says: 'The stream.',
        schema: z.string(),
        type: 'text/event-stream',
        events: { refresh: refreshEvent, closed: closedEvent, ending: endingEvent },
        example: streamExample([
          { event: 'refresh', id: 'qXl2yZ0cQk3mVb1nT8sW4g', data: refreshExample },
          {
            event: 'closed',
            id: 'qXl2yZ0cQk3mVb1nT8sW4g.closed',
            data: { refreshNo: refreshExample.refreshNo, state: refreshExample.state },
          },
        ]),
      },
      204: {
        says: 'The client has the last of it: it need not come again.',
        type: null,
        schema: z.undefined(),
        example: undefined,
      },
    },
    problems: ['NotFound', ...STREAM_PROBLEMS],
  },
  ({ live }: RefreshStreamDeps) =>
    async ({ params, userId, request, response }) => {
      const source = refreshSource(
        () => live.progress(userId(), params.refreshNo),
        request.get('last-event-id') ?? '',
      )
      await live.serve(request, response, source)
      return 'written'
    },
)

/** What has been shown is known by its digest alone, also to a client that comes back to another process. */
function refreshSource(read: () => Promise<State | null>, lastEventId: string): Source<State> {
  let shown = lastEventId
  return {
    read: async () => {
      const state = await read()
      if (!state) throw new RequestProblem('NotFound')
      return state
    },
    news: (state) => {
      const data = refreshOf(state)
      const id = hash('sha256', JSON.stringify(data), 'base64url').slice(0, 22)
      const last = `${id}.closed`
      const isOver = !isOpen(state.state)
      const events = []
      if (shown !== id && shown !== last) events.push({ event: 'refresh', id, data })
      if (isOver && shown !== last) {
        events.push({ event: 'closed', id: last, data: { refreshNo: data.refreshNo, state: data.state } })
      }
      shown = id
      return { events, isOver }
    },
  }
}
