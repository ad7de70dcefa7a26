import { setTimeout as delay } from 'node:timers/promises'

import { wholeEnvironment } from '../config.ts'
import { type Ports } from './choose-ports.ts'
import { consentInSandbox, DEMO_BANKS, DEMO_CARD_COMPANIES, keepDemoUser, readDemoUser } from './demo-user.ts'
import { keepPostgres, keepTemporal } from './infrastructure.ts'
import { type Parts, Stopped } from './parts.ts'
import { type Death } from './processes/processes.ts'
import { runMain } from './processes/run-main.ts'
import { type Secrets } from './secrets.ts'
import { mainAt, startService } from './services.ts'
import { settingsFor, WORKER_GRACE_MS } from './system-settings.ts'
import { type Logs, type SystemOptions } from './system.ts'
import { resolveTemporalCli } from './temporal/temporal-cli.ts'

export type StartsOptions = SystemOptions & {
  parts: Parts
  onDied: (death: Death) => void
  secrets: Secrets
  ports: Ports
  logs: Logs
}

/** A CLI on PATH or in the cache is found within half a second; after this it is being fetched. */
const FETCHING_AFTER_MS = 3_000
/** Nothing of theirs takes longer; together with the others' it stays below 10 s. The listeners hold nothing open. */
const API_GRACE_MS = 2_000
const OPERATOR_GRACE_MS = 500
const SANDBOX_GRACE_MS = 1_500

/** What the worker loads before it can do anything: some 0.8 s of a core. */
const WORKER_MODULES = [
  'worker/worker.ts',
  'db/collections.ts',
  'connectors/registry.ts',
  'connectors/http.ts',
  'engine/runs.ts',
  'log.ts',
].map(mainAt)

/** How each part is started, what it is told, and that it is kept to be stopped. */
export function createStarts(options: StartsOptions) {
  const { home, profile, report, parts, onDied, secrets, ports, logs } = options
  const settings = settingsFor(secrets, ports)

  async function postgres(): Promise<void> {
    await parts.keep('postgres', async () =>
      keepPostgres({ home, ports, secrets, log: logs.postgres, onDied, stopping: parts.stopping }),
    )
    report.running('PostgreSQL', at(ports.PostgreSQL))
  }

  async function temporal(): Promise<void> {
    const cli = await findCli(options)
    await parts.keep('temporal', async () => keepTemporal({ home, ports, cli, log: logs.temporal, onDied }))
    report.running(`Temporal`, `${at(ports.Temporal)}, Web UI http://${at(ports['the Web UI'])}`)
  }

  async function sandbox(): Promise<void> {
    const given = {
      port: ports['the sandbox'],
      seed: 'demo',
      institutions: DEMO_BANKS,
      'card-institutions': DEMO_CARD_COMPANIES,
      profile: profile ?? 'calm',
    }
    const files = { state: home.sandboxState, 'institutions-file': home.institutions }
    const args = Object.entries({ ...given, ...files }).flatMap(([name, value]) => [`--${name}`, `${value}`])
    await parts.keep('sandbox', async () =>
      startService({
        name: 'The sandbox',
        main: mainAt('sandbox/main.ts'),
        args,
        settings: {},
        ready: '"ready":true',
        graceMs: SANDBOX_GRACE_MS,
        log: logs.sandbox,
        pidFile: home.pidFile('sandbox'),
        onDied,
      }),
    )
    report.running(
      'Sandbox',
      `http://${at(ports['the sandbox'])}, ${DEMO_BANKS} invented banks and ${DEMO_CARD_COMPANIES} card companies`,
    )
  }

  /** As soon as PostgreSQL and the file of institutions are there. */
  const migrate = async (ready: Promise<unknown>): Promise<unknown> =>
    runMain({
      name: 'The migration',
      main: mainAt('db/migrate-main.ts'),
      args: ['--role-passwords'],
      settings: {
        DATABASE_URL: `postgresql://postgres:${secrets.superuserPassword}@${at(ports.PostgreSQL)}/postgres`,
        INSTITUTIONS_FILE: home.institutions,
      },
      input: after(ready, async () => secrets.rolePasswords),
      log: logs.setup,
      stopping: parts.stopping,
    })

  /** As soon as the schema and Temporal are there. */
  async function worker(bundle: string, ready: Promise<unknown>): Promise<void> {
    await parts.keep('worker', async () =>
      startService({
        name: 'The worker',
        main: mainAt('worker/main.ts'),
        settings: settings.worker(bundle),
        held: { warm: WORKER_MODULES, until: after(ready, async () => {}) },
        ready: '"worker is ready"',
        graceMs: WORKER_GRACE_MS + 1_000,
        log: logs.worker,
        pidFile: home.pidFile('worker'),
        onDied,
      }),
    )
    report.running('Worker', 'readings, classification, analysis')
  }

  async function api(): Promise<void> {
    await parts.keep('api', async () =>
      startService({
        name: 'The API',
        main: mainAt('api/main.ts'),
        settings: settings.api,
        ready: '"api is ready"',
        graceMs: API_GRACE_MS,
        log: logs.api,
        pidFile: home.pidFile('api'),
        onDied,
      }),
    )
    report.running('API', `http://${at(ports['the API'])}`)
  }

  async function operator(): Promise<void> {
    await parts.keep('operator', async () =>
      startService({
        name: 'The operator listener',
        main: mainAt('api/operator/main.ts'),
        settings: settings.operator,
        ready: '"operator is ready"',
        graceMs: OPERATOR_GRACE_MS,
        log: logs.operator,
        pidFile: home.pidFile('operator'),
        onDied,
      }),
    )
  }

  /** The demo user of an earlier start, or a new one with consents at every bank as soon as the schema is there. */
  async function enrol(ready: Promise<unknown>) {
    const known = await readDemoUser(home.demoUser)
    if (known) return { demo: known, isNew: false }
    const consent = async () => consentInSandbox(`http://${at(ports['the sandbox'])}`, home.institutions)
    const enrolled = await runMain({
      name: 'The enrolment',
      main: mainAt('api/enrol-main.ts'),
      settings: settings.enrolment,
      input: after(ready, consent),
      log: logs.setup,
      stopping: parts.stopping,
    })
    return { demo: await keepDemoUser(home.demoUser, enrolled), isNew: true }
  }

  /** What is to be done once something else is there, unless everything is being stopped by then. */
  function after<T>(ready: Promise<unknown>, next: () => Promise<T>): Promise<T> {
    const result = ready.then(async () => {
      if (parts.isStopping()) throw new Stopped('stopped')
      return next()
    })
    return parts.needed(result)
  }

  return { postgres, temporal, sandbox, migrate, worker, api, operator, enrol }
}

export type Starts = ReturnType<typeof createStarts>

const at = (port: number): string => `127.0.0.1:${port}`

async function findCli({ home, temporalCli, report, logs }: StartsOptions) {
  const env = wholeEnvironment()
  const found = new AbortController()
  void delay(FETCHING_AFTER_MS, undefined, { signal: found.signal }).then(
    () => report.note('fetching the Temporal CLI (45 MB, this once)'),
    () => {},
  )
  try {
    const log = logs.temporal.line
    return await resolveTemporalCli({
      explicit: temporalCli ?? undefined,
      path: env['PATH'],
      cacheDirectory: home.cache,
      env,
      log,
    })
  } finally {
    found.abort()
  }
}
