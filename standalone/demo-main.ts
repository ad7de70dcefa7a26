import { json, text } from 'node:stream/consumers'

import { decodeJwt } from 'jose'
import { z } from 'zod'

import { DEVELOPMENT_ISSUER } from '../config.ts'
import { reportAndExit } from '../mains.ts'
import { consentInSandbox, DEMO_PERSON } from './demo-user.ts'
import { grantInSandbox } from './grant.ts'
import { createIssuer, DEVELOPMENT_AUDIENCE, makeIssuerKey } from './issuer.ts'

/** What stands in for an issuer and an app where there is only the sandbox (docs/deploy.md); each prints one thing. */
const VERBS: Record<string, (...given: string[]) => Promise<string>> = {
  /** A new private key: for a file that only you can read. */
  key: async () => JSON.stringify(await makeIssuerKey()),
  /** With the key on stdin: the settings by which the API believes it, which it does nowhere in production. */
  settings: async () => {
    const { jwks } = createIssuer(await keyOnStdin())
    return `NODE_ENV=development\nAUTH_ISSUER=${DEVELOPMENT_ISSUER}\nAUTH_AUDIENCE=${DEVELOPMENT_AUDIENCE}\nAUTH_JWKS='${jwks}'`
  },
  /** With the key on stdin: a token of the demo person, or of the one who is named. */
  token: async (person = DEMO_PERSON) => createIssuer(await keyOnStdin()).tokenFor(person),
  /** The demo person's consents at every bank of the file, as api/enrol-main.ts takes them. */
  consents: async (sandboxUrl = '', institutionsFile = '') =>
    JSON.stringify(await consentInSandbox(sandboxUrl, institutionsFile)),
  /** With a person's token on stdin: a consent at each institution named, agreed to at the sandbox without a browser. */
  grant: async (apiUrl = '', ...institutionIds) => {
    const token = (await text(process.stdin)).trim()
    const ask = (path: string, { headers, ...init }: { method: string; body: string; headers: object }) =>
      fetch(`${apiUrl}${path}`, { ...init, headers: { ...headers, authorization: `Bearer ${token}` } })
    const institutions = institutionIds.map((institutionId) => ({ institutionId }))
    return JSON.stringify(await grantInSandbox(ask, decodeJwt(token).sub ?? '', { institutions }))
  },
}

const privateKey = z.looseObject({ kty: z.string(), crv: z.string(), x: z.string(), d: z.string() })

async function keyOnStdin() {
  const given = privateKey.safeParse(await json(process.stdin).catch(() => null))
  if (!given.success) throw new Error('expected on stdin the key that `key` printed')
  return given.data
}

async function main(): Promise<void> {
  const [verb = '', ...given] = process.argv.slice(2)
  const say = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined
  if (!say) throw new Error(`expected one of ${Object.keys(VERBS).join(', ')}`)
  process.stdout.write(`${await say(...given)}\n`)
}

main().catch(reportAndExit)
