import type { UserId } from './database.ts'
import { type Belonging, type Sealer, tokenHash } from './sealing.ts'

/** What a pair of tokens belongs to: each new pair, and each new consent, seals for a place of its own. */
export type CredentialPlace = {
  userId: UserId
  institutionId: string
  generation: number
  version: number
}

export type TokenPair = { accessToken: string; refreshToken: string | null }

/** The columns of tokens as they are stored for this place, and for no other: an older pair put back does not open. */
export const sealTokens = (
  sealer: Sealer,
  place: CredentialPlace,
  { accessToken, refreshToken }: TokenPair,
) => ({
  accessTokenSealed: sealer.seal(accessToken, belongingOf(place, 'access_token')),
  accessTokenHash: tokenHash(accessToken),
  refreshTokenSealed:
    refreshToken === null ? null : sealer.seal(refreshToken, belongingOf(place, 'refresh_token')),
})

/** A code that waits for its exchange. */
export const sealCode = (
  sealer: Sealer,
  place: CredentialPlace,
  { code, codeVerifier }: { code: string; codeVerifier: string },
) => ({
  codeSealed: sealer.seal(code, belongingOf(place, 'code')),
  codeVerifierSealed: sealer.seal(codeVerifier, belongingOf(place, 'code_verifier')),
})

type Column = 'access_token' | 'refresh_token' | 'code' | 'code_verifier'

export const openCredential = (
  sealer: Sealer,
  place: CredentialPlace,
  column: Column,
  sealed: Buffer,
): string => sealer.open(sealed, belongingOf(place, column))

const belongingOf = (
  { userId, institutionId, generation, version }: CredentialPlace,
  column: Column,
): Belonging => ({ userId, institutionId, column, row: `generation ${generation}`, version })
