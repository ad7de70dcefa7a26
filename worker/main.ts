import { readFile } from 'node:fs/promises'

import { Runtime } from '@temporalio/worker'

import { createBearers } from '../activities/bearers.ts'
import { createStops } from '../activities/stops.ts'
import { type Config, readConfig } from '../config.ts'
import { createClientCertificates } from '../connectors/client-certificates.ts'
import { createHttp } from '../connectors/http.ts'
import { connectorFor } from '../connectors/registry.ts'
import { createAuditChain } from '../db/audit-chain.ts'
import { createBreakers } from '../db/breakers.ts'
import { createCallStatistics } from '../db/call-statistics.ts'
import { createCaretaking } from '../db/caretaking.ts'
import { createChanges } from '../db/changes.ts'
import { checkKeyRing } from '../db/check-key-ring.ts'
import { createConsentEnds } from '../db/consent-ends.ts'
import { createConsentWatch } from '../db/consent-watch.ts'
import { createDatabase } from '../db/database.ts'
import { createInstitutions } from '../db/institutions.ts'
import { createKeys } from '../db/keys.ts'
import { listenForStops } from '../db/notices.ts'
import { createPurging } from '../db/purging.ts'
import { readKeyRing } from '../db/read-key-ring.ts'
import { createReceiptKeys } from '../db/receipt-keys.ts'
import { createRecoveries } from '../db/recoveries.ts'
import { createRecoveryRefreshes } from '../db/recovery-refreshes.ts'
import { createReplays, createReplayWatch } from '../db/replays.ts'
import { createRevocationCaretaking } from '../db/revocation-caretaking.ts'
import { createTeller, type Tell, telling } from '../db/telling.ts'
import type { Runs } from '../engine/runs.ts'
import { createFailpoints } from '../failpoints.ts'
import { createLog, type Log, whereFrom } from '../log.ts'
import { reportAndExit } from '../mains.ts'
import { createAnchoring } from './anchoring.ts'
import { announcing, announcingClosings } from './announcing.ts'
import { createCaretaker } from './caretaker.ts'
import { createConsentKeeper } from './consent-keeper.ts'
import { connectClient, connectWorker } from './engine.ts'
import { createPurger } from './purger.ts'
import { createReceiptSigner } from './receipts.ts'
import { createRecoveryKeeper } from './recovery-keeper.ts'
import { createReplayCare } from './replay-care.ts'
import { createStepRepositories } from './repositories.ts'
import { createRevocationCare } from './revocation-care.ts'
import { createRevoking } from './revoking.ts'
import { createSanctioned } from './sanctioned.ts'
import { sdkLogger } from './sdk-logger.ts'
import { buildBundle, createWorker } from './worker.ts'

const NAMES = [
  'WORKER_DATABASE_URL',
  'WORKER_DATABASE_CONNECTIONS',
  'CARETAKER_DATABASE_URL',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS',
  'PROFILE',
  'SEALING_KEYS',
  'SEALING_KEYS_FILE',
  'OAUTH_CLIENT_ID',
  'OAUTH_CLIENT_SECRET',
  'RECEIPT_KEY',
  'REVOKE_LIMIT_HOURS',
  'OPERATOR_CODE',
  'CARETAKER_EVERY_MS',
  'SNAPSHOT_RETENTION_DAYS',
  'PURGE_GRACE_MINUTES',
  'STATISTICS_RETENTION_DAYS',
  'PURGER_EVERY_MS',
  'ALLOW_PLAIN_HTTP',
  'ALLOW_PRIVATE_INSTITUTIONS',
  'INSTITUTION_TLS_MIN',
  'CLIENT_CERTIFICATES',
  'NODE_ENV',
  'WORKFLOW_BUNDLE',
  'SHUTDOWN_GRACE_MS',
  'LOG_LEVEL',
  'FAILPOINTS',
] as const
type WorkerConfig = Config<(typeof NAMES)[number]>

// Whoever holds a user waits for another row no longer than the first; applying a year's rows may take the second.
const DATABASE_LIMITS = { lockTimeoutMs: 2_000, statementTimeoutMs: 60_000 }

