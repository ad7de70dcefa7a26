import { eq, sql } from 'drizzle-orm'

import { type Breaker, type Changed, newBreaker, type Transition } from '../domain/breaker.ts'
import { newRetryAllowance, type RetryAllowance } from '../domain/retry-allowance.ts'
import type { Tx } from './database.ts'
import { breakers, breakerTransitions } from './schema/index.ts'

/** Breakers as rows: instants there, epoch milliseconds in the rules. */

type Row = typeof breakers.$inferSelect

/** A row as the rules know it. */
export const breakerOf = (row: Row): Breaker => ({
  state: row.state as Breaker['state'],
  since: row.since.getTime(),
  cause: row.cause as Breaker['cause'],
  openedAt: msOf(row.openedAt),
  openings: row.openings,
  misses: row.misses,
  minute: row.minute as Breaker['minute'],
  probeFrom: msOf(row.probeFrom),
  probeUntil: msOf(row.probeUntil),
  probeNo: row.probeNo,
  goodProbes: row.goodProbes,
  forced:
    row.forcedTo === null
      ? null
      : { to: row.forcedTo as 'open' | 'closed', until: row.forcedUntil!.getTime() },
  answeredAt: msOf(row.answeredAt),
  missedAt: msOf(row.missedAt),
})

/** A row that somebody holds, and may change. */
export type HeldBreaker = { breaker: Breaker; retries: RetryAllowance }

export const heldOf = (row: Row): HeldBreaker => ({
  breaker: breakerOf(row),
  retries: { tenths: row.retryTenths, countedAt: row.retriesCountedAt.getTime() },
})

const rowOf = (breaker: Breaker) => ({
  state: breaker.state,
  since: new Date(breaker.since),
  cause: breaker.cause,
  openedAt: instantOf(breaker.openedAt),
  openings: breaker.openings,
  misses: breaker.misses,
  minute: breaker.minute,
  probeFrom: instantOf(breaker.probeFrom),
  probeUntil: instantOf(breaker.probeUntil),
  probeNo: breaker.probeNo,
  goodProbes: breaker.goodProbes,
  forcedTo: breaker.forced?.to ?? null,
  forcedUntil: instantOf(breaker.forced?.until ?? null),
  answeredAt: instantOf(breaker.answeredAt),
  missedAt: instantOf(breaker.missedAt),
})

const msOf = (instant: Date | null): number | null => instant?.getTime() ?? null
const instantOf = (ms: number | null): Date | null => (ms === null ? null : new Date(ms))

/** Whose word a change is; nobody's: what the fleet saw. */
export type Word = { by: string; why: string }

/**
 * Writes what a rule made of a breaker whose row is held, with its history. One that has closed owes something to those
 * who were left without it.
 */
export async function keepBreaker(
  tx: Tx,
  institutionId: string,
  { breaker, transitions }: { breaker: Breaker; transitions: readonly Transition[] },
  word: Word | null = null,
): Promise<void> {
  const hasClosed = transitions.some(({ to }) => to === 'closed')
  await tx
    .update(breakers)
    .set({ ...rowOf(breaker), ...(hasClosed ? { recoverAt: sql`now()` } : {}) })
    .where(eq(breakers.institutionId, institutionId))
  if (transitions.length === 0) return
  await tx.insert(breakerTransitions).values(
    transitions.map(({ at, from, to, cause }) => ({
      institutionId,
      at: new Date(at),
      fromState: from,
      toState: to,
      cause,
      by: word?.by ?? null,
      why: word?.why ?? null,
    })),
  )
}

export const asKept = ({ breaker, transition }: Changed) => ({
  breaker,
  transitions: transition === null ? [] : [transition],
})

const allowanceOf = ({ tenths, countedAt }: RetryAllowance) => ({
  retryTenths: tenths,
  retriesCountedAt: new Date(countedAt),
})

/** Of a row that is held. */
export const keepRetries = (tx: Tx, institutionId: string, retries: RetryAllowance) =>
  tx.update(breakers).set(allowanceOf(retries)).where(eq(breakers.institutionId, institutionId))

/** So that there is a row to be held. Whoever comes second waits for the first, and finds it. */
export const addBreaker = (tx: Tx, institutionId: string, now: Date) =>
  tx
    .insert(breakers)
    .values({
      institutionId,
      ...rowOf(newBreaker(now.getTime())),
      ...allowanceOf(newRetryAllowance(now.getTime())),
    })
    .onConflictDoNothing()
