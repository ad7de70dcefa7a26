import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

import { wholeEnvironment } from '../config.ts'
import { migrateDatabase, ROLES, type Role, setRolePasswords } from '../db/migrate.ts'
import { startPostgres } from '../standalone/postgres/postgres.ts'
import { freePort } from '../standalone/processes/ports.ts'
import { resolveTemporalCli } from '../standalone/temporal/temporal-cli.ts'
import { startTemporal, type Temporal } from '../standalone/temporal/temporal.ts'
import { SEARCH_ATTRIBUTES } from '../workflows/contract.ts'
import type { Closers } from './closers.ts'

export const CACHE = fileURLToPath(new URL('../.moa/cache', import.meta.url))

/** What Moa stands on: PostgreSQL as it is shipped (fsync on), the engine on a file, a bundle built beforehand. */
export async function startEngines(closers: Closers) {
  const folder = await closers.keep('folder', makeFolder, (path) =>
    rm(path, { recursive: true, force: true }),
  )
  const [database, engine, bundlePath] = await Promise.all([
    startDatabase(closers, folder),
    startEngine(closers, folder),
    writeBundle(join(folder, 'workflows.js')),
  ])
  return { folder, database, engine, bundlePath }
}

export type Engines = Awaited<ReturnType<typeof startEngines>>

async function writeBundle(path: string): Promise<string> {
  const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url))
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') })
  await writeFile(path, code)
  return path
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'moa-bench-'))
  await chmod(folder, 0o755) // as root, PostgreSQL runs as a user of its own
  return folder
}

async function startDatabase(closers: Closers, folder: string) {
  const lines = new Set<(line: string) => void>()
  const port = await freePort(0)
  const postgres = await closers.keep(
    'PostgreSQL',
    () =>
      startPostgres({
        dataDirectory: join(folder, 'postgres'),
        port,
        superuserPassword: randomBytes(9).toString('hex'),
        log: (line) => lines.forEach((listen) => listen(line)),
        settings: { log_line_prefix: '%a|' },
      }),
    (started) => started.stop(),
  )
  const passwords = Object.fromEntries(ROLES.map((role) => [role, randomBytes(9).toString('hex')]))
  await migrateDatabase(postgres.url)
  await setRolePasswords(postgres.url, passwords as Record<Role, string>)
  const urlOf = (role: Role): string => {
    const url = new URL(postgres.url)
    url.username = role
    url.password = passwords[role]!
    return url.href
  }
  /** Hears every line of PostgreSQL's log until told to stop. */
  const listen = (heard: (line: string) => void): (() => void) => {
    lines.add(heard)
    return () => lines.delete(heard)
  }
  return { url: postgres.url, urlOf, pid: postgres.pid, listen }
}

/** The engine may be stopped and started again on what it has written. */
async function startEngine(closers: Closers, folder: string) {
  const env = wholeEnvironment()
  const cli = await resolveTemporalCli({
    explicit: env['TEMPORAL_CLI'],
    path: env['PATH'],
    cacheDirectory: CACHE,
    env,
  })
  const port = await freePort(0)
  const start = () =>
    startTemporal({
      cli,
      dataFile: join(folder, 'temporal.db'),
      port,
      namespaceRetentionDays: 7,
      searchAttributes: SEARCH_ATTRIBUTES,
    })
  const state: { running: Temporal } = { running: await start() }
  await closers.keep(
    'Temporal',
    async () => state,
    ({ running }) => running.stop(),
  )
  return {
    address: state.running.address,
    pid: () => state.running.pid,
    stop: () => state.running.stop(),
    startAgain: async () => {
      state.running = await start()
    },
  }
}
