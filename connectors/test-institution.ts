import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'

import { SCOPE_WORDS } from '../domain/consent.ts'
import type { Bearer, Institution, Visit } from './connector.ts'
import { bindCall, createHttp, type CallOptions, type HttpOptions } from './http.ts'

/** For tests: a call as it arrived. */
export type Asked = {
  method: string
  path: string
  headers: Record<string, string | undefined>
  /** The query and the fields of the body, which the contract uses alike. */
  params: Record<string, string>
}

export type Respond = (asked: Asked, response: ServerResponse) => void

/** An institution on a free port, scripted by one function, with TLS if it is told how; remembers its calls. */
export async function startInstitution(respond: Respond, tls?: ServerOptions) {
  const calls: Asked[] = []
  let current = respond
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    void readCall(request).then((asked) => {
      calls.push(asked)
      current(asked, response)
    })
  }
  const server = tls ? createTlsServer(tls, serve) : createServer(serve)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const baseUrl = `${tls ? 'https' : 'http'}://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const institution: Institution = { institutionId: 'TESTBANK01', name: 'Test Bank', baseUrl }
  return {
    institution,
    calls,
    server,
    behave: (other: Respond) => {
      current = other
      calls.length = 0
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type TestInstitution = Awaited<ReturnType<typeof startInstitution>>

/** Answers as the standard says: JSON with the echo of the call's number. */
export function say(
  asked: Asked,
  response: ServerResponse,
  body: object | string,
  status = 200,
  headers = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'x-api-tran-id': asked.headers['x-api-tran-id'] ?? '',
    ...headers,
  })
  response.end(typeof body === 'string' ? body : JSON.stringify(body).replaceAll('"EXACT"', EXACT))
}

/** Eighteen digits, sent as a bare JSON number wherever a body says 'EXACT'; no binary float holds them. */
export const EXACT = '123456789012345.678'

/** A client that may call the institution. */
export const httpFor = ({ baseUrl }: Institution, options: Partial<HttpOptions> = {}) =>
  createHttp({
    operatorCode: 'TESTMOA001',
    registered: (origin) => origin === baseUrl,
    mayCall: () => true,
    ...options,
  })

/** A visit to the institution by a person of whom nothing is stored. */
export function makeVisit(
  institution: Institution,
  http: ReturnType<typeof createHttp>,
  {
    options = {},
    accessToken = 'test.access.token',
    bearer = only(accessToken),
    ...overrides
  }: Partial<Omit<Visit, 'call'>> & {
    options?: Partial<CallOptions>
    accessToken?: string
    bearer?: Bearer
  } = {},
): Visit {
  const facts = makeFacts(institution, overrides)
  const signal = new AbortController().signal
  return { ...facts, call: bindCall(http, facts, bearer, { signal, deadlineMs: 5000, ...options }) }
}

/** What is known before the first call of a visit by a person of whom nothing is stored. */
export const makeFacts = (
  institution: Institution,
  overrides: Partial<Omit<Visit, 'call'>> = {},
): Omit<Visit, 'call'> => ({
  institution,
  apiType: 'user-refresh',
  scope: Object.values(SCOPE_WORDS).flat().join(' '),
  today: '2026-11-22',
  historyMonths: 12,
  known: { accounts: [], marks: [] },
  ...overrides,
})

/** One token and no other. */
const only = (accessToken: string): Bearer => ({
  token: () => accessToken,
  instead: (_, refusal) => Promise.reject(refusal),
})

async function readCall(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString('utf8')
  const url = new URL(request.url ?? '/', 'http://localhost')
  const isJson = request.headers['content-type']?.includes('json') ?? false
  const fields: object = isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))
  return {
    method: request.method ?? '',
    path: url.pathname,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    ),
    params: { ...Object.fromEntries(url.searchParams), ...fields },
  }
}