/** What somebody changed unseen, they changed within the last hour or two. */
const ANCHOR_EVERY_MS = 3_600_000

async function main(): Promise<void> {
  const config = readConfig(NAMES)
  const log = createLog('worker', config.LOG_LEVEL)
  Runtime.install({ shutdownSignals: [], logger: sdkLogger(log) })
  const engine = {
    address: config.TEMPORAL_ADDRESS,
    namespace: config.TEMPORAL_NAMESPACE,
    apiKey: config.TEMPORAL_API_KEY,
    tls: config.TEMPORAL_TLS === 'true',
  }
  const connection = await connectWorker(engine)
  const client = connectClient(engine)
  const steps = await prepareSteps(config, log, client.runs)
  const caretaker = prepareCaretaker(config, client.runs, log, steps.tell)
  const purger = preparePurger(config, log)
  const consentKeeper = prepareConsentKeeper(config, log, steps.tell)
  const worker = await createWorker({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    bundle: config.WORKFLOW_BUNDLE
      ? { code: await readFile(config.WORKFLOW_BUNDLE, 'utf8') }
      : await buildBundle(),
    log,
    shutdownGraceMs: config.SHUTDOWN_GRACE_MS,
    activities: steps.activities,
  })

  const stopping = stopOnSignal(log, () => worker.shutdown())
  log.info({ host: config.TEMPORAL_ADDRESS }, 'worker is ready')
  const recoveryKeeper = prepareRecoveryKeeper(config, log, steps.tell)
  const beside = [caretaker, purger, consentKeeper, recoveryKeeper]
  await Promise.all([
    worker.run().finally(() => stopping.abort()),
    ...beside.map((each) => each.run(stopping.signal)),
  ])
  await Promise.all([steps, client, connection, ...beside].map((each) => each.close()))
}

/** Everything a step needs, and how it is put away again. */
async function prepareSteps(config: WorkerConfig, log: Log, runs: Runs) {
  const database = createDatabase({
    url: config.WORKER_DATABASE_URL,
    size: config.WORKER_DATABASE_CONNECTIONS,
    applicationName: 'moa worker',
    ...DATABASE_LIMITS,
  })
  const ring = await readKeyRing(config)
  await checkKeyRing(database, ring)
  const keys = createKeys(database, ring)
  const stops = createStops()
  const listener = await listenForStops(config.WORKER_DATABASE_URL, stops.heard)
  const sanctioned = createSanctioned(createInstitutions(database), config.ALLOW_PLAIN_HTTP === 'true')
  const stopWatching = await sanctioned.start()
  const http = createHttp({
    operatorCode: config.OPERATOR_CODE,
    registered: sanctioned.registered,
    minTls: config.INSTITUTION_TLS_MIN,
    ...(config.ALLOW_PRIVATE_INSTITUTIONS === 'true' && { mayCall: () => true }),
    ...(config.CLIENT_CERTIFICATES !== null && {
      certificateOf: createClientCertificates(config.CLIENT_CERTIFICATES),
    }),
  })
  const failpoint = createFailpoints(config.FAILPOINTS)
  const teller = createTeller(createChanges(database).announce, (error) =>
    log.warn(whereFrom(error), 'changes were not announced; whoever shows them live finds them later'),
  )
  const repositories = announcing(createStepRepositories(database, keys), teller.tell)
  const client = { clientId: config.OAUTH_CLIENT_ID, clientSecret: config.OAUTH_CLIENT_SECRET }
  const bearers = createBearers({ credentials: repositories.credentials, http, client, failpoint, log })
  const signer = await createReceiptSigner(Buffer.from(config.RECEIPT_KEY, 'base64'))
  await createReceiptKeys(database).publish(signer.publicKey)
  const limitHours = config.REVOKE_LIMIT_HOURS
  return {
    tell: teller.tell,
    activities: {
      ...repositories,
      ...createRevoking({ http, client, runs, signer, limitHours }),
      http,
      bearers,
      connectorFor,
      stops,
      whoCancelled: runs.lastWord,
      failpoint,
      log,
    },
    close: async () => {
      stopWatching()
      // What an institution has answered is stored before the way to it is closed.
      await bearers.settled()
      await teller.settled()
      await Promise.all([listener.close(), http.close(), database.close()])
    },
  }
}

