import { hash } from 'node:crypto'

import { Router } from 'express'
import { z } from 'zod'

import type { RefreshProgress } from '../../db/refresh-progress.ts'
import { isOpen } from '../../domain/refresh.ts'
import { checked } from '../checked.ts'
import { onlyMethods } from '../problem-answers.ts'
import { RequestProblem } from '../problems.ts'
import { answerOf, refreshAnswer, refreshNoOf } from '../routes/refreshes.ts'
import { userOf } from '../signed-in.ts'
import type { Source } from './live.ts'
import type { Live } from './prepare.ts'

export type RefreshStreamDeps = { live: Pick<Live, 'serve' | 'progress'> }

/** `event: refresh`: how the refresh stands now, whole; its id is a digest of that. */
export const refreshEvent = refreshAnswer
/** `event: closed`: the one before was the last. */
export const closedEvent = refreshAnswer.pick({ refreshNo: true, state: true })

type State = NonNullable<Awaited<ReturnType<RefreshProgress['of']>>>

/**
 * GET /v1/me/refreshes/{no}/stream: a refresh as it goes on, until it is closed. Each event is the whole state, so a
 * client that was cut off misses nothing that still holds.
 */
export function refreshStreamRoutes({ live }: RefreshStreamDeps): Router {
  const router = Router()
  router
    .route('/me/refreshes/:refreshNo/stream')
    .head(onlyMethods('GET'))
    .get(async (request, response) => {
      checked(z.strictObject({}), request.query)
      const refreshNo = refreshNoOf(request.params.refreshNo)
      if (refreshNo === null) throw new RequestProblem('NotFound')
      const userId = userOf(request)
      const source = refreshSource(() => live.progress(userId, refreshNo), request.get('last-event-id') ?? '')
      await live.serve(request, response, source)
    })
    .all(onlyMethods('GET'))
  return router
}

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
      const data = answerOf(state)
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
