import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { onTestFinished } from 'vitest'

import { wholeEnvironment } from '../config.ts'
import { resolveTemporalCli, type TemporalCli } from './temporal/temporal-cli.ts'

/** For tests: a folder of their own, removed when they pass (a failed test keeps it to be looked at). */
export async function inTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'moa-test-'))
  const result = await use(folder)
  await rm(folder, { recursive: true, force: true })
  return result
}

/** For tests: what they started is stopped when they end, also when they fail. */
export async function untilTestEnds<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting
  onTestFinished(async () => started.stop())
  return started
}

/** For tests: the CLI of this machine, fetched once into .moa/cache if it has none. */
export async function cliForTests(): Promise<TemporalCli> {
  const env = wholeEnvironment()
  const cacheDirectory = fileURLToPath(new URL('../.moa/cache', import.meta.url))
  return resolveTemporalCli({ explicit: env['TEMPORAL_CLI'], path: env['PATH'], cacheDirectory, env })
}