function prepareCaretaker(config: WorkerConfig, runs: Runs, log: Log, tell: Tell) {
  const database = createDatabase({
    url: config.CARETAKER_DATABASE_URL,
    size: 2,
    applicationName: 'moa caretaker',
    ...DATABASE_LIMITS,
  })
  // Sees as the caretaker, acts as the worker, like whoever looks after consents.
  const users = keepersDatabase(config.WORKER_DATABASE_URL)
  const caretaking = announcingClosings(createCaretaking(database), tell)
  const revocations = createRevocationCare({ caretaking: createRevocationCaretaking(database), runs, log })
  const replays = createReplayCare({
    watch: createReplayWatch(database),
    replays: telling(createReplays(users), { replay: true }, tell),
    log,
  })
  const everyMs = config.CARETAKER_EVERY_MS
  const caretaker = createCaretaker({ caretaking, runs, others: [revocations, replays], log, everyMs })
  const anchoring = createAnchoring({ chain: createAuditChain(database), log, everyMs: ANCHOR_EVERY_MS })
  return {
    run: async (signal: AbortSignal) => {
      await Promise.all([caretaker.run(signal), anchoring.run(signal)])
    },
    close: async () => void (await Promise.all([database.close(), users.close()])),
  }
}

/** On a connection of its own: what is taken away keeps no step waiting for one. */
function preparePurger(config: WorkerConfig, log: Log) {
  const database = createDatabase({
    url: config.WORKER_DATABASE_URL,
    size: 1,
    applicationName: 'moa purger',
    ...DATABASE_LIMITS,
  })
  const purging = createPurging(database, {
    retentionMs: config.SNAPSHOT_RETENTION_DAYS * 86_400_000,
    graceMs: config.PURGE_GRACE_MINUTES * 60_000,
  })
  const counts = createCallStatistics(database)
  const others = [
    createBreakers(database).forgetHistory,
    () => counts.forget(config.STATISTICS_RETENTION_DAYS * 86_400_000),
  ]
  const purger = createPurger({ purging, others, log, everyMs: config.PURGER_EVERY_MS })
  return { run: purger.run, close: database.close }
}

/** Sees as the caretaker, acts as the worker: no role but its user's changes a consent. */
function prepareConsentKeeper(config: WorkerConfig, log: Log, tell: Tell) {
  const heads = keepersDatabase(config.CARETAKER_DATABASE_URL)
  const users = keepersDatabase(config.WORKER_DATABASE_URL)
  const ends = telling(createConsentEnds(users), { expire: true, notice: false }, tell)
  const watch = createConsentWatch(heads)
  const keeper = createConsentKeeper({ watch, ends, log, everyMs: config.CARETAKER_EVERY_MS })
  return { run: keeper.run, close: async () => void (await Promise.all([heads.close(), users.close()])) }
}

/** Sees as the caretaker, acts as the worker, too. */
function prepareRecoveryKeeper(config: WorkerConfig, log: Log, tell: Tell) {
  const heads = keepersDatabase(config.CARETAKER_DATABASE_URL)
  const users = keepersDatabase(config.WORKER_DATABASE_URL)
  const keeper = createRecoveryKeeper({
    breakers: createBreakers(users),
    recoveries: createRecoveries(heads),
    refreshes: telling(createRecoveryRefreshes(users), { open: true }, tell),
    log,
    everyMs: config.CARETAKER_EVERY_MS,
  })
  return { run: keeper.run, close: async () => void (await Promise.all([heads.close(), users.close()])) }
}

const keepersDatabase = (url: string) =>
  createDatabase({ url, size: 1, applicationName: 'moa keeper', ...DATABASE_LIMITS })

/** SIGTERM and SIGINT: running steps get their grace, then the worker ends. */
function stopOnSignal(log: Log, shutDown: () => void): AbortController {
  const stopping = new AbortController()
  const stop = (signal: string): void => {
    if (stopping.signal.aborted) return
    log.info({ signal }, 'worker is shutting down')
    stopping.abort()
    shutDown()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  return stopping
}

main().catch(reportAndExit)
