import type { FailureName } from './failures.ts'

/** Why a reading may not begin yet. Null: a run of before was answered, without a reason. */
export type Because = 'slot' | 'stated' | 'breaker' | 'paused' | 'window' | null

export type Turn = {
  because: Because
  /** How often it has waited here already. */
  turn: number
  /** Until the instant that was named; null: none was. */
  statedMs: number | null
  /** 0 to 1, drawn by the caller. */
  draw: number
}

// Waiting for a slot: 1, 2, 4, … 30 s, each ± a quarter; twenty turns are about eight minutes. After that, and where a
// time further off than a minute is named, the row waits parked instead.
const FIRST_TURN_MS = 1_000
const LONGEST_TURN_MS = 30_000
const MOST_TURNS = 20
const LONGEST_STATED_MS = 60_000
// Whoever looks is told at once that a bank is down, and whoever is parked is woken when it is back: only a probe that is
// just going is waited for, its five seconds three times.
const LONGEST_BREAKER_MS = 10_000
const MOST_BREAKER_TURNS = 3

/** What a row is settled as that waits parked for its turn. */
const PARKED_AS = {
  slot: 'NoTurn',
  stated: 'RateLimited',
  breaker: 'InstitutionPaused',
  paused: 'InstitutionPaused',
  window: 'InstitutionInMaintenance',
} as const satisfies Record<Exclude<Because, null>, FailureName>

/** How long a reading that may not begin waits until it asks again, or what its row is settled as, to wait parked. */
export function nextTurn({ because, turn, statedMs, draw }: Turn): { waitMs: number } | { as: FailureName } {
  const [most, longest] =
    because === 'breaker' ? [MOST_BREAKER_TURNS, LONGEST_BREAKER_MS] : [MOST_TURNS, LONGEST_STATED_MS]
  // Nobody knows when a pause without an end is over.
  const isEndless = because === 'paused' && statedMs === null
  if (isEndless || turn >= most || (statedMs ?? 0) > longest) return { as: PARKED_AS[because ?? 'stated'] }
  if (statedMs === null) {
    return { waitMs: Math.min(LONGEST_TURN_MS, FIRST_TURN_MS * 2 ** turn) * (0.75 + draw / 2) }
  }
  // All who wait for a breaker were told the same instant, and only one of them may ask then.
  const spread = because === 'breaker' ? 1 + draw / 4 : 1
  return { waitMs: Math.max(FIRST_TURN_MS, statedMs) * spread }
}
