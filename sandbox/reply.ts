import type { IncomingMessage, ServerResponse } from 'node:http'

import { type Answer, coded, oauthError, OAuthRefusal, Refusal } from './answer.ts'
import type { Effect } from './behaviour.ts'
import type { Call } from './call-log.ts'
import { retryAfterText } from './faults/retry-after.ts'
import type { Institution } from './institutions.ts'
import type { Mangle } from './mangle.ts'
import type { Route } from './route.ts'
import { spoiledBody, spoiledBytes, wireFaultOf } from './spoil.ts'
import type { World } from './world.ts'

/** A call to an institution, as it arrived. */
export type Incoming = {
  world: World
  institution: Institution
  /** Below the institution's base path. */
  path: string
  url: URL
  request: IncomingMessage
  response: ServerResponse
  /** How the answer will be spoiled. */
  mangle?: Mangle | undefined
  /** Parameters that stand in the path. */
  inPath?: Readonly<Record<string, string>> | undefined
  /** Cursor of the page that was asked for, as it was sent and as it was meant. */
  cursor?: string | undefined
  meantCursor?: string | undefined
  /** Whose token came, and of which of their consents. */
  owner?: { person: string; generation: number } | undefined
}

/** Sends an answer, spoiled if told so, and closes the line of the call log. */
export function send(incoming: Incoming, call: Call, answer: Answer): void {
  const { world, response } = incoming
  const { status, retryAfter } = answer
  const body = spoiledBody(incoming, answer.body)
  const rspCode = 'rsp_code' in body ? String(body.rsp_code) : 'error' in body ? String(body.error) : null
  const wire = wireFaultOf(incoming)
  const close = () =>
    world.calls.close(call, {
      status,
      rspCode,
      aborted: wire?.isCut === true || (wire?.lasts === true && !response.writableFinished),
    })
  // Before anybody else hears of the end: a reset ends the response, too, and would be taken for the client's going away.
  if (wire?.lasts) response.prependOnceListener('close', close)
  else close()
  const tranId = call.tranId !== null && /^[\x20-\x7e]{1,100}$/.test(call.tranId) ? call.tranId : undefined
  const { bytes, headers } = spoiledBytes(incoming, body, {
    ...(tranId === undefined ? {} : { 'x-api-tran-id': tranId }),
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    ...answer.headers,
  })
  if (wire) return wire.send({ response, status, headers, body: bytes })
  response.writeHead(status, headers).end(bytes)
}

/** The answer of an institution that was told to fail. */
export function faultOf(
  { http, rspCode, retryAfter }: NonNullable<Effect['status']>,
  route: Route,
  endsInMs?: number,
): Answer {
  const answer =
    route.kind === 'token'
      ? oauthError(
          rspCode ?? (http === 503 || http === 429 ? 'temporarily_unavailable' : 'server_error'),
          http,
        )
      : coded(rspCode ?? defaultCode(http), http)
  if (retryAfter === undefined) return answer
  return { ...answer, retryAfter: retryAfterText(retryAfter, { realNow: Date.now(), endsInMs }) }
}

function defaultCode(http: number): string {
  if (http === 503) return '50008'
  return http >= 500 ? '50001' : `${http}01`
}

/** What a thrown refusal looks like on the wire; anything else is our own fault and goes to stderr. */
export function failure(error: unknown, route: Route | undefined): Answer {
  if (error instanceof Refusal) return coded(error.rspCode)
  if (error instanceof OAuthRefusal) return oauthError(error.error, error.status)
  process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : 'unknown failure'}\n`)
  return route?.kind === 'token' ? oauthError('server_error', 500) : coded('50001')
}
