import type { Dispatcher } from 'undici'

import { DomainFailure } from '../domain/failures.ts'
import type { Answer, Bearer, Call, HttpRequest, Visit } from './connector.ts'
import { DeadlinePassed, withinDeadline } from './deadline.ts'
import { readAnswer } from './read-answer.ts'
import { createSockets, type SocketOptions, type Sockets } from './sockets.ts'
import { createTransactionNumbers } from './transaction-number.ts'
import { isReset, transportFailure } from './transport-failures.ts'

export type HttpOptions = Partial<SocketOptions> & {
  /** Our own organisation code, ten letters and digits. */
  operatorCode: string
  /** Whether an origin ('https://api.bank.example') belongs to a registered institution. No other is called. */
  registered: (origin: string) => boolean
  maxBodyBytes?: number
  now?: () => Date
}

export type CallOptions = {
  /** Stops the call; its reason is what the caller gets. */
  signal: AbortSignal
  /** From the first byte sent to the last byte received, connecting and waiting for a connection included. */
  deadlineMs: number
  /** Awaited before every call that goes out: whether it still may (the consent covers it, the fence holds). */
  beforeCall?: (api: string) => Promise<void>
}

// A page has 500 rows at most; at 16 KB a row, twenty times what the contract's longest fields need, that is 8 MiB.
const MAX_BODY_BYTES = 8 * 1024 * 1024
const CONNECT_TIMEOUT_MS = 3000
// Above the readings one process may run against one institution (limited elsewhere), so that calls do not queue here.
const MAX_CONNECTIONS_PER_ORIGIN = 64

/**
 * Calls institutions. One call has one deadline, follows no redirect, goes to registered origins only, there to
 * public addresses only, and ends in an answer that is whole and ours, or in a DomainFailure whose message holds nothing
 * of the answer.
 */
export function createHttp(options: HttpOptions) {
  const sockets = createSockets({
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    maxConnectionsPerOrigin: MAX_CONNECTIONS_PER_ORIGIN,
    ...options,
  })
  const now = options.now ?? (() => new Date())
  const numbers = createTransactionNumbers(options.operatorCode, now)
  const limits = { maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES, now }

  /** Sends a call, until its answer begins. */
  async function send(request: HttpRequest, signal: AbortSignal) {
    const number = numbers()
    const agent = sockets.agentOf(request.institution.institutionId)
    const response = await agent.request({ ...outgoing(request, number, options.registered), signal })
    return { response, number }
  }

  async function call(request: HttpRequest, callOptions: CallOptions, also?: AbortSignal): Promise<Answer> {
    const { signal, deadlineMs, beforeCall = allowed } = callOptions
    const signals = also ? [signal, also] : [signal]
    for (const one of signals) one.throwIfAborted()
    await beforeCall(request.api)
    const attempt = async (stop: AbortSignal) => {
      const { response, number } = await send(request, stop).catch(async (error: unknown) => {
        if (stop.aborted || !isStale(error, request, sockets)) throw error
        await beforeCall(request.api)
        return send(request, stop)
      })
      return readAnswer(response, { request, number, ...limits })
    }
    return withinDeadline(deadlineMs, signals, attempt).catch((error: unknown) => {
      throw signals.some(({ aborted, reason }) => aborted && reason === error) ? error : named(error, request)
    })
  }

  return { call, close: sockets.close }
}

export type Http = ReturnType<typeof createHttp>

// Once more with a token that was renewed for it; and once with one that somebody else has renewed in the meantime.
const MOST_REPEATS = 2

/**
 * The calls of one visit: its institution, reason and token in every one of them. A call whose token is refused is made
 * again with another, as long as its bearer has one.
 */
export function bindCall(
  http: Pick<Http, 'call'>,
  { institution, apiType }: Pick<Visit, 'institution' | 'apiType'>,
  bearer: Bearer,
  options: CallOptions,
): Call {
  return async (request, also) => {
    let accessToken = bearer.token()
    for (let repeats = 0; ; repeats += 1) {
      try {
        return await http.call({ ...request, institution, accessToken, apiType }, options, also?.signal)
      } catch (error) {
        if (repeats === MOST_REPEATS || !isRefusedToken(error)) throw error
        accessToken = await bearer.instead(accessToken, error)
      }
    }
  }
}

const isRefusedToken = (error: unknown): error is DomainFailure =>
  error instanceof DomainFailure && error.type === 'CredentialsRejected'

const allowed = async (): Promise<void> => {}

/** A kept connection that the server had already closed: nothing was answered, and asking again changes nothing. */
const isStale = (error: unknown, { method }: HttpRequest, sockets: Sockets): boolean =>
  method === 'GET' && error instanceof Error && isReset(error) && sockets.wasUsedBefore(error)

function named(error: unknown, { institution, api }: HttpRequest): unknown {
  if (error instanceof DomainFailure) return error
  const where = `${institution.institutionId} ${api}`
  if (error instanceof DeadlinePassed)
    return new DomainFailure('InstitutionTooSlow', `${where}: expected a whole answer within the deadline`)
  const { type, expected } = transportFailure(error)
  return new DomainFailure(type, `${where}: ${expected}`)
}

function outgoing(request: HttpRequest, number: string, registered: HttpOptions['registered']) {
  const { origin, path } = destination(request, registered)
  const { json, form } = request
  const body = json ? JSON.stringify(json) : form ? new URLSearchParams(form).toString() : null
  const type = json ? 'application/json; charset=UTF-8' : 'application/x-www-form-urlencoded'
  return {
    origin,
    path,
    method: request.method,
    body,
    headers: {
      'x-api-tran-id': number,
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...(request.accessToken === null
        ? {}
        : { authorization: `Bearer ${request.accessToken}`, 'x-api-type': request.apiType }),
      ...(body === null ? {} : { 'content-type': type }),
    },
  } satisfies Dispatcher.RequestOptions
}

function destination({ institution, api, path, query }: HttpRequest, registered: HttpOptions['registered']) {
  const base = URL.canParse(institution.baseUrl) ? new URL(institution.baseUrl) : null
  if (!base || !registered(base.origin))
    throw new DomainFailure(
      'RequestRejected',
      `${institution.institutionId} ${api}: expected a registered origin`,
    )
  const search = query ? `?${new URLSearchParams(query).toString()}` : ''
  return { origin: base.origin, path: `${base.pathname.replace(/\/$/, '')}${path}${search}` }
}
