import { randomUUID } from 'node:crypto'

import { onTestFinished } from 'vitest'

import { createLog } from '../log.ts'
import { type AppDeps, createApp } from './app.ts'
import { makeDoor } from './make-door.ts'
import { makePublished } from './make-published.ts'
import { ISSUER } from './make-tokens.ts'
import { lawful } from './openapi/test-answers.ts'
import { RequestProblem } from './problems.ts'
import { startServer } from './server.ts'
import { createStreams } from './streams/live.ts'

export const PERSON = 7

type Changes = Partial<AppDeps>

/** Everything the app needs, with nothing behind it: one person, whose token is 'good', and nothing published. */
export const makeDeps = (changes: Changes = {}): AppDeps => ({
  events: { record: async () => ({ outcome: 'started', refreshNo: 12, eventId: 5 }) },
  announce: () => {},
  announceRevocation: () => {},
  revocations: { request: async () => null, of: async () => null, list: async () => [] },
  receiptKeys: { all: async () => [] },
  failpoint: async () => {},
  beginConsent: async () => ({
    requestId: randomUUID(),
    authorizeUrl: 'https://bank.example',
    expiresAt: inAnHour(),
  }),
  consentCallbacks: { finish: async () => null },
  consentList: { list: async () => [], one: async () => null, history: async () => [] },
  consentTerms: { change: async () => ({ outcome: 'none' }) },
  published: makePublished().published,
  institutionList: { list: async () => [] },
  institutionHealth: async () => new Map(),
  progress: { of: async () => null },
  live: {
    serve: createStreams({ watches: { watch: () => () => {} }, limits: { perUser: 8, perProcess: 100 } })
      .serve,
    progress: async () => null,
    heads: async () => ({ published: [], refresh: null, views: { latest: null, complete: null } }),
  },
  users: { idBySubject: async (_issuer, subject) => (subject === 'person-1' ? PERSON : null) },
  verifyToken: async (token) => {
    if (token === 'good') return { subject: 'person-1', expiresAt: inAnHour(), sessionId: null }
    if (token === 'stranger') return { subject: 'person-2', expiresAt: inAnHour(), sessionId: null }
    throw new RequestProblem('Unauthenticated')
  },
  issuer: ISSUER,
  checks: { database: async () => true, engine: async () => true },
  door: makeDoor(),
  log: createLog('api', 'silent'),
  ...changes,
})

const inAnHour = (): Date => new Date(Date.now() + 3_600_000)

/**
 * A real server on a free port; gone when the test ends. Requests are the person's unless told. Every answer is judged by
 * the API's own document before a test sees it.
 */
export async function startApi(changes: Changes = {}) {
  const server = await startServer(createApp(makeDeps(changes)), { host: '127.0.0.1', port: 0 })
  onTestFinished(server.close)
  const url = `http://127.0.0.1:${server.port}`
  const asNobody = async (path: string, init: RequestInit = {}): Promise<Response> =>
    lawful(init.method ?? 'GET', `${url}${path}`, await fetch(`${url}${path}`, init))
  const ask = (path: string, { headers, ...init }: RequestInit = {}): Promise<Response> =>
    asNobody(path, {
      ...init,
      headers: { authorization: 'Bearer good', ...Object.fromEntries(new Headers(headers)) },
    })
  const post = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    ask('/v1/events', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'key-00000001', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return { url, server, ask, asNobody, post }
}
