import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, chown, cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { hasCode } from '../processes/error-code.ts'
import { type PostgresBinaries, programsIn } from './postgres-binaries.ts'

const run = promisify(execFile)

/** The user PostgreSQL runs as, if that is not the user who started Moa: it refuses to run as root. */
export type RunAs = { uid: number; gid: number } | undefined

/** What the programs see of the environment: nothing of ours, and messages in English. */
export const postgresEnv = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }

/** initdb takes 1 to 5 s; a loaded machine gets ten times that. */
const INITDB_LIMIT_MS = 60_000

/**
 * A data folder that PostgreSQL can start on: the one that is there, or a new one. A new one appears whole or not
 * at all. Throws a sentence when it was made by another major version or lies where PostgreSQL may not go.
 */
export async function preparePostgresFolder(options: {
  dataDirectory: string
  superuserPassword: string
  binaries: PostgresBinaries
  signal: AbortSignal | undefined
}): Promise<{ runAs: RunAs; binaries: PostgresBinaries }> {
  const { dataDirectory, superuserPassword, signal } = options
  const madeBy = await readVersion(dataDirectory)
  await mkdir(dirname(dataDirectory), { recursive: true })
  const runAs = await whoRuns(madeBy === undefined ? undefined : dataDirectory)
  await assertMayEnter(dirname(dataDirectory), runAs)
  const binaries = await withinReach(options.binaries, dataDirectory, runAs)
  if (madeBy === undefined) await initialise(dataDirectory, superuserPassword, binaries.initdb, runAs, signal)
  else await assertSameVersion(madeBy, binaries.initdb, dataDirectory)
  return { runAs, binaries }
}

/** Programs in a folder that PostgreSQL's user may not enter (a checkout of root's own) are copied beside the data. */
async function withinReach(
  binaries: PostgresBinaries,
  dataDirectory: string,
  runAs: RunAs,
): Promise<PostgresBinaries> {
  if ((await firstClosed(binaries.directory, runAs)) === undefined) return binaries
  const copy = `${dataDirectory}.programs-${binaries.version}`
  if (!(await exists(copy))) {
    await cp(join(binaries.directory, 'native'), join(`${copy}.new`, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
    })
    await rename(`${copy}.new`, copy)
  }
  return programsIn(copy, binaries.version)
}

async function initialise(
  dataDirectory: string,
  password: string,
  initdb: string,
  runAs: RunAs,
  signal: AbortSignal | undefined,
) {
  const fresh = `${dataDirectory}.new`
  const passwordFile = `${dataDirectory}.${randomBytes(6).toString('hex')}`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { mode: 0o700 })
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  try {
    for (const path of runAs ? [fresh, passwordFile] : []) await chown(path, runAs!.uid, runAs!.gid)
    const args = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8']
    const all = [`--pgdata=${fresh}`, `--pwfile=${passwordFile}`, ...args]
    const making = run(initdb, all, { ...runAs, env: postgresEnv, timeout: INITDB_LIMIT_MS })
    const stop = () => making.child.kill('SIGTERM') // and then wait for its end: nothing is left running
    signal?.addEventListener('abort', stop, { once: true })
    await making.finally(() => signal?.removeEventListener('abort', stop))
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(fresh, dataDirectory)
}

/** Root hands over to the owner of existing data, else to the user `postgres`, who is made if absent. */
async function whoRuns(existing: string | undefined): Promise<RunAs> {
  if (process.getuid?.() !== 0) return undefined
  const owner = existing === undefined ? undefined : await stat(existing)
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  return (await idsOf('postgres')) ?? makeUser('postgres')
}

async function makeUser(name: string): Promise<RunAs> {
  await run('useradd', ['--system', '--user-group', '--no-create-home', name], { env: postgresEnv })
  return idsOf(name)
}

async function idsOf(name: string): Promise<RunAs> {
  try {
    const ids = ['-u', '-g'].map(async (flag) =>
      Number((await run('id', [flag, name], { env: postgresEnv })).stdout),
    )
    const [uid, gid] = await Promise.all(ids)
    return { uid: uid!, gid: gid! }
  } catch {
    return undefined // no such user
  }
}

/** Every folder on the way must let the user in. */
async function assertMayEnter(folder: string, runAs: RunAs): Promise<void> {
  const closed = await firstClosed(folder, runAs)
  if (closed === undefined) return
  const shown = ((await stat(closed)).mode & 0o777).toString(8)
  throw new Error(
    `PostgreSQL does not run as root and its user (uid ${runAs?.uid}) may not enter ${closed} (mode ${shown}): ` +
      `move Moa's data (MOA_HOME) to a folder that everyone may enter, or start it as another user than root`,
  )
}

/** The first folder on the way that keeps the user out (the x bit for whichever of owner, group or others applies). */
async function firstClosed(folder: string, runAs: RunAs): Promise<string | undefined> {
  if (!runAs) return undefined
  for (const each of withParents(folder)) {
    const { mode, uid, gid } = await stat(each)
    const bit = uid === runAs.uid ? 0o100 : gid === runAs.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return each
  }
  return undefined
}

function withParents(folder: string): string[] {
  return folder === dirname(folder) ? [folder] : [...withParents(dirname(folder)), folder]
}

/** The major version that made the data, undefined if there is none. */
async function readVersion(dataDirectory: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

async function assertSameVersion(madeBy: string, initdb: string, dataDirectory: string): Promise<void> {
  const { stdout } = await run(initdb, ['--version'], { env: postgresEnv })
  const ours = /\d+/.exec(stdout)?.[0]
  if (ours === madeBy) return
  throw new Error(
    `The data in ${dataDirectory} was made by PostgreSQL ${madeBy} and this is ${ours}: ` +
      'start with `npm start -- --reset` to begin anew, or with the version that made it',
  )
}

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
