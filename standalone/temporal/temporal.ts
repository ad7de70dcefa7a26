import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'

import { endProcess, type Exit, exitOf, spawned } from '../processes/exits.ts'
import { forgetProcess, rememberProcess, stopLeftover } from '../processes/leftovers.ts'
import { readLines } from '../processes/lines.ts'
import { assertPortFree } from '../processes/ports.ts'
import { claimTemporalData } from './temporal-data.ts'
import { flagsOf, type TemporalOptions } from './temporal-flags.ts'
import { keepRetention, namespaceReady } from './temporal-namespace.ts'

const STOP = [
  { signal: 'SIGTERM', graceMs: 5_000 },
  { signal: 'SIGKILL', graceMs: 2_000 },
] as const

export type { TemporalOptions }

export type Temporal = {
  /** host:port, for clients and workers. */
  address: string
  uiUrl?: string
  pid: number
  /** SIGTERM, harder after 5 s, at most 7 s. Safe to repeat. */
  stop(): Promise<void>
  /** SIGKILL at once: what has been answered is in the data file. */
  kill(): Promise<void>
  exited: Promise<Exit>
}

/**
 * Starts the Temporal development server on 127.0.0.1 and waits until its namespace `default` answers and has the
 * wanted retention. Stops first what an earlier, killed Moa left running on this data. Throws a sentence when a port
 * is taken or the data file was made by another version.
 */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const { cli, port, uiPort, metricsPort, log = () => {} } = options
  const dataFile = options.dataFile === undefined ? undefined : resolve(options.dataFile)
  const pidFile = dataFile === undefined ? undefined : pidFileOf(dataFile)
  if (dataFile !== undefined) await stopLeftoverTemporal(dataFile)
  for (const wanted of [port, uiPort, metricsPort]) if (wanted) await assertPortFree(wanted, 'Temporal')
  if (dataFile !== undefined) await claimTemporalData(dataFile, cli.version)

  let isStopping = false // while it stops, the server calls every cancelled call an error
  const { child, pid, exited } = await launch({ ...options, dataFile }, (line) => isStopping || log(line))
  if (pidFile) await rememberProcess(pidFile, pid)
  const end = async (steps: Parameters<typeof endProcess>[2]) => {
    isStopping = true
    await endProcess(child, exited, steps)
    if (pidFile) await forgetProcess(pidFile, pid)
  }
  try {
    await keepRetention(options, await namespaceReady(options, exited))
  } catch (error) {
    await end(STOP.slice(1))
    throw error
  }
  return {
    address: `127.0.0.1:${port}`,
    ...(uiPort === undefined ? {} : { uiUrl: `http://127.0.0.1:${uiPort}` }),
    pid,
    exited,
    stop: async () => end(STOP),
    kill: async () => end(STOP.slice(1)),
  }
}

/** Stops the server that an earlier, killed Moa left running on this data. Throws a sentence when it is in use. */
export async function stopLeftoverTemporal(dataFile: string): Promise<void> {
  await stopLeftover(pidFileOf(resolve(dataFile)), 'Temporal', STOP)
}

const pidFileOf = (dataFile: string) => `${dataFile}.pid`

async function launch(options: TemporalOptions, log: (line: string) => unknown) {
  const child: ChildProcess = spawn(options.cli.path, ['server', 'start-dev', ...flagsOf(options)], {
    env: {}, // the CLI would take addresses and namespaces from there
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // its own group: Ctrl-C in the terminal reaches Moa alone, which then stops all in order
  })
  const exited = exitOf(child)
  const pid = await spawned(child, 'Temporal')
  readLines(child.stderr, log)
  return { child, exited, pid }
}
