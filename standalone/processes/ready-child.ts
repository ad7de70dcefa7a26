import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

import { endProcess, type Exit, exitOf, hasEnded, spawned, tellExit, within } from './exits.ts'
import { readLines } from './lines.ts'

/** How often a URL is asked while the child gets ready, and how long one answer may take. */
const ASK_EVERY_MS = 100
const ANSWER_LIMIT_MS = 1_000
/** Ends a child that leads its own process group, and everything it started. */
export const KILL = { signal: 'SIGKILL', graceMs: 2_000, group: true } as const

export type ReadyOptions = {
  /** What people call it, in sentences about it. */
  name: string
  command: string
  args: readonly string[]
  /** All it sees of the environment. */
  env: Record<string, string | undefined>
  cwd?: string
  /** Each line it writes, on either stream. */
  log: (line: string) => void
  /** A line that says so, or an address that answers 2xx. */
  readyWhen: ((line: string) => boolean) | { url: string }
  readyTimeoutMs: number
  /** What a child with `heldArguments` waits for. If it fails, so does the child. */
  until?: Promise<unknown>
}

export type Running = { child: ChildProcess; pid: number; exited: Promise<Exit> }

/** Starts a child once and waits until it is ready; `launched` hears of it as soon as it runs. */
export async function startOnce(
  options: ReadyOptions,
  launched: (running: Running) => void,
): Promise<Running> {
  const { name, readyWhen, readyTimeoutMs, log, until } = options
  const running = await launch(options)
  const { child, exited } = running
  launched(running)
  const saidSo = new Promise<void>((resolve) => {
    const onLine = (line: string) => {
      log(line)
      if (typeof readyWhen === 'function' && readyWhen(line)) resolve()
    }
    readLines(child.stdout, onLine)
    readLines(child.stderr, onLine)
  })
  const isReady = typeof readyWhen === 'function' ? saidSo : untilAnswers(readyWhen.url, child)
  if (until) await letBegin(running, until)
  const outcome = Promise.race([isReady, exited])
  if (!(await within(outcome, readyTimeoutMs))) {
    await endProcess(child, exited, [KILL])
    throw new Error(`${name} was not ready within ${readyTimeoutMs / 1000} s`)
  }
  const exit = await outcome
  if (exit) throw new Error(`${name} ${tellExit(exit)} before it was ready`)
  return running
}

/** Tells a held child to begin; one that ends before has its exit told by whoever waits for it. */
async function letBegin({ child, exited }: Running, until: Promise<unknown>): Promise<void> {
  try {
    await Promise.race([until, exited])
  } catch (error) {
    await endProcess(child, exited, [KILL])
    throw error
  }
  if (child.connected) child.send('begin', () => {})
}

async function launch({ name, command, args, env, cwd }: ReadyOptions): Promise<Running> {
  const child: ChildProcess = spawn(command, args, {
    env,
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'], // the channel tells a Node child when we are gone
    detached: true, // its own group: Ctrl-C in the terminal reaches Moa alone, and SIGKILL reaches all of it
  })
  const exited = exitOf(child)
  return { child, exited, pid: await spawned(child, name) }
}

/** Resolves when the address answers 2xx; never if the child ends first, whose exit is the outcome then. */
async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  while (!hasEnded(child)) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok && !hasEnded(child)) return
    await delay(ASK_EVERY_MS)
  }
  return new Promise(() => {})
}
