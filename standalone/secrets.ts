import { randomBytes } from 'node:crypto'
import { access, readFile, rename, writeFile } from 'node:fs/promises'

import { z } from 'zod'

import { makeIssuerKey } from './issuer.ts'
import { hasCode } from './processes/error-code.ts'

const ROLES = [
  'moa_api',
  'moa_worker',
  'moa_caretaker',
  'moa_operator',
  'moa_audit',
  'moa_keys',
  'moa_auditor',
] as const

const secrets = z.object({
  superuserPassword: z.string().min(1),
  rolePasswords: z.record(z.enum(ROLES), z.string().min(1)),
  /** The keys that wrap the users' keys, as SEALING_KEYS wants them: `k1:<32 bytes as base64>`. */
  sealingKeys: z.string().min(1),
  /** The private key of the development issuer. */
  issuerKey: z.object({ kty: z.string(), crv: z.string(), x: z.string(), d: z.string() }).loose(),
})

/** What the data of this folder can be opened with. */
export type Secrets = z.infer<typeof secrets>

/**
 * The secrets of this folder: made at first start, readable by their owner alone. Throws a sentence when they are
 * gone while the data they belong to is still there.
 */
export async function readSecrets(file: string, dataDirectory: string): Promise<Secrets> {
  try {
    const kept: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (isOfOneKey(kept)) throw new Error(`${file} ${OF_ONE_KEY}`)
    return secrets.parse(kept)
  } catch (error) {
    if (error instanceof Error && error.message.endsWith(OF_ONE_KEY)) throw error
    if (!hasCode(error, 'ENOENT'))
      throw new Error(`${file} is not as Moa wrote it: ${BEGIN_ANEW}`, { cause: error })
  }
  if (await exists(dataDirectory)) throw new Error(`${file} is gone, and with it the way in: ${BEGIN_ANEW}`)
  const made = await makeSecrets()
  await writeFile(`${file}.new`, `${JSON.stringify(made, undefined, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return made
}

/** Of a checkout before users had keys of their own: what one key for all has sealed is opened no more. */
const isOfOneKey = (kept: unknown): boolean =>
  typeof kept === 'object' && kept !== null && 'sealingKey' in kept && !('sealingKeys' in kept)

const OF_ONE_KEY =
  'is of a time when one key sealed everybody’s data, which is not opened any more: begin anew with `npm start -- --reset`'

const BEGIN_ANEW = 'put it back, or begin anew with `npm start -- --reset`'

async function makeSecrets(): Promise<Secrets> {
  return secrets.parse({
    superuserPassword: password(),
    rolePasswords: Object.fromEntries(ROLES.map((role) => [role, password()])),
    sealingKeys: `k1:${randomBytes(32).toString('base64')}`,
    issuerKey: await makeIssuerKey(),
  })
}

const password = (): string => randomBytes(24).toString('base64url')

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
