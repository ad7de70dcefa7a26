import { readConfig } from '../../config.ts'
import { createBreakerOrders } from '../../db/breaker-orders.ts'
import { createChanges } from '../../db/changes.ts'
import { createDatabase } from '../../db/database.ts'
import { createInstitutionOrders } from '../../db/institution-orders.ts'
import { createInstitutionStatistics } from '../../db/institution-statistics.ts'
import { createInstitutions } from '../../db/institutions.ts'
import { createOperatorAudit } from '../../db/operator-audit.ts'
import { createOperatorBatches } from '../../db/operator-batches.ts'
import { createOperatorInstitutions } from '../../db/operator-institutions.ts'
import { createOperatorOverview } from '../../db/operator-overview.ts'
import { createOperatorPoison } from '../../db/operator-poison.ts'
import { createOperatorRefreshes } from '../../db/operator-refreshes.ts'
import { createOperatorResponses } from '../../db/operator-responses.ts'
import { createOperatorRevocations } from '../../db/operator-revocations.ts'
import { createOperatorStory } from '../../db/operator-story.ts'
import { createOrders } from '../../db/orders.ts'
import { readKeyRing } from '../../db/read-key-ring.ts'
import { createTeller, telling } from '../../db/telling.ts'
import { connectLazily } from '../../engine/connect.ts'
import { createRuns } from '../../engine/runs.ts'
import { createLog, whereFrom } from '../../log.ts'
import { reportAndExit } from '../../mains.ts'
import { createClaimsVerifier } from '../auth.ts'
import { DATABASE_LIMITS } from '../database-limits.ts'
import { connectionsOf, DOOR_SETTINGS, doorOf } from '../door.ts'
import { startServer } from '../server.ts'
import { TOKEN_SETTINGS, tokensFor } from '../token-settings.ts'
import { createOperatorApp } from './app.ts'
import { createEngineTeller } from './engine-teller.ts'
import { createTraceLinks } from './trace.ts'

// A handful of people, and a script of theirs.
const CONNECTIONS = 5

async function main(): Promise<void> {
  const config = readConfig([
    'OPERATOR_DATABASE_URL',
    'OPERATOR_HOST',
    'OPERATOR_PORT',
    'SEALING_KEYS',
    'SEALING_KEYS_FILE',
    'TEMPORAL_ADDRESS',
    'TEMPORAL_NAMESPACE',
    'TEMPORAL_API_KEY',
    'TEMPORAL_TLS',
    'TEMPORAL_UI_URL',
    'LOG_LEVEL',
    ...TOKEN_SETTINGS,
    ...DOOR_SETTINGS,
  ])
  const verify = createClaimsVerifier(tokensFor('operators', config))
  const door = doorOf(config)
  const log = createLog('operator', config.LOG_LEVEL)
  // Only to open what an institution answered and nobody believed; everything else here does without.
  const hasKeys = config.SEALING_KEYS !== null || config.SEALING_KEYS_FILE !== null
  const ring = hasKeys ? await readKeyRing(config) : null
  const database = createDatabase({
    url: config.OPERATOR_DATABASE_URL,
    size: CONNECTIONS,
    applicationName: 'moa operator',
    ...DATABASE_LIMITS,
  })
  const engine = connectLazily({
    address: config.TEMPORAL_ADDRESS,
    namespace: config.TEMPORAL_NAMESPACE,
    apiKey: config.TEMPORAL_API_KEY,
    tls: config.TEMPORAL_TLS === 'true',
  })
  const runs = createRuns({ connection: engine, namespace: config.TEMPORAL_NAMESPACE })
  const teller = createEngineTeller({ runs, log })
  const watchers = createTeller(createChanges(database).announce, (error) =>
    log.warn(whereFrom(error), 'an order was not announced; whoever shows it live finds it later'),
  )
  const orders = telling(createOrders(database), { give: true }, watchers.tell)
  const app = createOperatorApp({
    refreshes: createOperatorRefreshes(database),
    overview: createOperatorOverview(database),
    story: createOperatorStory(database),
    audit: createOperatorAudit(database),
    orders,
    batches: createOperatorBatches(database, orders),
    institutionOrders: createInstitutionOrders(database),
    breakerOrders: createBreakerOrders(database),
    institutions: createInstitutions(database),
    operatorInstitutions: createOperatorInstitutions(database),
    poison: createOperatorPoison(database),
    breakerHistory: createBreakerOrders(database).history,
    institutionStatistics: createInstitutionStatistics(database),
    revocations: createOperatorRevocations(database),
    responses: createOperatorResponses(database, ring),
    startRevocation: runs.startRevocation,
    tell: teller.tell,
    traceOf: createTraceLinks(config.TEMPORAL_UI_URL, config.TEMPORAL_NAMESPACE),
    verify,
    door,
    log,
    checks: { database: () => database.asNobody(async () => true), engine: runs.isReachable },
  })
  const server = await startServer(app, {
    host: config.OPERATOR_HOST,
    port: config.OPERATOR_PORT,
    ...connectionsOf(door),
  })

  let isStopping = false
  const shutDown = async (signal: string): Promise<void> => {
    if (isStopping) return
    isStopping = true
    log.info({ signal }, 'operator is shutting down')
    await server.close()
    await Promise.all([teller.settled(), watchers.settled()])
    await Promise.all([engine.close(), database.close()])
  }
  const onSignal = (signal: string): void => void shutDown(signal).catch(reportAndExit)
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)

  log.info({ host: server.host, port: server.port }, 'operator is ready')
}

main().catch(reportAndExit)
