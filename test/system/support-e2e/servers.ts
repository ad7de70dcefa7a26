import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { migrateDatabase, ROLES, type Role, setRolePasswords } from '../../../db/migrate.ts'
import { type PostgresOptions, startPostgres } from '../../../standalone/postgres/postgres.ts'
import { freePort } from '../../../standalone/processes/ports.ts'
import { startTemporal } from '../../../standalone/temporal/temporal.ts'
import { cliForTests } from '../../../standalone/temporary.ts'
import { SEARCH_ATTRIBUTES } from '../../../workflows/contract.ts'
import { ownerClient, type TestDatabase } from '../databases.ts'

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'moa-e2e-'))
  await chmod(folder, 0o755) // PostgreSQL runs as a user of its own where the tests run as root
  return folder
}

/** A PostgreSQL that a test may kill, with a migrated database. */
export async function startOwnPostgres() {
  const folder = await newFolder()
  const options: PostgresOptions = {
    dataDirectory: join(folder, 'data'),
    port: await freePort(0),
    superuserPassword: randomBytes(9).toString('hex'),
  }
  let running = await startPostgres(options)
  const { url } = running
  const passwords = Object.fromEntries(ROLES.map((role) => [role, randomBytes(9).toString('hex')])) as Record<
    Role,
    string
  >
  await migrateDatabase(url)
  await setRolePasswords(url, passwords)
  const owner = ownerClient(url)
  const test: TestDatabase = {
    ownerUrl: url,
    owner,
    urlOf: (role) => {
      const own = new URL(url)
      own.username = role
      own.password = passwords[role]
      return own.href
    },
    drop: async () => {
      await owner.end({ timeout: 1 })
      await running.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return {
    test,
    /** As when the machine loses power: no checkpoint, every connection cut. */
    crash: () => running.stopImmediately(),
    restart: async () => {
      running = await startPostgres(options)
    },
  }
}

/** A Temporal server that a test may kill; on its file, or with nothing but memory. */
export async function startOwnTemporal(keeps: 'on its file' | 'in memory') {
  const folder = await newFolder()
  const options = {
    cli: await cliForTests(),
    port: await freePort(0),
    namespaceRetentionDays: 7,
    searchAttributes: SEARCH_ATTRIBUTES,
    ...(keeps === 'on its file' ? { dataFile: join(folder, 'temporal.db') } : {}),
  }
  let running = await startTemporal(options)
  return {
    engine: { address: running.address, namespace: 'default' },
    kill: () => running.kill(),
    restart: async () => {
      running = await startTemporal(options)
    },
    stop: async () => {
      await running.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
