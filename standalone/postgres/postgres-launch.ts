import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

import { endProcess, type Exit, exitOf, spawned, tellExit } from '../processes/exits.ts'
import { readLines } from '../processes/lines.ts'
import { postgresEnv, type RunAs } from './postgres-folder.ts'

/** Ready after 0.3 s as a rule; crash recovery of a full WAL (1 GB at 50 MB/s) takes 20 s. */
const READY_LIMIT_MS = 60_000
/** After a SIGKILL the old backends may hold the data for a moment: 10 tries × 0.5 s. */
const TRIES = 10
const TRY_AGAIN_MS = 500
/** SIGQUIT: no checkpoint, recovers at the next start. */
export const IMMEDIATE = [
  { signal: 'SIGQUIT', graceMs: 2_000 },
  { signal: 'SIGKILL', graceMs: 2_000 },
] as const

export type PostgresOptions = {
  /** Made if absent. As root it will belong to the user `postgres`, who must be able to reach it. */
  dataDirectory: string
  port: number
  /** Set when the data folder is made; the same one has to be given ever after. */
  superuserPassword: string
  /** Stops the making of a new data folder, which takes seconds. */
  signal?: AbortSignal
  log?: (line: string) => void
  /** false loses data when the machine stops: for tests only. */
  fsync?: boolean
  /** Further settings, as in postgresql.conf; they win over ours. */
  settings?: Record<string, string>
}

type Running = { child: ChildProcess; pid: number; exited: Promise<Exit> }

/** Starts it, tells `launched`, and waits until it takes connections. Throws what it said when it would not. */
export async function startReady(
  start: () => Promise<Running>,
  launched: (running: Running) => Promise<void>,
  log: (line: string) => void,
): Promise<Running> {
  for (let tries = 1; ; tries += 1) {
    const running = await start()
    const lines: string[] = []
    const ready = readiness(running, (line) => {
      if (lines.length < 20) lines.push(line) // a start says about 5; a recovery 10
      log(line)
    })
    await launched(running)
    const outcome = await ready
    if (outcome === 'ready') return running
    if (outcome === 'late') await endProcess(running.child, running.exited, IMMEDIATE)
    const oldOnesStillEnd = lines.some((line) => line.includes('pre-existing shared memory block'))
    if (!oldOnesStillEnd || tries === TRIES) throw new Error(notReady(outcome, lines))
    await delay(TRY_AGAIN_MS)
  }
}

/** Starts the program; it is not ready yet. */
export async function launch(program: string, options: PostgresOptions, runAs: RunAs): Promise<Running> {
  const settings = { ...settingsOf(options), ...options.settings }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(program, ['-D', options.dataDirectory, ...flags], {
    ...runAs,
    env: postgresEnv,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // its own group: Ctrl-C in the terminal reaches Moa alone, which then stops all in order
  })
  const exited = exitOf(child)
  return { child, exited, pid: await spawned(child, 'PostgreSQL') }
}

function settingsOf({ port, fsync = true }: PostgresOptions): Record<string, string> {
  return {
    port: `${port}`,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(fsync ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
}

async function readiness(
  { child, exited }: Running,
  log: (line: string) => void,
): Promise<'ready' | 'late' | Exit> {
  const limit = new AbortController()
  const ready = new Promise<'ready'>((resolve) => {
    readLines(child.stderr, (line) => {
      log(line)
      if (line.includes('database system is ready to accept connections')) resolve('ready')
    })
  })
  const late = delay(READY_LIMIT_MS, 'late' as const, { signal: limit.signal }).catch(() => 'late' as const)
  return Promise.race([ready, exited, late]).finally(() => limit.abort())
}

function notReady(outcome: 'late' | Exit, lines: readonly string[]): string {
  const how = outcome === 'late' ? `was not ready within ${READY_LIMIT_MS / 1000} s` : tellExit(outcome)
  return `PostgreSQL ${how}: ${lines.find((line) => line.includes('FATAL')) ?? lines.at(-1) ?? 'it said nothing'}`
}
