import { createHash } from 'node:crypto'
import { access, chmod, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import { stopLeftoverPostgres } from './postgres/postgres.ts'
import { forgetProcess, rememberProcess, stopLeftover } from './processes/leftovers.ts'
import { stopLeftoverTemporal } from './temporal/temporal.ts'

/** Programs and bundles that any start can use again; `--reset` leaves them. */
const CACHE = 'cache'

export type Home = ReturnType<typeof placesIn>

/**
 * The folder of everything the standalone system keeps, for this process alone until it ends. Throws a sentence when
 * another Moa runs on it.
 */
export async function openHome(given: string, options: { reset: boolean }): Promise<Home> {
  const folder = resolve(given)
  const isNew = !(await exists(folder))
  await mkdir(folder, { recursive: true })
  // As root PostgreSQL runs as another user, who has to pass through.
  if (isNew && process.getuid?.() === 0) await chmod(folder, 0o755)
  const home = placesIn(folder, await postgresPlace(folder))
  for (const each of [home.cache, home.logs, home.run, dirname(home.postgres)])
    await mkdir(each, { recursive: true })
  await claim(home)
  await stopLeftovers(home)
  if (options.reset) await forgetAll(home)
  await rememberProcess(home.pidFile('moa'), process.pid)
  return home
}

/** Call when nothing of it runs any more: another Moa may have the folder. */
export const leaveHome = async (home: Home): Promise<void> => forgetProcess(home.pidFile('moa'), process.pid)

/**
 * Where PostgreSQL's data lies: in the folder; or, where root keeps other users out of it (below /root, say), in a place
 * of this folder's own that PostgreSQL's user can reach. Where there is data already, it stays.
 */
async function postgresPlace(folder: string): Promise<string> {
  const inside = join(folder, 'postgres')
  if (process.getuid?.() !== 0 || (await exists(inside))) return inside
  const name = `moa-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`
  const outside = join('/var/lib', name, 'postgres')
  return (await exists(outside)) || !(await isOpenToAll(folder)) ? outside : inside
}

async function isOpenToAll(folder: string): Promise<boolean> {
  const { mode } = await stat(folder)
  if ((mode & 0o001) === 0) return false
  return folder === dirname(folder) || isOpenToAll(dirname(folder))
}

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

function placesIn(folder: string, postgres: string) {
  return {
    folder,
    cache: join(folder, CACHE),
    logs: join(folder, 'logs'),
    run: join(folder, 'run'),
    secrets: join(folder, 'secrets.json'),
    postgres,
    temporal: join(folder, 'temporal.db'),
    sandboxState: join(folder, 'sandbox.json'),
    institutions: join(folder, 'institutions.json'),
    demoUser: join(folder, 'demo-user.json'),
    pidFile: (name: string) => join(folder, 'run', `${name}.pid`),
  }
}

/** Whoever starts a process here is remembered; an earlier Moa that was killed is forgotten. */
async function claim(home: Home): Promise<void> {
  try {
    await stopLeftover(home.pidFile('moa'), 'Moa', [])
  } catch (error) {
    throw new Error(`Another Moa runs in ${home.folder}: stop that one first`, { cause: error })
  }
}

/** Our own children; they end by themselves when we are killed, but take a while. */
const CHILDREN = ['sandbox', 'worker', 'api', 'operator'] as const
const HURRY = [
  { signal: 'SIGTERM', graceMs: 1_000 },
  { signal: 'SIGKILL', graceMs: 2_000 },
] as const

/** What an earlier Moa could not stop because it was killed: before ports are chosen, so that they are free again. */
async function stopLeftovers(home: Home): Promise<void> {
  await Promise.all([
    ...CHILDREN.map(async (name) => stopLeftover(home.pidFile(name), `The ${name}`, HURRY)),
    stopLeftoverPostgres(home.postgres),
    stopLeftoverTemporal(home.temporal),
  ])
}

async function forgetAll(home: Home): Promise<void> {
  for (const name of await readdir(home.folder))
    if (name !== CACHE) await rm(join(home.folder, name), { recursive: true, force: true })
  await rm(home.postgres, { recursive: true, force: true })
  for (const each of [home.logs, home.run]) await mkdir(each, { recursive: true })
}
