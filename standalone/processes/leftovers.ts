import { execFile } from 'node:child_process'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A process as it was when remembered: a pid alone may since belong to somebody else. */
type Remembered = { pid: number; identity: string }
type Leftover = { process: Remembered; startedBy: Remembered }

/** How often a leftover is looked at while it ends. */
const LOOK_EVERY_MS = 50

/** Writes down, for the next start, which process was started and by whom. */
export async function rememberProcess(pidFile: string, pid: number): Promise<void> {
  const leftover: Leftover = {
    process: { pid, identity: (await identityOf(pid)) ?? '' },
    startedBy: { pid: process.pid, identity: (await identityOf(process.pid)) ?? '' },
  }
  await writeFile(`${pidFile}.${process.pid}`, `${JSON.stringify(leftover)}\n`)
  await rename(`${pidFile}.${process.pid}`, pidFile)
}

/** Call after the process has ended by our own hand. What a later start has written since stays. */
export async function forgetProcess(pidFile: string, pid: number): Promise<void> {
  if ((await readRemembered(pidFile))?.process.pid === pid) await rm(pidFile, { force: true })
}

/**
 * Stops what an earlier Moa started and could not stop, because it was killed itself: the remembered pid, if it
 * still is that very process (same start time and command line) and whoever started it has ended.
 * Throws when the one who started it still runs: then this folder is in use.
 */
export async function stopLeftover(
  pidFile: string,
  name: string,
  steps: readonly { signal: NodeJS.Signals; graceMs: number }[],
): Promise<void> {
  const leftover = await readRemembered(pidFile)
  if (leftover && (await stillRuns(leftover.process))) {
    if (await stillRuns(leftover.startedBy)) throw new Error(inUse(name, leftover))
    await end(leftover.process, name, steps)
  }
  await rm(pidFile, { force: true })
}

const inUse = (name: string, { process, startedBy }: Leftover) =>
  `${name} already runs on this data (pid ${process.pid}), started by process ${startedBy.pid}: stop that one first`

async function end(
  leftover: Remembered,
  name: string,
  steps: readonly { signal: NodeJS.Signals; graceMs: number }[],
): Promise<void> {
  for (const { signal, graceMs } of steps) {
    try {
      process.kill(leftover.pid, signal)
    } catch {
      return // ended since we looked
    }
    for (let waited = 0; waited < graceMs; waited += LOOK_EVERY_MS) {
      await delay(LOOK_EVERY_MS)
      if (!(await stillRuns(leftover))) return
    }
  }
  throw new Error(`${name} of an earlier start (pid ${leftover.pid}) would not end: end it by hand`)
}

async function stillRuns({ pid, identity }: Remembered): Promise<boolean> {
  return identity !== '' && (await identityOf(pid)) === identity
}

/** Start time and command line of a running process; undefined when no such process runs (or a zombie only). */
export async function identityOf(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? identityFromProc(pid) : identityFromPs(pid)
}

async function identityFromProc(pid: number): Promise<string | undefined> {
  try {
    const [stat, commandLine] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ])
    // Field 2 is the program's name in brackets and may hold blanks; field 22 is the start time in ticks since boot.
    const startedAt = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[22 - 3]
    return commandLine === '' ? undefined : `${startedAt} ${commandLine.replaceAll('\0', ' ').trim()}`
  } catch {
    return undefined
  }
}

async function identityFromPs(pid: number): Promise<string | undefined> {
  try {
    const env = { PATH: '/bin:/usr/bin', LC_ALL: 'C' }
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'lstart=,args=', '-p', `${pid}`], {
      env,
    })
    return stdout.trim() || undefined
  } catch {
    return undefined
  }
}

const isLeftover = (value: unknown): value is Leftover =>
  hasFields(value, ['process', 'startedBy']) &&
  [value['process'], value['startedBy']].every((each) => hasFields(each, ['pid', 'identity']))

function hasFields(value: unknown, fields: readonly string[]): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && fields.every((field) => field in value)
}

async function readRemembered(pidFile: string): Promise<Leftover | undefined> {
  try {
    const text = await readFile(pidFile, 'utf8')
    const read: unknown = JSON.parse(text)
    return isLeftover(read) ? read : undefined
  } catch {
    return undefined // absent, or not ours to understand: then nothing is stopped
  }
}
