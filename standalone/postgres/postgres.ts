import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { endProcess, type Exit } from '../processes/exits.ts'
import { forgetProcess, identityOf, rememberProcess, stopLeftover } from '../processes/leftovers.ts'
import { assertPortFree } from '../processes/ports.ts'
import { postgresBinaries } from './postgres-binaries.ts'
import { preparePostgresFolder } from './postgres-folder.ts'
import { IMMEDIATE, launch, type PostgresOptions, startReady } from './postgres-launch.ts'

/** SIGINT: fast shutdown, checkpoint included. */
const FAST = { signal: 'SIGINT', graceMs: 5_000 } as const

export type { PostgresOptions }

export type Postgres = {
  /** The superuser's, database `postgres`. */
  url: string
  port: number
  pid: number
  /** Fast shutdown; harder after 5 s, at most 9 s. Safe to repeat. */
  stop(): Promise<void>
  /** Shutdown without a checkpoint, at most 4 s: the next start recovers from the log. */
  stopImmediately(): Promise<void>
  exited: Promise<Exit>
}

/**
 * Starts PostgreSQL 18 on 127.0.0.1 and waits until it takes connections. Stops first what an earlier, killed Moa
 * left running on this data. Throws a sentence when the port is taken or the folder is out of PostgreSQL's reach.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { port, superuserPassword, log = () => {} } = options
  const dataDirectory = resolve(options.dataDirectory)
  const pidFile = pidFileOf(dataDirectory)
  await stopLeftoverPostgres(dataDirectory)
  await assertPortFree(port, 'PostgreSQL')
  const { runAs, binaries } = await preparePostgresFolder({
    dataDirectory,
    superuserPassword,
    binaries: await postgresBinaries(),
    signal: options.signal,
  })
  await freeStaleLock(dataDirectory)

  const start = async () => launch(binaries.postgres, { ...options, dataDirectory }, runAs)
  const remember = async (running: { pid: number }) => rememberProcess(pidFile, running.pid)
  const { child, pid, exited } = await startReady(start, remember, log)
  const end = async (steps: Parameters<typeof endProcess>[2]) => {
    await endProcess(child, exited, steps)
    await forgetProcess(pidFile, pid)
  }
  return {
    url: `postgresql://postgres:${encodeURIComponent(superuserPassword)}@127.0.0.1:${port}/postgres`,
    port,
    pid,
    exited,
    stop: async () => end([FAST, ...IMMEDIATE]),
    stopImmediately: async () => end(IMMEDIATE),
  }
}

/** Stops the server that an earlier, killed Moa left running on this data. Throws a sentence when it is in use. */
export async function stopLeftoverPostgres(dataDirectory: string): Promise<void> {
  await stopLeftover(pidFileOf(resolve(dataDirectory)), 'PostgreSQL', [FAST, ...IMMEDIATE])
}

const pidFileOf = (dataDirectory: string) => `${dataDirectory}.pid`

/**
 * PostgreSQL refuses to start when the pid in the lock of a killed predecessor now belongs to any program of its
 * user, or to a zombie nobody waits for. A parent's pid it knows to be stale, so ours is put in its place; the rest of the lock stays, because by it
 * PostgreSQL finds out whether old backends still use the data.
 */
async function freeStaleLock(dataDirectory: string): Promise<void> {
  const lock = join(dataDirectory, 'postmaster.pid')
  const [pid, ...rest] = (await readFile(lock, 'utf8').catch(() => '')).split('\n')
  if (!pid) return
  const identity = await identityOf(Number(pid))
  if (identity?.includes(` -D ${dataDirectory} `)) {
    throw new Error(`PostgreSQL already runs on ${dataDirectory} (pid ${pid}): stop that one first`)
  }
  await writeFile(lock, [process.pid, ...rest].join('\n'))
}
