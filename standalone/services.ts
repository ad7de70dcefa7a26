import { fileURLToPath } from 'node:url'

import { inheritedEnvironment } from '../config.ts'
import { type ProcessLog, withLastLines } from './logs.ts'
import { type Child, type Death, heldArguments, nodeArguments, startChild } from './processes/processes.ts'

/** A main of ours that runs until it is told to stop. */
export type Service = {
  /** What people call it, in sentences about it. */
  name: string
  main: string
  args?: readonly string[]
  settings: Record<string, string>
  /** Modules it loads at once, while it waits until it may begin. */
  held?: { warm: readonly string[]; until: Promise<unknown> }
  /** What the line says by which it tells that it is ready. */
  ready: string
  graceMs: number
  log: ProcessLog
  pidFile: string
  onDied: (death: Death) => void
}

/** Ready after 1 to 2 s as a rule; a loaded machine gets thirty times that. */
const READY_LIMIT_MS = 60_000
/** A service that dies more often than this is broken: five restarts in two minutes, each half a second later. */
export const RESTARTS = { limit: 5, withinMs: 120_000, delayMs: 500 } as const

/** Starts a service and keeps it running. Throws its last words when it does not become ready. */
export async function startService(service: Service): Promise<Child> {
  const { name, main, args = [], settings, held, ready, graceMs, log, pidFile, onDied } = service
  try {
    return await startChild({
      name,
      command: process.execPath,
      args: held ? heldArguments(held.warm, main, ...args) : nodeArguments(main, ...args),
      ...(held ? { until: held.until } : {}),
      env: { ...inheritedEnvironment(), ...settings },
      log: log.line,
      readyWhen: (line) => line.includes(ready),
      readyTimeoutMs: READY_LIMIT_MS,
      restart: RESTARTS,
      graceMs,
      pidFile,
      onDied,
    })
  } catch (error) {
    throw withLastLines(error, log)
  }
}

/** Path of a main, from the root of the repository. */
export const mainAt = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
