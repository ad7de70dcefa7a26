/** The end of a consent as everything outside the database names it: an opaque user and a number. */
export type RevocationRef = { userKey: string; revocationNo: number }

/** requested: the fence stands · running: its story has begun · done: the receipt is written. */
export type RevocationState = 'requested' | 'running' | 'done'

export type RevocationCause = 'revoked' | 'expired' | 'withdrawn'

/** Why a user ends a consent: a choice, not a text, so that nothing of theirs has to be kept with it. */
export const REVOCATION_REASONS = ['no_longer_used', 'privacy', 'other'] as const
export type RevocationReason = (typeof REVOCATION_REASONS)[number]

/** What the institution said. Unconfirmed: nothing, until the time limit passed. */
export type InstitutionAnswer = 'confirmed' | 'nothing_to_revoke' | 'unconfirmed'
