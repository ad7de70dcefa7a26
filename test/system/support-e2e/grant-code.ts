import { makeCodeGrant } from '../moa.ts'
import type { Person, World } from '../world.ts'

/** A person has agreed at the institution, and the app has brought the code: nothing is held but that. Both secrets. */
export async function grantCode(
  { moa, sandbox }: Pick<World, 'moa' | 'sandbox'>,
  { userId, person }: Person,
  institutionId: string,
): Promise<[code: string, codeVerifier: string]> {
  const { code } = sandbox.control.codes({ person, institutionId })
  const given = makeCodeGrant(institutionId, code)
  await moa.api.consents.grant(userId, given)
  return [code, given.codeVerifier]
}
