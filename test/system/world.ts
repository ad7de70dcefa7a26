import { randomBytes } from 'node:crypto'

import { NativeConnection } from '@temporalio/worker'
import { inject } from 'vitest'

import { createBearers } from '../../activities/bearers.ts'
import { createStops } from '../../activities/stops.ts'
import { createHttp, type HttpOptions } from '../../connectors/http.ts'
import { connectorFor } from '../../connectors/registry.ts'
import type { UserId } from '../../db/database.ts'
import { listenForStops } from '../../db/notices.ts'
import { plusDays } from '../../domain/time.ts'
import { connectLazily } from '../../engine/connect.ts'
import { createRuns, type Runs } from '../../engine/runs.ts'
import { createLog } from '../../log.ts'
import { startSandbox, type SandboxOptions } from '../../sandbox/server.ts'
import { createCaretaker } from '../../worker/caretaker.ts'
import { createReceiptSigner } from '../../worker/receipts.ts'
import { createReplayCare } from '../../worker/replay-care.ts'
import { createRevocationCare } from '../../worker/revocation-care.ts'
import { createRevoking } from '../../worker/revoking.ts'
import { createSanctioned } from '../../worker/sanctioned.ts'
import { createWorker } from '../../worker/worker.ts'
import { createTestMoa, makeGrant, type TestMoa } from './moa.ts'

export type WorldOptions = {
  sandbox?: SandboxOptions
  failpoint?: (name: string) => Promise<void>
  /**
   * Whether the fleet agrees about institutions. Most tests have some fail on purpose, one person after another, and are
   * about what becomes of each; how workers agree about it is in breakers.db and fleet.e2e.
   */
  hasBreakers?: boolean
  /** Without a worker: for tests that start processes of their own. */
  withWorker?: boolean
  /** Another engine, namespace or queue than the shared ones: for tests that kill, or that start real processes. */
  engine?: { address: string; namespace: string }
  taskQueue?: string
  moa?: TestMoa
  /** How the worker calls institutions, where not as plainly as can be. */
  http?: Partial<HttpOptions>
}

export const engineAddress = () => ({
  address: inject('temporalAddress'),
  namespace: 'default',
  apiKey: null,
  tls: false,
})

/** Everything but the API, in this process: database, sandbox over real HTTP, a worker on a queue of its own. */
export async function startWorld(options: WorldOptions = {}) {
  const moa = options.moa ?? (await createTestMoa())
  const sandbox = await startSandbox({ seed: 'system', today: yesterday(), ...options.sandbox })
  await moa.api.institutions.register(sandbox.institutions)
  const taskQueue = options.taskQueue ?? `moa-${randomBytes(4).toString('hex')}`
  const engine = { ...engineAddress(), ...options.engine }
  const connection = connectLazily(engine)
  const runs = createRuns({ connection, namespace: engine.namespace, taskQueue })
  const worker =
    options.withWorker === false
      ? null
      : await startWorker(moa, taskQueue, options.failpoint ?? (async () => {}), runs, options)
  const silent = createLog('caretaker', 'silent')
  const caretaker = createCaretaker({
    caretaking: moa.caretaking,
    runs,
    others: [
      createRevocationCare({ caretaking: moa.revocationCaretaking, runs, log: silent }),
      createReplayCare({ watch: moa.replayWatch, replays: moa.replays, log: silent }),
    ],
    log: silent,
    everyMs: 500,
  })
  return {
    moa,
    sandbox,
    runs,
    taskQueue,
    caretaker,
    /** A person of the sandbox with consents at some institutions (all by default) and the refresh those opened. */
    enrol: (person: string, institutionIds = sandbox.institutions.map((i) => i.institutionId)) =>
      enrol(moa, sandbox, person, institutionIds),
    close: async () => {
      await worker?.stop()
      await connection.close()
      await sandbox.close()
      await moa.close()
    },
  }
}

export type World = Awaited<ReturnType<typeof startWorld>>
export type Person = { userId: UserId; userKey: string; person: string; refreshNo: number }

// The sandbox's clock begins a day behind ours, so that a new day of its own is never in our future.
const yesterday = (): string => plusDays(new Date().toISOString().slice(0, 10), -1)

async function enrol(
  moa: TestMoa,
  sandbox: Awaited<ReturnType<typeof startSandbox>>,
  person: string,
  institutionIds: readonly string[],
): Promise<Person> {
  const { userId, userKey } = await moa.api.users.enrol('https://test', person)
  let refreshNo = 0
  for (const tokens of sandbox.control.consents({ person, institutionIds })) {
    const answer = await moa.api.consents.grant(
      userId,
      makeGrant(tokens.institutionId, {
        scope: tokens.scope,
        accessToken: tokens.accessToken,
        refreshToken: tokens.refreshToken,
      }),
    )
    if (answer.outcome === 'started' || answer.outcome === 'joined') refreshNo = answer.refreshNo
  }
  return { userId, userKey, person, refreshNo }
}

/** A worker in this process, as worker/main.ts makes it, on a queue of its own. */
export async function startWorker(
  moa: TestMoa,
  taskQueue: string,
  failpoint: (name: string) => Promise<void>,
  runs: Pick<Runs, 'lastWord' | 'start' | 'hint'>,
  { hasBreakers = false, http: calling = {} }: Pick<WorldOptions, 'hasBreakers' | 'http'> = {},
) {
  const stops = createStops()
  const listener = await listenForStops(moa.test.urlOf('moa_worker'), stops.heard)
  const sanctioned = createSanctioned(moa.worker.institutions, true)
  const stopWatching = await sanctioned.start()
  const http = createHttp({
    operatorCode: 'MOATEST001',
    registered: sanctioned.registered,
    mayCall: () => true,
    ...calling,
  })
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') })
  const log = createLog('worker', 'silent')
  const client = { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' }
  const bearers = createBearers({ credentials: moa.worker.credentials, http, client, failpoint, log })
  const signer = await createReceiptSigner(moa.receiptKey)
  const worker = await createWorker({
    connection,
    namespace: 'default',
    taskQueue,
    bundle: { codePath: inject('bundlePath') },
    log,
    shutdownGraceMs: 1_000,
    activities: {
      ...moa.worker,
      ...(hasBreakers ? {} : { breakers: { note: async () => {}, drawRetry: async () => true } }),
      ...createRevoking({ http, client, runs, signer, limitHours: 72 }),
      http,
      bearers,
      connectorFor,
      stops,
      whoCancelled: runs.lastWord,
      failpoint,
      log,
    },
  })
  const running = worker.run()
  return {
    stop: async () => {
      worker.shutdown()
      await running
      stopWatching()
      await Promise.all([listener.close(), http.close(), connection.close()])
    },
  }
}

/** Waits until a condition holds; says what it waited for when it does not. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  limitMs = 60_000,
): Promise<T> {
  const giveUpAt = Date.now() + limitMs
  for (;;) {
    const seen = await look()
    if (seen) return seen
    if (Date.now() > giveUpAt) throw new Error(`waited ${limitMs} ms for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** The refresh once it is closed. */
export const closed = ({ moa }: Pick<World, 'moa'>, userId: UserId, refreshNo: number, limitMs = 60_000) =>
  until(
    `refresh ${refreshNo} to close`,
    async () => {
      const refresh = await moa.api.progress.of(userId, refreshNo)
      return refresh?.closedAt ? refresh : null
    },
    limitMs,
  )
