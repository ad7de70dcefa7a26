import { type Breaker, BREAKER_RULES, type Changed, permit, takeProbe } from '../domain/breaker.ts'
import { asKept, keepBreaker } from './breaker-rows.ts'
import type { Tx } from './database.ts'
import { lockBreakerIfFree } from './locks.ts'

/** May begin, perhaps as the one probe, which is kept once everything else is settled; or not before an instant. */
export type BreakerAnswer = { probe: Changed | null } | { notBefore: Date }

/**
 * Asks the breaker of an institution, as it was read with everything else of a reading. Only who would be the probe takes
 * a lock, and never waits for one: of any number who ask at once one goes.
 */
export async function askBreaker(
  tx: Tx,
  institutionId: string,
  { breaker, now, leaseMs }: { breaker: Breaker | null; now: Date; leaseMs: number },
): Promise<BreakerAnswer> {
  const at = now.getTime()
  const may = breaker === null ? 'go' : permit(breaker, at)
  if (may === 'go') return { probe: null }
  if (may !== 'probe') return { notBefore: new Date(may.notBefore) }
  const locked = await lockBreakerIfFree(tx, institutionId)
  const probe = locked && takeProbe(locked.breaker, at, leaseMs)
  if (probe) return { probe }
  // It closed in between, or somebody else is just going: who looks again soon sees which.
  return { notBefore: new Date(at + BREAKER_RULES.lookAgainMs) }
}

/** Answers the probe's name, under which it reports. */
export async function keepProbe(tx: Tx, institutionId: string, probe: Changed): Promise<number> {
  await keepBreaker(tx, institutionId, asKept(probe))
  return probe.breaker.probeNo
}
