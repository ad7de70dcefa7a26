import { readConfig } from '../config.ts'
import { checkKeyRing } from '../db/check-key-ring.ts'
import { createDatabase } from '../db/database.ts'
import { StorageError } from '../db/errors.ts'
import { createEvents } from '../db/events.ts'
import { createInstitutionHealth } from '../db/institution-health.ts'
import { createInstitutionList } from '../db/institution-list.ts'
import { createKeys } from '../db/keys.ts'
import { createPublished } from '../db/published.ts'
import { readKeyRing } from '../db/read-key-ring.ts'
import { createReceiptKeys } from '../db/receipt-keys.ts'
import { createRefreshProgress } from '../db/refresh-progress.ts'
import { createRevocations } from '../db/revocations.ts'
import { telling } from '../db/telling.ts'
import { createUsers } from '../db/users.ts'
import { DomainFailure } from '../domain/failures.ts'
import { connectLazily } from '../engine/connect.ts'
import { createRuns } from '../engine/runs.ts'
import { createFailpoints } from '../failpoints.ts'
import { createLog } from '../log.ts'
import { reportAndExit } from '../mains.ts'
import { createApp } from './app.ts'
import { createTokenVerifier } from './auth.ts'
import { prepareConsents } from './consents/prepare.ts'
import { DATABASE_LIMITS } from './database-limits.ts'
import { connectionsOf, DOOR_SETTINGS, doorOf } from './door.ts'
import { createAnnouncer } from './events/announce.ts'
import { createPolicy, READING_SETTINGS } from './policy.ts'
import { remembered } from './remembered.ts'
import { startServer } from './server.ts'
import { prepareStreams } from './streams/prepare.ts'
import { TOKEN_SETTINGS, tokensFor } from './token-settings.ts'

// Half an hour of all institutions is some 50 ms of the database: once in so long, however many ask.
const HEALTH_KEPT_MS = 5_000

async function main(): Promise<void> {
  const config = readConfig([
    'API_DATABASE_URL',
    'API_DATABASE_CONNECTIONS',
    'SEALING_KEYS',
    'SEALING_KEYS_FILE',
    'API_HOST',
    'API_PORT',
    'STREAMS_PER_USER',
    'STREAMS_PER_PROCESS',
    'OAUTH_CLIENT_ID',
    'CONSENT_REDIRECT_URI',
    'INTEGRATED_AUTHORIZE_URL',
    'CONSENT_LONGEST_DAYS',
    'TEMPORAL_ADDRESS',
    'TEMPORAL_NAMESPACE',
    'TEMPORAL_API_KEY',
    'TEMPORAL_TLS',
    'LOG_LEVEL',
    'FAILPOINTS',
    ...READING_SETTINGS,
    ...TOKEN_SETTINGS,
    ...DOOR_SETTINGS,
  ])
  const verifyToken = createTokenVerifier(tokensFor('users', config))
  const ring = await readKeyRing(config)
  const door = doorOf(config)
  const failpoint = createFailpoints(config.FAILPOINTS)
  const log = createLog('api', config.LOG_LEVEL)

  const database = createDatabase({
    url: config.API_DATABASE_URL,
    size: config.API_DATABASE_CONNECTIONS,
    applicationName: 'moa api',
    ...DATABASE_LIMITS,
  })
  // It starts without a database or before its migration, too, and serves as soon as both are there; then a missing key is
  // named where it is missed.
  await checkKeyRing(database, ring).catch((error: unknown) => {
    if (!(error instanceof DomainFailure || error instanceof StorageError)) throw error
    log.warn({ failure: error.name }, 'the keys of users could not be looked at yet')
  })
  const engine = connectLazily({
    address: config.TEMPORAL_ADDRESS,
    namespace: config.TEMPORAL_NAMESPACE,
    apiKey: config.TEMPORAL_API_KEY,
    tls: config.TEMPORAL_TLS === 'true',
  })
  const runs = createRuns({ connection: engine, namespace: config.TEMPORAL_NAMESPACE })
  const users = createUsers(database)
  const announcer = createAnnouncer({ runs, users, log })
  const streams = prepareStreams({
    url: config.API_DATABASE_URL,
    database,
    limits: { perUser: config.STREAMS_PER_USER, perProcess: config.STREAMS_PER_PROCESS },
    log,
  })
  const policy = createPolicy(config)
  const consents = prepareConsents({
    database,
    keys: createKeys(database, ring),
    policy,
    settings: {
      clientId: config.OAUTH_CLIENT_ID,
      redirectUri: config.CONSENT_REDIRECT_URI,
      integratedUrl: config.INTEGRATED_AUTHORIZE_URL,
      longestDays: config.CONSENT_LONGEST_DAYS,
    },
    tell: streams.tell,
  })
  const app = createApp({
    events: telling(createEvents(database, policy), { record: true }, streams.tell),
    ...consents,
    published: createPublished(database),
    institutionList: createInstitutionList(database),
    institutionHealth: remembered(HEALTH_KEPT_MS, createInstitutionHealth(database).look),
    revocations: telling(
      createRevocations(database),
      { request: true, of: false, list: false },
      streams.tell,
    ),
    receiptKeys: createReceiptKeys(database),
    progress: createRefreshProgress(database),
    live: streams.live,
    users,
    announce: announcer.announce,
    announceRevocation: announcer.announceRevocation,
    verifyToken,
    issuer: config.AUTH_ISSUER,
    door,
    log,
    failpoint,
    // A transaction in which nothing is asked reaches the server and comes back.
    checks: {
      database: () => database.asNobody(async () => true),
      engine: runs.isReachable,
    },
  })
  const server = await startServer(app, {
    host: config.API_HOST,
    port: config.API_PORT,
    streams: config.STREAMS_PER_PROCESS,
    ...connectionsOf(door),
  })

  let isStopping = false
  const shutDown = async (signal: string): Promise<void> => {
    if (isStopping) return
    isStopping = true
    log.info({ signal }, 'api is shutting down')
    streams.end()
    await server.close()
    await streams.close()
    await announcer.settled()
    await Promise.all([engine.close(), database.close()])
  }
  const onSignal = (signal: string): void => void shutDown(signal).catch(reportAndExit)
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)

  log.info({ host: server.host, port: server.port }, 'api is ready')
}

main().catch(reportAndExit)
