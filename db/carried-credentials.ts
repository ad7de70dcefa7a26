import { and, eq } from 'drizzle-orm'

import type { Tx, UserId } from './database.ts'
import { lockCredentials } from './locks.ts'
import { credentials } from './schema/index.ts'
import { openCredential, sealCode, sealTokens } from './sealed-credentials.ts'
import type { Sealer } from './sealing.ts'

/**
 * What an institution gave lives on under the next generation of its consent: sealed anew, since it opens nowhere but in
 * its own place. The version and a lease stay: whoever is calling for new tokens at this moment still stores them.
 */
export async function carryCredentials(
  tx: Tx,
  sealer: Sealer,
  { userId, institutionId }: { userId: UserId; institutionId: string },
  generation: number,
): Promise<void> {
  await lockCredentials(tx, userId, institutionId)
  const mine = and(eq(credentials.userId, userId), eq(credentials.institutionId, institutionId))
  const [held] = await tx.select().from(credentials).where(mine)
  if (!held) return
  await tx
    .update(credentials)
    .set({ generation, ...sealedAnew(sealer, held, generation) })
    .where(mine)
}

function sealedAnew(sealer: Sealer, held: typeof credentials.$inferSelect, generation: number) {
  const place = { ...held, generation }
  const open = (column: Parameters<typeof openCredential>[2], sealed: Buffer) =>
    openCredential(sealer, held, column, sealed)
  if (held.codeSealed && held.codeVerifierSealed) {
    const code = open('code', held.codeSealed)
    return sealCode(sealer, place, { code, codeVerifier: open('code_verifier', held.codeVerifierSealed) })
  }
  if (!held.accessTokenSealed) return {}
  return sealTokens(sealer, place, {
    accessToken: open('access_token', held.accessTokenSealed),
    refreshToken: held.refreshTokenSealed && open('refresh_token', held.refreshTokenSealed),
  })
}
