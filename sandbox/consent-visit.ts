import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Note } from './call-checks.ts'
import type { Call } from './call-log.ts'
import type { Place } from './consent-request.ts'
import type { World } from './world.ts'

/** A browser, or a program, at a place where consents are asked for. */
export type Arrival = {
  world: World
  place: Place
  path: string
  url: URL
  request: IncomingMessage
  response: ServerResponse
}
/** With its line in the log, and the number that its answer names. */
export type Visit = Arrival & { call: Call; tranId: string; note: Note; gone: AbortSignal }

/** Below a place: where its page is answered. */
export const LOGIN = '/oauth/2.0/login'
