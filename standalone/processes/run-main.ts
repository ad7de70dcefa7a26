import { spawn } from 'node:child_process'

import { inheritedEnvironment } from '../../config.ts'
import { type ProcessLog, withLastLines } from '../logs.ts'
import { endProcess, exitOf, spawned, tellExit, within } from './exits.ts'
import { readLines } from './lines.ts'
import { nodeArguments } from './processes.ts'
import { KILL } from './ready-child.ts'

/** A migration takes 0.3 s, enrolling six consents 0.2 s; a loaded machine gets much more. */
const LIMIT_MS = 60_000

export type MainRun = {
  /** What people call it, in sentences about it. */
  name: string
  main: string
  args?: readonly string[]
  settings: Record<string, string>
  /**
   * Told on its stdin, where neither a list of processes nor an environment shows it. A main waits for it, so that it
   * can be started before what it needs is there.
   */
  input?: Promise<unknown>
  log: ProcessLog
  /** Ends it by force: what it did not finish, the next start does again. */
  stopping: AbortSignal
}

/** Runs a main of ours to its end; answers the last line it wrote, as JSON. Throws its last words when it fails. */
export async function runMain(run: MainRun): Promise<unknown> {
  const { name, main, args = [], settings, input, log, stopping } = run
  const child = spawn(process.execPath, nodeArguments(main, ...args), {
    env: { ...inheritedEnvironment(), ...settings },
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    detached: true, // Ctrl-C in the terminal reaches Moa alone, which then stops all in order
  })
  const exited = exitOf(child)
  const end = async () => endProcess(child, exited, [KILL])
  stopping.addEventListener('abort', () => void end().catch(() => {}), { once: true })
  await spawned(child, name)
  if (stopping.aborted) await end()
  let answer = ''
  readLines(child.stdout, (line) => (answer = line))
  readLines(child.stderr, log.line)
  child.stdin?.on('error', () => {}) // it ended without reading; its exit says more
  try {
    child.stdin?.end(input === undefined ? '' : JSON.stringify(await input))
  } catch (error) {
    await end()
    throw error
  }
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  if (!(await within(closed, LIMIT_MS))) {
    await end()
    throw withLastLines(new Error(`${name} did not end within ${LIMIT_MS / 1000} s`), log)
  }
  const exit = await exited
  if (exit.code !== 0) throw withLastLines(new Error(`${name} ${tellExit(exit)}`), log)
  return JSON.parse(answer)
}
