import { onTestFinished } from 'vitest'

import type { Batch } from '../../db/operator-batches.ts'
import { createLog } from '../../log.ts'
import { makeDoor } from '../make-door.ts'
import { RequestProblem } from '../problems.ts'
import { startServer } from '../server.ts'
import { createOperatorApp, type OperatorAppDeps } from './app.ts'

export const PERSON = 7
export const NOW = new Date('2026-11-22T00:01:00.000Z')

const ROLES: Record<string, readonly string[]> = {
  operator: ['operator'],
  viewer: ['viewer'],
  nobody: ['auditor'],
}

/** One that was looked at, and is not ordered. */
export const makeBatch = (changes: Partial<Batch> = {}): Batch => ({
  batchNo: 7,
  verb: 'cancel',
  institutionIds: null,
  proposedBy: 'kim-operator',
  proposedAt: NOW,
  refreshes: 3,
  begunAt: null,
  begunBy: null,
  why: null,
  endedAt: null,
  done: 0,
  already: 0,
  refused: 0,
  left: 3,
  ...changes,
})

/** Everything the listener needs, with nothing behind it. The tokens are called after their roles. */
export const makeOperatorDeps = (changes: Partial<OperatorAppDeps> = {}): OperatorAppDeps => ({
  refreshes: {
    find: async () => [],
    userIdOf: async (userKey) => (userKey === 'user-key' ? PERSON : null),
  },
  orders: {
    give: async () => ({ outcome: 'done', because: null, state: 'running', institutions: [] }),
  },
  institutionOrders: { recovered: async () => ({ waiting: 0 }) },
  breakerOrders: {
    force: async () => ({
      changed: true,
      breaker: { state: 'closed', since: NOW, cause: 'operator', probeFrom: null, forced: null },
    }),
  },
  institutions: { find: async () => null },
  operatorInstitutions: { list: async () => ({ now: NOW, institutions: [] }), say: async () => null },
  batches: {
    propose: async () => ({ batch: makeBatch(), areMore: false, sample: [] }),
    run: async () => null,
    list: async () => [],
  },
  poison: { list: async () => [], replay: async () => ({ replayed: 0, left: 0 }) },
  breakerHistory: async () => [],
  institutionStatistics: { look: async () => ({ now: NOW, institutions: [] }) },
  revocations: { list: async () => [], resume: async () => null },
  responses: { list: async () => [], open: async () => null },
  startRevocation: async () => 'started',
  tell: () => {},
  overview: { look: async () => ({ now: NOW, since: NOW, states: [], failures: [] }) },
  story: { of: async () => null },
  traceOf: ({ workflowId }) => `https://ui.example/${workflowId}`,
  audit: { list: async () => [] },
  verify: async (token) => {
    const roles = ROLES[token]
    if (roles === undefined) throw new RequestProblem('Unauthenticated')
    return { subject: `kim-${token}`, roles, expiresAt: new Date(NOW.getTime() + 3_600_000), sessionId: null }
  },
  checks: { database: async () => true, engine: async () => true },
  door: makeDoor(),
  log: createLog('operator', 'silent'),
  ...changes,
})

/** A real server on a free port; gone when the test ends. Requests are an operator's unless told. */
export async function startOperator(changes: Partial<OperatorAppDeps> = {}) {
  const app = createOperatorApp(makeOperatorDeps(changes))
  const server = await startServer(app, { host: '127.0.0.1', port: 0 })
  onTestFinished(server.close)
  const url = `http://127.0.0.1:${server.port}`
  const ask = (path: string, { headers, ...init }: RequestInit = {}): Promise<Response> =>
    fetch(`${url}${path}`, {
      ...init,
      headers: { authorization: 'Bearer operator', ...Object.fromEntries(new Headers(headers)) },
    })
  const post = (path: string, body: unknown, token = 'operator'): Promise<Response> =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })
  return { url, ask, post }
}
