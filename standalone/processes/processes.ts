import { createRequire } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

import { endProcess, type Exit, tellExit } from './exits.ts'
import { forgetProcess, rememberProcess } from './leftovers.ts'
import { KILL, type ReadyOptions, type Running, startOnce } from './ready-child.ts'

/** A worker's own grace at shutdown is 8 s. */
const GRACE_MS = 10_000

export type ChildOptions = ReadyOptions & {
  /** After being ready once: up to `limit` restarts in any `withinMs`, each after `delayMs`. Without it, none. */
  restart?: { limit: number; withinMs: number; delayMs: number }
  /** Told of every death nobody asked for. */
  onDied?: (death: Death) => void
  /** Between SIGTERM and SIGKILL; 10 s. */
  graceMs?: number
  /** Where the next start learns which process runs, in case this one is killed. */
  pidFile?: string
}

export type Death = Exit & { name: string; sentence: string; willRestart: boolean }

export type Child = {
  name: string
  /** Of the process running now; undefined between a death and the next start. */
  pid(): number | undefined
  /** Resolves once it is over for good: undefined after `stop` or `kill`, an error naming it when given up on. */
  gone: Promise<Error | undefined>
  /** SIGTERM, then SIGKILL to it and all it started. Safe to repeat. */
  stop(): Promise<void>
  kill(): Promise<void>
}

/**
 * Starts a child and resolves when it is ready; from then on it is restarted when it dies, within limits. Throws a
 * sentence when it ends or stays silent before it was ready for the first time.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, graceMs = GRACE_MS } = options
  const state: State = { running: undefined, stopping: new AbortController() }
  await startWatched(options, state)
  const gone = supervise(options, state)
  const end = async (steps: Parameters<typeof endProcess>[2]) => {
    state.stopping.abort()
    if (state.running) await endProcess(state.running.child, state.running.exited, steps)
    await gone
  }
  return {
    name,
    gone,
    pid: () => state.running?.pid,
    stop: async () => end([{ signal: 'SIGTERM', graceMs }, KILL]),
    kill: async () => end([KILL]),
  }
}

/** The arguments that run a TypeScript main under Node so that it ends when we do, even if we are killed. */
export function nodeArguments(main: string, ...args: string[]): string[] {
  const tsx = createRequire(import.meta.url).resolve('tsx')
  // First: a parent that dies while tsx loads must not be missed.
  const preloaded = [new URL('end-with-parent.mjs', import.meta.url).href, pathToFileURL(tsx).href]
  return [...preloaded.flatMap((module) => ['--import', module]), main, ...args]
}

/** The same, for a child that loads these modules at once and begins with its main when told (`ReadyOptions.until`). */
export function heldArguments(warm: readonly string[], main: string, ...args: string[]): string[] {
  const hold = new URL('hold.mjs', import.meta.url)
  for (const module of warm) hold.searchParams.append('warm', pathToFileURL(module).href)
  const all = nodeArguments(main, ...args)
  return [...all.slice(0, -1 - args.length), '--import', hold.href, main, ...args]
}

type State = { running: Running | undefined; stopping: AbortController }

/** Waits for deaths and answers them, until stopped or out of restarts. A start that fails is one more death. */
async function supervise(options: ChildOptions, state: State): Promise<Error | undefined> {
  const { name, restart, onDied } = options
  const deaths: number[] = []
  for (;;) {
    const exit = (await state.running?.exited) ?? { code: null, signal: null }
    state.running = undefined
    if (state.stopping.signal.aborted) return undefined
    deaths.push(Date.now())
    const recent = deaths.filter((at) => at > Date.now() - (restart?.withinMs ?? 0)).length
    const willRestart = restart !== undefined && recent <= restart.limit
    const sentence = `${name} ${tellExit(exit)}`
    onDied?.({ ...exit, name, sentence, willRestart })
    if (!willRestart) return new Error(restart ? givenUp(sentence, recent, restart.withinMs) : sentence)
    await delay(restart.delayMs, undefined, { signal: state.stopping.signal }).catch(() => {})
    if (state.stopping.signal.aborted) return undefined
    await startWatched(options, state).catch((error: unknown) => options.log(String(error)))
  }
}

async function startWatched(options: ChildOptions, state: State): Promise<void> {
  await startOnce(options, (running) => {
    state.running = running
    if (options.pidFile !== undefined) remember(options.pidFile, running)
    if (state.stopping.signal.aborted) running.child.kill('SIGKILL') // stopped in the moment it was started
  })
}

/** Whether it is written down in time is luck: without it the next start finds a port taken, and takes another. */
function remember(pidFile: string, { pid, exited }: Running): void {
  const remembered = rememberProcess(pidFile, pid)
  const forgotten = Promise.all([remembered, exited]).then(async () => forgetProcess(pidFile, pid))
  forgotten.catch(() => {})
}

const givenUp = (sentence: string, deaths: number, withinMs: number) =>
  `${sentence}; it died ${deaths} times within ${withinMs / 1000} s and is not started again`
