import { and, desc, eq, gt, isNull, sql } from 'drizzle-orm'

import type { CredentialRef } from './credential-rows.ts'
import type { Tx } from './database.ts'
import { revocations, userInstitutions } from './schema/index.ts'
import { sealTokens, type TokenPair } from './sealed-credentials.ts'
import type { Sealer } from './sealing.ts'

/**
 * kept: an open revocation will tell the institution · revoke: the consent has ended and nobody else will tell it ·
 * drop: the consent was renewed, which ended this pair at the institution, or refused; revoking would end the new one.
 */
export type Fate = 'kept' | 'revoke' | 'drop'

/**
 * A pair that arrived after its consent had ended takes the place of the one that the revocation holds, as long as the
 * institution has not been heard: the older one may mean nothing there any more.
 */
export async function keepForRevocation(
  tx: Tx,
  sealer: Sealer,
  ref: CredentialRef,
  version: number,
  pair: TokenPair,
): Promise<Fate> {
  const { userId, institutionId, generation } = ref
  const [open] = await tx
    .select({ revocationNo: revocations.revocationNo })
    .from(revocations)
    .where(
      and(
        ...ofInstitution(ref),
        gt(revocations.generation, generation),
        isNull(revocations.institutionAnswer),
      ),
    )
    .orderBy(desc(revocations.revocationNo))
    .limit(1)
  if (open) {
    const { accessTokenSealed, refreshTokenSealed } = sealTokens(sealer, { ...ref, version }, pair)
    const taken = await tx
      .update(revocations)
      .set({ accessTokenSealed, refreshTokenSealed, tokensGeneration: generation, tokensVersion: version })
      .where(
        and(
          eq(revocations.userId, userId),
          eq(revocations.revocationNo, open.revocationNo),
          // Heard in this very moment: then its word was about the older pair.
          isNull(revocations.institutionAnswer),
        ),
      )
      .returning({ taken: sql`1` })
    if (taken.length > 0) return 'kept'
  }
  const [consent] = await tx
    .select({ state: userInstitutions.consentState })
    .from(userInstitutions)
    .where(and(eq(userInstitutions.userId, userId), eq(userInstitutions.institutionId, institutionId)))
  return consent?.state === 'ended' ? 'revoke' : 'drop'
}

const ofInstitution = ({ userId, institutionId }: CredentialRef) => [
  eq(revocations.userId, userId),
  eq(revocations.institutionId, institutionId),
]
