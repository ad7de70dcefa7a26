import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'

import { exportJWK, generateKeyPair, SignJWT } from 'jose'

import { inheritedEnvironment } from '../config.ts'
import { type Child, nodeArguments, startChild } from '../standalone/processes/processes.ts'
import type { Closers } from './closers.ts'
import type { Engines } from './engines.ts'

export const ISSUER = 'https://issuer.bench.example'
// Twenty institutions is the largest N that is measured.
export const INSTITUTIONS = 20
// Enough history for a window to have something in it: some hundred rows an institution with all its accounts.
export const HISTORY_MONTHS = '3'

const READY_LIMIT_MS = 60_000

/** The institutions, in a process of their own. */
export async function startSandbox(closers: Closers) {
  const args = ['--institutions', `${INSTITUTIONS}`, '--seed', 'bench']
  const { pid, readyLine } = await startMain(closers, 'sandbox', args, {})
  return { pid, url: String(JSON.parse(readyLine).url) }
}

/** A worker and an API: each the product's own main, in a process of its own. */
export async function startMoa(
  closers: Closers,
  { database, engine, bundlePath }: Engines,
  sealingKeys: string,
) {
  const tokens = await createTokens()
  const shared = { TEMPORAL_ADDRESS: engine.address, HISTORY_MONTHS }
  const [worker, api] = await Promise.all([
    startMain(closers, 'worker', [], {
      ...shared,
      WORKER_DATABASE_URL: database.urlOf('moa_worker'),
      CARETAKER_DATABASE_URL: database.urlOf('moa_caretaker'),
      SEALING_KEYS: sealingKeys,
      OAUTH_CLIENT_ID: 'sandbox-client',
      OAUTH_CLIENT_SECRET: 'sandbox-secret',
      RECEIPT_KEY: randomBytes(32).toString('base64'),
      WORKFLOW_BUNDLE: bundlePath,
      ALLOW_PLAIN_HTTP: 'true',
      ALLOW_PRIVATE_INSTITUTIONS: 'true',
    }),
    startMain(closers, 'api', [], {
      ...shared,
      API_DATABASE_URL: database.urlOf('moa_api'),
      SEALING_KEYS: sealingKeys,
      OAUTH_CLIENT_ID: 'sandbox-client',
      CONSENT_REDIRECT_URI: 'https://moa.example/callback',
      API_PORT: '0',
      AUTH_ISSUER: ISSUER,
      AUTH_JWKS: tokens.jwks,
      ...UNCOUNTED,
    }),
  ])
  const { port } = JSON.parse(api.readyLine) as { port: number }
  return { worker, api: { pid: api.pid, url: `http://127.0.0.1:${port}` }, tokenOf: tokens.tokenOf }
}

// A driver is one address, and asks for thousands of people.
const UNCOUNTED = {
  RATE_PER_USER: '1000000',
  RATE_PER_ADDRESS: '1000000',
  RATE_PER_PROCESS: '1000000',
  CONNECTIONS_PER_ADDRESS: '10000',
}

type Name = 'sandbox' | 'worker' | 'api'

const READY: Record<Name, string> = {
  sandbox: '"ready":true',
  worker: 'worker is ready',
  api: 'api is ready',
}

async function startMain(closers: Closers, name: Name, args: string[], settings: Record<string, string>) {
  let readyLine = ''
  const lastLines: string[] = []
  const start = () =>
    startChild({
      name,
      command: process.execPath,
      args: nodeArguments(fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url)), ...args),
      env: { ...inheritedEnvironment(), ...settings },
      log: (line) => {
        lastLines.push(line)
        if (lastLines.length > 5) lastLines.shift()
        if (isTrouble(line)) process.stderr.write(`${name}: ${line.slice(0, 500)}\n`)
      },
      readyWhen: (line) => {
        if (!line.includes(READY[name])) return false
        readyLine = line
        return true
      },
      readyTimeoutMs: READY_LIMIT_MS,
    })
  const child: Child = await closers
    .keep(name, start, (started) => started.stop())
    .catch((error: unknown) => {
      throw new Error(`${String(error)}\n${lastLines.join('\n')}`)
    })
  return { pid: () => child.pid(), readyLine }
}

/** Errors make every figure worthless, so they are shown; warnings are expected while the engine is away. */
const isTrouble = (line: string): boolean => line.includes('"level":"error"') || line.startsWith('sandbox:')

/** Tokens as an issuer signs them, for an issuer that exists nowhere else. */
async function createTokens() {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256' }
  const tokenOf = (subject: string): Promise<string> =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
      .setIssuer(ISSUER)
      .setAudience('moa')
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime('1 day')
      .sign(privateKey)
  return { jwks: JSON.stringify({ keys: [jwk] }), tokenOf }
}
