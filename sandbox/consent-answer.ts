import { pagePolicy } from './consent-page.ts'
import { type Callback, MAX_STATE } from './consent-request.ts'
import type { Visit } from './consent-visit.ts'

/** What a browser gets: a page, or the way back to the client. */
export type ConsentAnswer = {
  status: number
  headers: Readonly<Record<string, string>>
  text: string
  /** An error name of RFC 6749, for the log. */
  error?: string
}

/** Addresses of these pages hold sessions and codes: nobody keeps them, nobody is told them. */
const discreet = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

export function page(html: string, redirectUri?: string, status = 200): ConsentAnswer {
  const headers = {
    ...discreet,
    'content-type': 'text/html; charset=UTF-8',
    'content-security-policy': pagePolicy(redirectUri),
    'x-frame-options': 'DENY',
  }
  return { status, headers, text: html }
}

/** An error for the caller itself: the callback cannot be trusted, or the method is wrong. */
export function toldHere(
  { tranId }: Visit,
  status: number,
  error: string,
  state = '',
  description?: string,
): ConsentAnswer {
  const why = description === undefined ? {} : { error_description: description }
  const body = { error, ...why, state: state.slice(0, MAX_STATE), api_tran_id: tranId }
  const headers = { ...discreet, 'content-type': 'application/json; charset=UTF-8' }
  return { status, headers, text: JSON.stringify(body), error }
}

/** Sends the person back to the client with a code, or with the name of an error. */
export function backWith(
  { world, place, tranId }: Visit,
  { redirectUri, state }: Callback,
  outcome: { code: string } | { error: string; error_description: string },
): ConsentAnswer {
  const url = new URL(redirectUri)
  // iss: RFC 9207, against mixed-up institutions.
  const iss = `${world.baseUrl}/${place.placeId}`
  const told = { ...outcome, ...(state === undefined ? {} : { state }), iss, api_tran_id: tranId }
  for (const [name, value] of Object.entries(told)) url.searchParams.append(name, value)
  return { ...ledTo(url.href), ...('error' in outcome ? { error: outcome.error } : {}) }
}

export function ledTo(location: string): ConsentAnswer {
  return { status: 302, headers: { ...discreet, location }, text: '' }
}

/** Sends an answer and closes the line of the call log. */
export function sendAnswer(
  { world, response, call, tranId }: Visit,
  { status, headers, text, error }: ConsentAnswer,
): void {
  world.calls.close(call, { status, rspCode: error ?? null, aborted: false })
  const length = Buffer.byteLength(text)
  response.writeHead(status, { ...headers, 'x-api-tran-id': tranId, 'content-length': length }).end(text)
}
