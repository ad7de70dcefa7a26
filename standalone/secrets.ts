import { randomBytes } from 'node:crypto'
import { access, readFile, rename, writeFile } from 'node:fs/promises'

import { z } from 'zod'

import { makeIssuerKey } from './issuer.ts'
import { hasCode } from './processes/error-code.ts'

const ROLES = ['moa_api', 'moa_worker', 'moa_caretaker', 'moa_operator', 'moa_audit'] as const

const secrets = z.object({
  superuserPassword: z.string().min(1),
  rolePasswords: z.record(z.enum(ROLES), z.string().min(1)),
  /** 32 bytes as base64; seals tokens and account numbers. */
  sealingKey: z.string().length(44),
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
    return secrets.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    if (!hasCode(error, 'ENOENT'))
      throw new Error(`${file} is not as Moa wrote it: ${BEGIN_ANEW}`, { cause: error })
  }
  if (await exists(dataDirectory)) throw new Error(`${file} is gone, and with it the way in: ${BEGIN_ANEW}`)
  const made = await makeSecrets()
  await writeFile(`${file}.new`, `${JSON.stringify(made, undefined, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return made
}

const BEGIN_ANEW = 'put it back, or begin anew with `npm start -- --reset`'

async function makeSecrets(): Promise<Secrets> {
  return secrets.parse({
    superuserPassword: password(),
    rolePasswords: Object.fromEntries(ROLES.map((role) => [role, password()])),
    sealingKey: randomBytes(32).toString('base64'),
    issuerKey: await makeIssuerKey(),
  })
}

const password = (): string => randomBytes(24).toString('base64url')

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
