import { parseArgs } from 'node:util'

import { ControlError } from './control-error.ts'
import { startSandbox } from './server.ts'
import { writeAtomically } from './state.ts'
import {
  isRotation,
  MAX_ACCESS_SECONDS,
  MAX_REFRESH_SECONDS,
  type Rotation,
  ROTATIONS,
} from './token-rules.ts'

/** Runs the sandbox until it is told to stop: tsx sandbox/main.ts --port 4600 --seed demo --institutions 6 */
async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2))
  const sandbox = await startSandbox(options)
  if (options.institutionsFile !== undefined)
    writeAtomically(options.institutionsFile, `${JSON.stringify(sandbox.institutions, undefined, 2)}\n`)
  const stop = () => {
    // Whatever hangs, the process is gone within a second.
    setTimeout(() => process.exit(0), 800).unref()
    sandbox.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.stdout.write(`${JSON.stringify({ ready: true, url: sandbox.url })}\n`)
}

function readArguments(given: string[]) {
  const { values } = parseArgs({
    args: given,
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      'base-url': { type: 'string' },
      seed: { type: 'string' },
      profile: { type: 'string' },
      doors: { type: 'boolean' },
      institutions: { type: 'string' },
      'card-institutions': { type: 'string' },
      today: { type: 'string' },
      state: { type: 'string' },
      'institutions-file': { type: 'string' },
      'client-id': { type: 'string' },
      'client-secret': { type: 'string' },
      'redirect-uri': { type: 'string', multiple: true },
      'refresh-rotation': { type: 'string' },
      'access-token-seconds': { type: 'string' },
      'refresh-token-seconds': { type: 'string' },
      'max-people': { type: 'string' },
    },
  })
  return {
    port: whole('port', values.port, 65_535),
    host: values.host,
    baseUrl: origin('base-url', values['base-url']),
    seed: values.seed,
    profile: values.profile,
    doors: values.doors ? {} : undefined,
    institutions: whole('institutions', values.institutions, 60),
    cardInstitutions: whole('card-institutions', values['card-institutions'], 20),
    today: values.today,
    state: values.state,
    institutionsFile: values['institutions-file'],
    clientId: values['client-id'],
    clientSecret: values['client-secret'],
    redirectUris: values['redirect-uri'],
    rotation: rotation('refresh-rotation', values['refresh-rotation']),
    accessTokenSeconds: whole('access-token-seconds', values['access-token-seconds'], MAX_ACCESS_SECONDS),
    refreshTokenSeconds: whole('refresh-token-seconds', values['refresh-token-seconds'], MAX_REFRESH_SECONDS),
    maxPeople: whole('max-people', values['max-people'], 1_000_000),
  }
}

function whole(name: string, text: string | undefined, highest: number): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,8}$/.test(text) || Number(text) > highest) throw new RangeError(`--${name}: 0 to ${highest}`)
  return Number(text)
}

function rotation(name: string, text: string | undefined): Rotation | undefined {
  if (text === undefined || isRotation(text)) return text
  throw new RangeError(`--${name}: ${Object.keys(ROTATIONS).join(', ')}`)
}

/** The beginning of a URL, without a path and without a slash at its end. */
function origin(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (!/^https?:\/\/[^/\s]+$/.test(text) || !URL.canParse(text))
    throw new RangeError(`--${name}: http://host:port`)
  return text
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : 'unknown failure'
  process.stderr.write(`sandbox: ${message.split('\n')[0]}\n`)
  process.exit(isRefused(error) ? 2 : 1)
})

/** Arguments are refused so, or by the parser with TypeError; anything else is the machine's fault. */
function isRefused(error: unknown): boolean {
  return error instanceof RangeError || error instanceof TypeError || error instanceof ControlError
}
