import { access, chmod, mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'

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
export async function openHome(folder: string, options: { reset: boolean }): Promise<Home> {
  const home = placesIn(resolve(folder))
  const isNew = await access(home.folder).then(
    () => false,
    () => true,
  )
  for (const each of [home.folder, home.cache, home.logs, home.run]) await mkdir(each, { recursive: true })
  // As root PostgreSQL runs as another user, who has to pass through.
  if (isNew && process.getuid?.() === 0) await chmod(home.folder, 0o755)
  await claim(home)
  await stopLeftovers(home)
  if (options.reset) await forgetAll(home)
  await rememberProcess(home.pidFile('moa'), process.pid)
  return home
}

/** Call when nothing of it runs any more: another Moa may have the folder. */
export const leaveHome = async (home: Home): Promise<void> => forgetProcess(home.pidFile('moa'), process.pid)

function placesIn(folder: string) {
  return {
    folder,
    cache: join(folder, CACHE),
    logs: join(folder, 'logs'),
    run: join(folder, 'run'),
    secrets: join(folder, 'secrets.json'),
    postgres: join(folder, 'postgres'),
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
const CHILDREN = ['sandbox', 'worker', 'api'] as const
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
  for (const each of [home.logs, home.run]) await mkdir(each, { recursive: true })
}
