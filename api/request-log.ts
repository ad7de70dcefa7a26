import type { RequestHandler } from 'express'

import type { Log } from '../log.ts'
import { requestIdOf } from './request-ids.ts'

/** One line per request: the pattern of its route, never its address, in which anything may stand. */
export function logged(log: Log): RequestHandler {
  return (request, response, next) => {
    const begunAt = performance.now()
    response.once('close', () => {
      const route: unknown = request.route?.path
      log.info(
        {
          requestId: requestIdOf(request),
          method: request.method,
          route: typeof route === 'string' ? route : 'none',
          status: response.statusCode,
          outcome: response.writableFinished ? 'answered' : 'broken off',
          ms: Math.round(performance.now() - begunAt),
        },
        'request',
      )
    })
    next()
  }
}
