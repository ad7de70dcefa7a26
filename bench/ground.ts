import { randomBytes } from 'node:crypto'

import { Client } from '@temporalio/client'
import postgres from 'postgres'

import { connectLazily } from '../engine/connect.ts'
import { createRuns } from '../engine/runs.ts'
import { createApiClient } from './api-client.ts'
import { INSTITUTIONS, startMoa, startSandbox } from './children.ts'
import type { Closers } from './closers.ts'
import { startEngines } from './engines.ts'
import { createInstitutionsControl } from './institutions.ts'
import { cpuMs, readProcesses } from './proc.ts'
import { createRepositories } from './repositories.ts'
import { createWatcher } from './watcher.ts'

const NAMESPACE = 'default'
/** One refresh at a time is watched closely; many are watched at a cost that does not count. */
export const CLOSELY_MS = 2
export const LOOSELY_MS = 10

/** A whole Moa in processes of its own, and all that measuring it takes. */
export async function startGround(closers: Closers) {
  const engines = await startEngines(closers)
  const owner = await closers.keep(
    'the owner’s connections',
    async () => postgres(engines.database.url, { max: 4, onnotice: () => {} }),
    (client) => client.end({ timeout: 2 }),
  )
  const sandbox = await startSandbox(closers)
  const institutions = createInstitutionsControl(sandbox.url)
  const sealingKeys = `k1:${randomBytes(32).toString('base64')}`
  const repositories = createRepositories(engines.database.urlOf, sealingKeys)
  // The worker calls registered origins only, so they are registered before it starts.
  await repositories.api.institutions.register(institutions.list(INSTITUTIONS))
  const children = await startMoa(closers, engines, sealingKeys)
  const connection = connectLazily({
    address: engines.engine.address,
    namespace: NAMESPACE,
    apiKey: null,
    tls: false,
  })
  const api = createApiClient(children.api.url)
  const pace = { everyMs: CLOSELY_MS }
  const watcher = createWatcher(owner, () => pace.everyMs)
  for (const [name, part] of Object.entries({ institutions, repositories, connection, api, watcher }))
    await closers.keep(
      name,
      async () => part,
      (started: { close: () => Promise<unknown> }) => started.close(),
    )

  const pids = (): Record<Part, number | undefined> => ({
    worker: children.worker.pid(),
    engine: engines.engine.pid(),
    postgres: engines.database.pid,
    api: children.api.pid(),
    sandbox: sandbox.pid(),
    bench: process.pid,
  })
  return {
    ...engines,
    owner,
    institutions,
    repositories,
    api,
    watcher,
    pace,
    tokenOf: children.tokenOf,
    apiUrl: children.api.url,
    pids,
    runs: createRuns({ connection, namespace: NAMESPACE }),
    client: new Client({ connection, namespace: NAMESPACE }),
    /** CPU of every part so far, in ms; what is not known is left out. */
    cpu: (): Partial<Record<Part, number>> => {
      const all = readProcesses()
      const known = Object.entries(pids()).flatMap(([part, pid]) => {
        // The benchmark is the parent of all others: only its own share counts as its.
        const used = pid === undefined ? null : part === 'bench' ? ownCpuMs() : cpuMs(pid, all)
        return used === null ? [] : [[part, used]]
      })
      return Object.fromEntries(known)
    },
  }
}

export type Ground = Awaited<ReturnType<typeof startGround>>
export type Part = 'worker' | 'engine' | 'postgres' | 'api' | 'sandbox' | 'bench'

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
