import { createApp } from '../../../api/app.ts'
import { createClaimsVerifier, createTokenVerifier } from '../../../api/auth.ts'
import { prepareConsents } from '../../../api/consents/prepare.ts'
import { makeDoor } from '../../../api/make-door.ts'
import { AUDIENCE, inSeconds, makeIssuer, OPERATOR_AUDIENCE } from '../../../api/make-tokens.ts'
import { lawful } from '../../../api/openapi/test-answers.ts'
import { createOperatorApp } from '../../../api/operator/app.ts'
import { startServer } from '../../../api/server.ts'
import { prepareStreams } from '../../../api/streams/prepare.ts'
import { createBreakerOrders } from '../../../db/breaker-orders.ts'
import type { Database } from '../../../db/database.ts'
import { createEvents } from '../../../db/events.ts'
import { createInstitutionHealth } from '../../../db/institution-health.ts'
import { createInstitutionList } from '../../../db/institution-list.ts'
import { createInstitutionOrders } from '../../../db/institution-orders.ts'
import { createInstitutionStatistics } from '../../../db/institution-statistics.ts'
import { createInstitutions } from '../../../db/institutions.ts'
import { parseKeyRing } from '../../../db/key-ring.ts'
import { createKeys } from '../../../db/keys.ts'
import { createOperatorAudit } from '../../../db/operator-audit.ts'
import { createOperatorBatches } from '../../../db/operator-batches.ts'
import { createOperatorInstitutions } from '../../../db/operator-institutions.ts'
import { createOperatorOverview } from '../../../db/operator-overview.ts'
import { createOperatorPoison } from '../../../db/operator-poison.ts'
import { createOperatorRefreshes } from '../../../db/operator-refreshes.ts'
import { createOperatorResponses } from '../../../db/operator-responses.ts'
import { createOperatorRevocations } from '../../../db/operator-revocations.ts'
import { createOperatorStory } from '../../../db/operator-story.ts'
import { createOrders } from '../../../db/orders.ts'
import { createPublished } from '../../../db/published.ts'
import { createReceiptKeys } from '../../../db/receipt-keys.ts'
import { createRefreshProgress } from '../../../db/refresh-progress.ts'
import { createRevocations } from '../../../db/revocations.ts'
import { createUsers } from '../../../db/users.ts'
import { createLog } from '../../../log.ts'
import { INTEGRATED_URL, REDIRECT_URI, type TestMoa, testPolicy } from '../moa.ts'

/** Whose subjects the people of these tests are. */
export const DOOR_ISSUER = 'https://test'

export type Listener = 'users' | 'operators'
export type Asking = {
  method?: string
  token?: string | null
  headers?: Record<string, string>
  body?: unknown
  signal?: AbortSignal
}

const checks = { database: async () => true, engine: async () => true }
const log = createLog('test', 'silent')

/** Both listeners as their mains make them, in this process, on the databases given; nobody tells the engine. */
export async function openDoors(
  moa: TestMoa,
  databases: { api: Database; operator: Database } = moa.databases,
) {
  const issuer = await makeIssuer()
  const settings = { issuer: DOOR_ISSUER, jwks: issuer.jwks }
  const streams = prepareStreams({
    url: moa.test.urlOf('moa_api'),
    database: databases.api,
    limits: { perUser: 8, perProcess: 1_000 },
    log,
  })
  const consents = prepareConsents({
    database: databases.api,
    keys: createKeys(databases.api, parseKeyRing(moa.sealingKeys)),
    policy: testPolicy,
    settings: {
      clientId: 'moa',
      redirectUri: REDIRECT_URI,
      integratedUrl: INTEGRATED_URL,
      longestDays: 3_650,
    },
    tell: () => {},
  })
  const users = await startServer(
    createApp({
      events: createEvents(databases.api, testPolicy),
      ...consents,
      published: createPublished(databases.api),
      institutionList: createInstitutionList(databases.api),
      institutionHealth: createInstitutionHealth(databases.api).look,
      revocations: createRevocations(databases.api),
      receiptKeys: createReceiptKeys(databases.api),
      announceRevocation: () => {},
      progress: createRefreshProgress(databases.api),
      live: streams.live,
      users: createUsers(databases.api),
      announce: () => {},
      verifyToken: createTokenVerifier({ ...settings, audience: AUDIENCE }),
      issuer: DOOR_ISSUER,
      door: makeDoor(),
      log,
      failpoint: async () => {},
      checks,
    }),
    { host: '127.0.0.1', port: 0 },
  )
  const operators = await startServer(
    createOperatorApp({
      refreshes: createOperatorRefreshes(databases.operator),
      overview: createOperatorOverview(databases.operator),
      story: createOperatorStory(databases.operator),
      audit: createOperatorAudit(databases.operator),
      orders: createOrders(databases.operator),
      batches: createOperatorBatches(databases.operator, createOrders(databases.operator)),
      institutionOrders: createInstitutionOrders(databases.operator),
      breakerOrders: createBreakerOrders(databases.operator),
      institutions: createInstitutions(databases.operator),
      operatorInstitutions: createOperatorInstitutions(databases.operator),
      poison: createOperatorPoison(databases.operator),
      breakerHistory: createBreakerOrders(databases.operator).history,
      institutionStatistics: createInstitutionStatistics(databases.operator),
      revocations: createOperatorRevocations(databases.operator),
      responses: createOperatorResponses(databases.operator, parseKeyRing(moa.sealingKeys)),
      startRevocation: async () => 'started',
      tell: () => {},
      traceOf: () => null,
      verify: createClaimsVerifier({ ...settings, audience: OPERATOR_AUDIENCE }),
      door: makeDoor(),
      log,
      checks,
    }),
    { host: '127.0.0.1', port: 0 },
  )
  const urls = { users: `http://127.0.0.1:${users.port}`, operators: `http://127.0.0.1:${operators.port}` }

  /** One request; every answer of the users' listener is judged by its document. */
  async function ask(listener: Listener, path: string, asking: Asking = {}): Promise<Response> {
    const { method = 'GET', token = null, headers = {}, body, signal } = asking
    const url = `${urls[listener]}${path}`
    const answer = await fetch(url, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(signal ? { signal } : {}),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return listener === 'users' ? lawful(method, url, answer) : answer
  }

  const sign = (claims: Record<string, unknown>) => issuer.token({ iss: DOOR_ISSUER, ...claims })
  return {
    ask,
    tokens: {
      of: (subject: string) => sign({ sub: subject }),
      expired: (subject: string) => sign({ sub: subject, exp: inSeconds(-60) }),
      operator: (roles: readonly string[], subject = 'kim') =>
        sign({ sub: subject, aud: OPERATOR_AUDIENCE, roles }),
      expiredOperator: () =>
        sign({ sub: 'kim', aud: OPERATOR_AUDIENCE, roles: ['operator'], exp: inSeconds(-60) }),
    },
    close: async () => {
      streams.end()
      await Promise.all([users.close(), operators.close()])
      await streams.close()
    },
  }
}

export type Doors = Awaited<ReturnType<typeof openDoors>>
