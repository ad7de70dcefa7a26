import { type ChildProcess, execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { inheritedEnvironment } from '../config.ts'
import { nodeArguments } from '../standalone/processes/processes.ts'
import type { Effort } from './arguments.ts'
import type { Closers } from './closers.ts'
import { CACHE } from './engines.ts'
import { median } from './statistics.ts'
import { type Section, shown } from './tables.ts'
import { TARGETS } from './targets.ts'

const MAIN = fileURLToPath(new URL('../standalone/main.ts', import.meta.url))
const LIMIT_MS = 120_000

type Started = { firstMs: number; secondMs: number }

/** From the command to a complete snapshot and back to the prompt: from nothing, and once more on what that left. */
export async function start(closers: Closers, { quick, rounds }: Effort): Promise<Section[]> {
  const found: Started[] = []
  if (existsSync(MAIN)) {
    for (let round = 0; round < (quick ? 1 : Math.min(rounds, 3)); round += 1)
      found.push(await startTwice(closers))
  }
  const seconds = (pick: (started: Started) => number) => {
    const middle = median(found.map(pick))
    return middle === null ? null : middle / 1_000
  }
  return [
    {
      title: 'start: npm start -- --once --json',
      notes: [
        'wall time of the whole command, its orderly end included; programs and workflow bundle in the cache, no data.',
        ...(found.length === 0 ? ['not measured: standalone/main.ts is not there.'] : []),
      ],
      columns: ['start', 'seconds'],
      rows: [
        ['from nothing', shown(seconds(({ firstMs }) => firstMs))],
        ['again', shown(seconds(({ secondMs }) => secondMs))],
      ],
      figures: [
        {
          name: 'start to a complete first snapshot',
          value: seconds(({ firstMs }) => firstMs),
          unit: 's',
          target: TARGETS.startSeconds,
        },
      ],
      raw: found,
    },
  ]
}

async function startTwice(closers: Closers): Promise<Started> {
  const home = await closers.keep('home', makeHome, (folder) => rm(folder, { recursive: true, force: true }))
  const firstMs = await startOnce(closers, home)
  const secondMs = await startOnce(closers, home)
  await rm(home, { recursive: true, force: true })
  return { firstMs, secondMs }
}

async function makeHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'moa-bench-home-'))
  await chmod(home, 0o755)
  await mkdir(join(home, 'cache'))
  await cp(CACHE, join(home, 'cache'), { recursive: true }).catch(() => {}) // without it the first start fills it
  return home
}

async function startOnce(closers: Closers, home: string): Promise<number> {
  const begunAt = performance.now()
  const env = { ...inheritedEnvironment(), MOA_HOME: home }
  const options = { env, timeout: LIMIT_MS, maxBuffer: 10 * 1024 * 1024 }
  const args = nodeArguments(MAIN, '--once', '--json')
  let child: ChildProcess | undefined
  const ended = new Promise<void>((resolve, reject) => {
    child = execFile(process.execPath, args, options, (error, _, stderr) => {
      if (!error) return resolve()
      const said = stderr.trim().split('\n').slice(-3).join(' | ')
      reject(new Error(`npm start failed: ${said || error.message}`))
    })
  })
  const stopAndWait = async () => {
    child?.kill('SIGTERM') // it then stops all it started, in order
    await ended.catch(() => {})
  }
  await closers.keep('npm start', async () => stopAndWait, stopAndWait)
  await ended
  return performance.now() - begunAt
}
