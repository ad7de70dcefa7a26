import express, { type Express, type RequestHandler } from 'express'

import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { invalid, RequestProblem } from './problems.ts'
import type { RateLimits, Rates } from './rate-limits.ts'
import { withRequestId } from './request-ids.ts'
import { logged } from './request-log.ts'
import { withSecurityHeaders } from './security-headers.ts'

/** What both listeners bear, and what stands before them. */
export const DOOR_SETTINGS = [
  'RATE_PER_USER',
  'RATE_PER_ADDRESS',
  'RATE_PER_PROCESS',
  'CONNECTIONS_PER_ADDRESS',
  'TRUSTED_PROXIES',
  'BEHIND_TLS',
] as const

export type DoorOptions = {
  rates: Rates
  /** How many proxies of ours stand before the process: so many entries of X-Forwarded-For are believed, from its end. */
  trustedProxies: number
  isBehindTls: boolean
  connectionsPerAddress: number
}

export const doorOf = (config: Config<(typeof DOOR_SETTINGS)[number]>): DoorOptions => ({
  rates: {
    perUser: config.RATE_PER_USER,
    perAddress: config.RATE_PER_ADDRESS,
    perProcess: config.RATE_PER_PROCESS,
  },
  trustedProxies: config.TRUSTED_PROXIES,
  isBehindTls: config.BEHIND_TLS === 'true',
  connectionsPerAddress: config.CONNECTIONS_PER_ADDRESS,
})

/** Behind proxies every connection is one of theirs, and theirs are not counted. */
export const connectionsOf = ({ trustedProxies, connectionsPerAddress }: DoorOptions) =>
  trustedProxies === 0 ? { connectionsPerAddress } : {}

// A cursor has 120 characters, all filters together less than 500: whatever is longer is none of ours.
const LONGEST_ADDRESS = 4_096

/** An app as both listeners begin: every request has an id and is logged, every answer guarded, every rate kept. */
export function openDoor(
  log: Log,
  limits: RateLimits,
  { trustedProxies, isBehindTls }: Pick<DoorOptions, 'trustedProxies' | 'isBehindTls'>,
): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag') // answers that may be kept name themselves; the others are no-store
  app.set('trust proxy', trustedProxies)
  app.use(withRequestId, logged(log), withSecurityHeaders(isBehindTls), wellFormed, limits.byAddress)
  return app
}

/** What Node's parser lets pass and no program of good will sends. */
const wellFormed: RequestHandler = (request, _response, next) => {
  if (request.originalUrl.length > LONGEST_ADDRESS) throw new RequestProblem('AddressTooLong')
  if (request.headers.host === undefined && request.httpVersion === '1.1')
    throw invalid('header host', 'the name of the server was expected')
  for (const name of ONCE)
    if ((request.headersDistinct[name]?.length ?? 0) > 1) throw invalid(`header ${name}`, 'is expected once')
  next()
}

// Of two, a proxy may have looked at the one and we at the other.
const ONCE = ['authorization', 'content-type', 'host', 'idempotency-key']
