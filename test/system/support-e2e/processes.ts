import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { Connection } from '@temporalio/client'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { inject } from 'vitest'

import { lawful } from '../../../api/openapi/test-answers.ts'
import { inheritedEnvironment } from '../../../config.ts'
import type { SandboxOptions } from '../../../sandbox/server.ts'
import { nodeArguments, startChild } from '../../../standalone/processes/processes.ts'
import { SEARCH_ATTRIBUTES } from '../../../workflows/contract.ts'
import { createTestMoa, mortalPolicy, type TestMoa } from '../moa.ts'
import { startWorld } from '../world.ts'
import type { EnginePlace } from './engine.ts'

const mainAt = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const KEYWORD = 2

/** A namespace of one's own on the shared server: real workers all serve one queue, and must not serve each other's. */
export async function createNamespace(): Promise<EnginePlace> {
  const address = inject('temporalAddress')
  const namespace = `moa-${randomBytes(4).toString('hex')}`
  const connection = await Connection.connect({ address })
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as unknown as Long },
  })
  const searchAttributes = Object.fromEntries(Object.keys(SEARCH_ATTRIBUTES).map((name) => [name, KEYWORD]))
  await untilKnown(() => connection.operatorService.addSearchAttributes({ namespace, searchAttributes }))
  await connection.close()
  return { address, namespace }
}

/** A new namespace is known to every part of the server some moments after it was made. */
async function untilKnown(ask: () => Promise<unknown>): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      await ask()
      return
    } catch (error) {
      if (tried === 100) throw error
      await sleep(100)
    }
  }
}

export type ProcessWorldOptions = {
  engine?: EnginePlace
  moa?: TestMoa
  institutions?: number
  sandbox?: SandboxOptions
}

/** A world whose workers are real processes. */
export async function startProcessWorld(options: ProcessWorldOptions = {}) {
  const engine = options.engine ?? (await createNamespace())
  const world = await startWorld({
    withWorker: false,
    engine,
    taskQueue: 'moa',
    sandbox: { institutions: options.institutions ?? 2, ...options.sandbox },
    moa: options.moa ?? (await createTestMoa({ policy: mortalPolicy })),
  })
  const children: Process[] = []
  const start = async (starting: Promise<Process>) => {
    const child = await starting
    children.push(child)
    return child
  }
  return {
    ...world,
    engine,
    /** The real worker, in a process of its own, as production runs it. */
    startWorker: (settings: Record<string, string> = {}) => start(startWorker(world.moa, engine, settings)),
    /** The real API, and what asks it as a person who is signed in; every answer is judged by the API's document. */
    startApi: async (settings: Record<string, string> = {}) => {
      const keys = await generateKeyPair('EdDSA', { extractable: true })
      const api = await start(startApi(world.moa, engine, await exportJWK(keys.publicKey), settings))
      const line = api.lines.find((one) => one.includes(API_READY))!
      const { port } = JSON.parse(line) as { port: number }
      const ask = async (
        person: string,
        path: string,
        init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
      ) => {
        const token = await new SignJWT({})
          .setProtectedHeader({ alg: 'EdDSA' })
          .setIssuer(ISSUER)
          .setAudience('moa')
          .setSubject(person)
          .setIssuedAt()
          .setExpirationTime('5 minutes')
          .sign(keys.privateKey)
        const headers = { authorization: `Bearer ${token}`, ...init.headers }
        const url = `http://127.0.0.1:${port}${path}`
        return lawful(init.method ?? 'GET', url, await fetch(url, { ...init, headers }))
      }
      const raise = (person: string, type: string) =>
        ask(person, '/v1/events', {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': randomBytes(8).toString('hex') },
          body: JSON.stringify({ type }),
        })
      return { ...api, ask, raise }
    },
    /** What the processes warned of: the first thing to read when a test fails. */
    warnings: () =>
      children.flatMap(({ lines }) => lines.filter((line) => /"level":"(warn|error)"/.test(line))),
    close: async () => {
      await Promise.all(children.map((child) => child.kill()))
      await world.close()
    },
  }
}

export type ProcessWorld = Awaited<ReturnType<typeof startProcessWorld>>
type Process = Awaited<ReturnType<typeof startProcess>>

/** Whose subjects the people of a test world are. */
const ISSUER = 'https://test'
const API_READY = '"api is ready"'

const startWorker = (moa: TestMoa, engine: EnginePlace, settings: Record<string, string>) =>
  startProcess('worker/main.ts', '"worker is ready"', {
    WORKER_DATABASE_URL: moa.test.urlOf('moa_worker'),
    CARETAKER_DATABASE_URL: moa.test.urlOf('moa_caretaker'),
    TEMPORAL_ADDRESS: engine.address,
    TEMPORAL_NAMESPACE: engine.namespace,
    SEALING_KEYS: moa.sealingKeys,
    WORKFLOW_BUNDLE: inject('bundlePath'),
    OAUTH_CLIENT_ID: 'sandbox-client',
    OAUTH_CLIENT_SECRET: 'sandbox-secret',
    RECEIPT_KEY: moa.receiptKey.toString('base64'),
    ALLOW_PLAIN_HTTP: 'true',
    ALLOW_PRIVATE_INSTITUTIONS: 'true',
    CARETAKER_EVERY_MS: '500',
    ...settings,
  })

/** As the sandbox knows us. */
const REGISTERED = {
  OAUTH_CLIENT_ID: 'sandbox-client',
  CONSENT_REDIRECT_URI: 'https://moa.example/callback',
}

const startApi = (moa: TestMoa, engine: EnginePlace, key: object, settings: Record<string, string>) =>
  startProcess('api/main.ts', API_READY, {
    ...REGISTERED,
    API_DATABASE_URL: moa.test.urlOf('moa_api'),
    SEALING_KEYS: moa.sealingKeys,
    API_PORT: '0',
    RATE_PER_USER: '100000', // a test asks faster than a person
    AUTH_ISSUER: ISSUER,
    AUTH_JWKS: JSON.stringify({ keys: [{ ...key, alg: 'EdDSA', use: 'sig', kid: 'test' }] }),
    TEMPORAL_ADDRESS: engine.address,
    TEMPORAL_NAMESPACE: engine.namespace,
    ...settings,
  })

/** One of our mains in a process of its own, as production runs it; it answers once it is ready. */
export async function startProcess(
  main: string,
  ready: string,
  settings: Record<string, string>,
  ...args: string[]
) {
  const lines: string[] = []
  const child = await startChild({
    name: main,
    command: process.execPath,
    args: nodeArguments(mainAt(main), ...args),
    env: { ...inheritedEnvironment(), ...settings },
    log: (line) => lines.push(line),
    readyWhen: (line) => line.includes(ready),
    readyTimeoutMs: 120_000,
  }).catch((error: unknown) => {
    throw new Error(lines.slice(-5).join('\n'), { cause: error })
  })
  return { ...child, lines }
}
