import { randomBytes } from 'node:crypto'

import { sealCode } from '../../../db/sealed-credentials.ts'
import type { Person, World } from '../world.ts'

const REDIRECT = 'https://app.example/consents'

/** As if a person had agreed at the institution, and the app had brought the code: nothing is held but that. Both secrets. */
export async function storedGrant(
  { moa, sandbox }: Pick<World, 'moa' | 'sandbox'>,
  { userId, person }: Person,
  institutionId: string,
): Promise<[code: string, codeVerifier: string]> {
  const { code } = sandbox.control.codes({ person, institutionId })
  const codeVerifier = randomBytes(32).toString('base64url')
  const [held] = await moa.test.owner<{ generation: number; version: number }[]>`
    SELECT generation, version FROM credentials WHERE user_id = ${userId} AND institution_id = ${institutionId}`
  const sealed = sealCode(
    await moa.keys.of(userId),
    { userId, institutionId, ...held! },
    { code, codeVerifier },
  )
  await moa.test.owner`
    UPDATE credentials SET code_sealed = ${sealed.codeSealed}, code_verifier_sealed = ${sealed.codeVerifierSealed},
      redirect_uri = ${REDIRECT}, access_token_sealed = NULL, refresh_token_sealed = NULL,
      access_token_hash = NULL, access_expires_at = NULL, refresh_expires_at = NULL
    WHERE user_id = ${userId} AND institution_id = ${institutionId}`
  return [code, codeVerifier]
}
