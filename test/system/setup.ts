import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { TestProject } from 'vitest/node'

import { migrateDatabase, ROLES, type Role, setRolePasswords } from '../../db/migrate.ts'
import { startPostgres } from '../../standalone/postgres/postgres.ts'
import { freePort } from '../../standalone/processes/ports.ts'
import { startTemporal } from '../../standalone/temporal/temporal.ts'
import { cliForTests } from '../../standalone/temporary.ts'
import { buildBundle } from '../../worker/worker.ts'
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts'
import { ownerClient, TEMPLATE } from './databases.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** As the superuser, database postgres. */
    postgresUrl: string
    rolePasswords: Record<Role, string>
    temporalAddress: string
    bundlePath: string
  }
}

/** Starts what every system test stands on, once per run: a real PostgreSQL, a real Temporal server, one bundle. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'moa-system-'))
  await chmod(folder, 0o755) // PostgreSQL runs as a user of its own where the tests run as root
  const superuserPassword = randomBytes(9).toString('hex')
  const rolePasswords = Object.fromEntries(
    ROLES.map((role) => [role, randomBytes(9).toString('hex')]),
  ) as Record<Role, string>

  const [postgres, temporal] = await Promise.all([
    freePort(0).then((port) =>
      startPostgres({
        dataDirectory: join(folder, 'postgres'),
        port,
        superuserPassword,
        fsync: false,
        // Ten worlds at once, five to a file, each with pools of 32 and processes of its own with some 25 more.
        settings: { max_connections: '600' },
      }),
    ),
    Promise.all([cliForTests(), freePort(0)]).then(([cli, port]) =>
      startTemporal({ cli, port, namespaceRetentionDays: 7, searchAttributes: SEARCH_ATTRIBUTES }),
    ),
    buildBundle().then(({ code }) => writeFile(join(folder, 'workflows.js'), code)),
  ])
  await prepareTemplate(postgres.url, rolePasswords)

  project.provide('postgresUrl', postgres.url)
  project.provide('rolePasswords', rolePasswords)
  project.provide('temporalAddress', temporal.address)
  project.provide('bundlePath', join(folder, 'workflows.js'))
  return async () => {
    await Promise.all([postgres.stop(), temporal.stop()])
    await rm(folder, { recursive: true, force: true })
  }
}

async function prepareTemplate(postgresUrl: string, rolePasswords: Record<Role, string>): Promise<void> {
  const client = ownerClient(postgresUrl)
  await client.unsafe(`CREATE DATABASE ${TEMPLATE}`)
  await client.end()
  const url = new URL(postgresUrl)
  url.pathname = `/${TEMPLATE}`
  await migrateDatabase(url.href)
  await setRolePasswords(url.href, rolePasswords)
}
