import type { ServerResponse } from 'node:http'

import type { Call } from './call-log.ts'
import type { World } from './world.ts'

/** Below /_sandbox: what happens now, as server-sent events. */
export const LIVE = '/calls/stream'

/** What the page shows of a call; it comes when the call comes and again when it has ended. */
export type LiveCall = Omit<Call, 'tranId' | 'grantType' | 'refreshToken'>

/** Short enough to look alive, long enough to join the calls of a busy moment. */
const BEAT_MS = 250
/** The strip of the page is a minute long. */
const PAST_MS = 60_000
/** 8,000 calls a second; of more the latest are told. */
const MAX_CALLS_PER_BEAT = 2_000
const MAX_WATCHERS = 16
/** A reader this far behind is cut off, and comes again by itself. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024

let watching = 0

/** Tells of calls, and of rules and profile whenever they have changed, until the reader goes away. */
export function serveLive(world: World, response: ServerResponse): void {
  if (watching >= MAX_WATCHERS) return void response.writeHead(503).end()
  watching += 1
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=UTF-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  let told = ''
  let waiting = new Map<number, Call>()
  const past = world.calls.list({ since: Date.now() - PAST_MS }).slice(-MAX_CALLS_PER_BEAT)
  for (const call of past) waiting.set(call.no, call)
  const unwatch = world.calls.watch((call) => waiting.set(call.no, call))
  const beat = () => {
    const state = JSON.stringify(stateOf(world))
    if (state !== told) response.write(`event: state\ndata: ${state}\n\n`)
    told = state
    const calls = [...waiting.values()].slice(-MAX_CALLS_PER_BEAT).map(shown)
    if (calls.length > 0) response.write(`event: calls\ndata: ${JSON.stringify(calls)}\n\n`)
    waiting = new Map()
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy()
  }
  beat()
  const timer = setInterval(beat, BEAT_MS)
  response.once('close', () => {
    watching -= 1
    clearInterval(timer)
    unwatch()
  })
}

/** Rules, profile and how each institution stands. */
function stateOf({ behaviours, doors, institutions, clock }: World) {
  return {
    // By the minute: the state is told only when it has changed.
    clock: clock.read().kst.slice(0, 12),
    profile: behaviours.profile(),
    rules: behaviours.list(),
    institutions: [...institutions.values()].map(({ institutionId, name }) => ({
      institutionId,
      name,
      inForce: behaviours.inForce(institutionId),
      door: doors.faultOf(institutionId),
    })),
  }
}

function shown({ tranId: _tranId, grantType: _grantType, refreshToken: _token, ...call }: Call): LiveCall {
  return call
}
