import { randomUUID } from 'node:crypto'

import type { Request, RequestHandler } from 'express'

// A caller's own id goes into our log: characters that can forge no line, and no more than a log line bears.
const WELL_FORMED = /^[A-Za-z0-9._-]{8,64}$/

const ids = new WeakMap<Request, string>()

/** Every request has an id: the caller's if it is well formed, else ours. It is echoed, logged and in every problem. */
export const withRequestId: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id') ?? ''
  const id = WELL_FORMED.test(given) ? given : randomUUID()
  ids.set(request, id)
  response.set('x-request-id', id)
  next()
}

export const requestIdOf = (request: Request): string => ids.get(request) ?? 'unknown'
