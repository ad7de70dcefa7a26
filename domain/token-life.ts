/** How long one call for new tokens may take, how long whoever makes it is believed to live, and how long others wait. */
export type TokenLimits = { callMs: number; leaseMs: number; waitMs: number }

// The door to the database tries for four seconds; one more for the moments between claim, call and answer.
const STORING_MS = 5_000
// Whoever waited for a caller that has died still gets a turn before they give up.
const TURN_MS = 5_000

/** With calls of 20 s: a lease of 25 s, and nobody waits for others longer than 30 s. */
export const tokenLimits = (callMs: number): TokenLimits => ({
  callMs,
  leaseMs: callMs + STORING_MS,
  waitMs: callMs + STORING_MS + TURN_MS,
})

/** When a pair of tokens was stored, when its access token ends, and when that was looked up: all by one clock. */
export type TokenTimes = { storedAt: Date; expiresAt: Date; readAt: Date }

/**
 * Whether an access token should be renewed before a reading that may take so long. A token that lives for less than
 * two readings is used for half of its life: what was just renewed is never due, or every reader would renew it again.
 */
export function isDue({ storedAt, expiresAt, readAt }: TokenTimes, readingMs: number): boolean {
  const lifeMs = expiresAt.getTime() - storedAt.getTime()
  const leftMs = expiresAt.getTime() - readAt.getTime()
  return leftMs <= Math.min(readingMs, lifeMs / 2)
}

export const isOver = ({ expiresAt, readAt }: TokenTimes): boolean => expiresAt <= readAt

/** Counted from before the call: a token never lives longer with us than where it came from. */
export const expiryOf = (askedAt: Date, seconds: number): Date =>
  new Date(askedAt.getTime() + seconds * 1_000)
