import type { IncomingMessage } from 'node:http'

import { readBody } from './body.ts'
import { checkTranId, checkUrl, type Note } from './call-checks.ts'
import type { Call } from './call-log.ts'
import { type ConsentAnswer, ledTo, sendAnswer, toldHere } from './consent-answer.ts'
import { agree, answerLogin, isPerson, loginPage, refuse } from './consent-decision.ts'
import {
  ConsentRefusal,
  type ConsentRequest,
  type Place,
  type Query,
  readCallback,
  readConsentRequest,
  readQuery,
} from './consent-request.ts'
import { type Arrival, LOGIN, type Visit } from './consent-visit.ts'
import { endured } from './endure.ts'
import type { World } from './world.ts'

const AUTHORIZE = '/oauth/2.0/authorize'

/** The place for many institutions at once; its first part of a path is no institution's. */
const INTEGRATED = 'integrated'

/** Where a consent is asked for by this path; undefined if nowhere. */
export function placeOf(world: World, first: string, rest: string): Place | undefined {
  const institution = world.institutions.get(first)
  const isPlace = institution !== undefined || first === INTEGRATED
  return isPlace && (rest === AUTHORIZE || rest === LOGIN) ? { placeId: first, institution } : undefined
}

/** Serves a person's browser, or a program that speaks for one. */
export async function serveConsent(arrival: Arrival): Promise<void> {
  const { world, place, path, request, response, url } = arrival
  const call = world.calls.open(place.placeId)
  const gone = new AbortController()
  response.once('close', () => {
    world.calls.close(call, { status: null, rspCode: null, aborted: true })
    gone.abort()
  })
  call.api = path === AUTHORIZE ? 'oauth-authorize' : 'oauth-login'
  const note: Note = (kind, detail) => world.violations.record(kind, place.placeId, `${call.api}: ${detail}`)
  const visit = { ...arrival, call, note, gone: gone.signal, tranId: tranIdFor(request, call, place) }
  const body = await readBody(request)
  checkUrl(url, note)
  const answer = path === AUTHORIZE ? await askForConsent(visit) : answerLogin(visit, body)
  if (answer) sendAnswer(visit, answer)
}

/** 개별인증-001, and its like for many institutions. */
async function askForConsent(visit: Visit): Promise<ConsentAnswer | undefined> {
  const { world, place, url, request, note, gone, call } = visit
  const query = readQuery(url)
  const callback = readCallback(world, query)
  if (request.method !== 'GET') {
    note('wrong-method', `${request.method}`)
    return toldHere(visit, 405, 'method_not_allowed', query.values['state'])
  }
  const hint = query.values['login_hint'] ?? ''
  call.person = isPerson(world, hint) ? hint : null
  const effect = world.behaviours.next(place.placeId, 'oauth-authorize', call)
  if (!(await endured(effect, gone))) return undefined
  if (typeof callback === 'string') {
    note(callback === 'redirect_uri' ? 'unregistered-redirect' : 'malformed-authorization', callback)
    return toldHere(visit, 400, 'invalid_request', query.values['state'], callback)
  }
  try {
    if (effect.status) throw new ConsentRefusal(outageOf(effect.status.http), 'told to fail')
    const asked = readConsentRequest(world, place, query, callback)
    return begin(visit, { ...asked, ci: ciFrom(visit) }, query.values)
  } catch (error) {
    if (!(error instanceof ConsentRefusal)) throw error
    if (error.error.startsWith('invalid') || error.error.startsWith('unsupported'))
      note('malformed-authorization', error.description)
    return refuse(visit, callback, error)
  }
}

/** Agrees at once for a program that says who it speaks for; shows the page to a person. */
function begin(visit: Visit, request: ConsentRequest, values: Query['values']): ConsentAnswer {
  const { world, place } = visit
  if (values['prompt'] === 'none') {
    if (!isPerson(world, request.loginHint)) throw new ConsentRefusal('invalid_request', 'login_hint')
    if (values['answer'] === 'refuse') throw new ConsentRefusal('access_denied', 'the person refused')
    return agree(visit, request, { person: request.loginHint, memo: true })
  }
  const session = world.logins.open(request)
  // A server asked, for a browser to be led on: the standard's way.
  if (request.ci !== undefined) return ledTo(`${world.baseUrl}/${place.placeId}${LOGIN}?session=${session}`)
  return loginPage(visit, request, session)
}

/** The person the client says it must be. Only servers say so, and they number their calls. */
function ciFrom({ world, request, call, note }: Visit): string | undefined {
  const ci = request.headers['x-user-ci']
  if (ci === undefined) return undefined
  if (!checkTranId(world, call.tranId, note)) throw new ConsentRefusal('invalid_request', 'x-api-tran-id')
  return String(ci)
}

function outageOf(http: number): string {
  return http === 503 || http === 429 ? 'temporarily_unavailable' : 'server_error'
}

/** The caller's number, or one of ours where a browser comes without. */
function tranIdFor({ headers }: IncomingMessage, call: Call, { placeId }: Place): string {
  const given = headers['x-api-tran-id']
  call.tranId = typeof given === 'string' ? given : null
  if (call.tranId !== null && /^[\x20-\x7e]{1,100}$/.test(call.tranId)) return call.tranId
  return `${placeId.toUpperCase().padEnd(10, '0')}P${String(call.no).padStart(14, '0')}`
}
