import { SEARCH_ATTRIBUTES } from '../workflows/contract.ts'
import { type Ports } from './choose-ports.ts'
import { type Home } from './home.ts'
import { type ProcessLog, withLastLines } from './logs.ts'
import { startPostgres } from './postgres/postgres.ts'
import { keepRunning } from './processes/keep-running.ts'
import { type Death } from './processes/processes.ts'
import { type Secrets } from './secrets.ts'
import { type TemporalCli } from './temporal/temporal-cli.ts'
import { startTemporal } from './temporal/temporal.ts'

/** A database or an engine that dies more often than this needs a person: three restarts in five minutes. */
const RESTARTS = { limit: 3, withinMs: 300_000, delayMs: 500 } as const
/** Closed workflows are there to be looked at for a week. */
const RETENTION_DAYS = 7

export type InfrastructureOptions = {
  home: Home
  ports: Ports
  log: ProcessLog
  onDied: (death: Death) => void
}

/** PostgreSQL on its data, again on the same port when it dies. */
export async function keepPostgres(
  options: InfrastructureOptions & { secrets: Secrets; stopping: AbortSignal },
) {
  const { home, ports, secrets, log, onDied, stopping } = options
  const start = async () => {
    const postgres = await startPostgres({
      dataDirectory: home.postgres,
      port: ports.PostgreSQL,
      superuserPassword: secrets.superuserPassword,
      log: log.line,
      signal: stopping,
    })
    return { ...postgres, kill: async () => postgres.stopImmediately() }
  }
  return keepRunning({ name: 'PostgreSQL', start: saying(log, start), onDied, ...RESTARTS })
}

/** Temporal on its data, again on the same port when it dies. */
export async function keepTemporal(options: InfrastructureOptions & { cli: TemporalCli }) {
  const { home, ports, cli, log, onDied } = options
  const start = async () =>
    startTemporal({
      cli,
      dataFile: home.temporal,
      port: ports.Temporal,
      uiPort: ports['the Web UI'],
      namespaceRetentionDays: RETENTION_DAYS,
      searchAttributes: SEARCH_ATTRIBUTES,
      log: log.line,
    })
  return keepRunning({ name: 'Temporal', start: saying(log, start), onDied, ...RESTARTS })
}

/** A start that fails says why in its log; when it never came to that, its error says all. */
const saying =
  <T>(log: ProcessLog, start: () => Promise<T>) =>
  async (): Promise<T> => {
    const saidBefore = log.lastLines().at(-1)
    return start().catch((error: unknown) => {
      throw log.lastLines().at(-1) === saidBefore ? error : withLastLines(error, log)
    })
  }
