import { FAILURES, type FailureName } from './failures.ts'

/** A reading that failed, or that brought less than all: what it knows of its past and of the institution's wish. */
export type Failed = {
  failure: FailureName
  /** How often its row has waited already, since something last came of it. */
  waits: number
  /** What the institution itself named; null if it named nothing. */
  statedMs: number | null
  /** The time is our own word (a pause, a window): it holds, however often it was waited for. */
  isOurWord?: boolean
  /** How long a row waits the first time, the second, …; the last one again and again. */
  waitsMs: readonly number[]
  /** 0 to 1, drawn by the caller: readings that failed together do not come back together. */
  draw: number
}

// A quarter more at most, never less: what an institution stated is kept.
const JITTER = 0.25

// Those who wait for a door to open are let in no faster than it bears; half a day must not become three hours more.
const MOST_SPREAD_MS = 5 * 60_000

// A failure without a name may be a passing one; a bug repeats itself, and a fourth round would only repeat it.
const MOST_UNEXPECTED_WAITS = 3

/**
 * How long until a reading that has failed is tried again by itself, in ms. Null: waiting mends nothing; somebody must
 * act first, or it is settled for good.
 */
export function waitAfter({ failure, waits, statedMs, isOurWord, waitsMs, draw }: Failed): number | null {
  const { retry } = FAILURES[failure]
  if (retry === 'never' || (failure === 'Unexpected' && waits >= MOST_UNEXPECTED_WAITS)) return null
  const stated = Math.max(0, statedMs ?? 0)
  if (isOurWord && stated > 0) return Math.ceil(stated + Math.min(stated * JITTER, MOST_SPREAD_MS) * draw)
  const steps = stepsOf(failure, waits, stated > 0)
  const own = steps < 0 ? 0 : waitsMs[Math.min(steps, waitsMs.length - 1)]!
  const waitMs = Math.max(own, stated)
  return Math.ceil(waitMs * (1 + JITTER * draw))
}

const KEPT_FROM_BEGINNING: readonly FailureName[] = ['InstitutionPaused', 'NoTurn']

// Whoever ends a pause wakes those who wait. Where no end was stated they look by themselves as well, but seldom: the third
// step is an hour, and fifty thousand who wait then ask fourteen times a second.
const PAUSED_STEP = 2

/**
 * Whether it makes the next wait of its row longer. A reading that was kept from beginning has not failed: a row that
 * waited three times for a pause to end would wait six hours for the first call that then goes wrong.
 */
export const countsAsWait = (failure: FailureName): boolean => !KEPT_FROM_BEGINNING.includes(failure)

function stepsOf(failure: FailureName, waits: number, isStated: boolean): number {
  if (failure === 'InstitutionPaused' && !isStated) return PAUSED_STEP
  if (!countsAsWait(failure)) return 0
  // What an institution stated is believed once; one that says "in a second" all day long is not asked all day long.
  return FAILURES[failure].retry === 'at-a-time' && isStated ? waits - 1 : waits
}

/** Of several gaps, the one that may be mended first; null if waiting mends none. */
export function waitAfterGaps(
  gaps: readonly FailureName[],
  past: Omit<Failed, 'failure' | 'statedMs'>,
): number | null {
  const waits = gaps.flatMap((failure) => waitAfter({ ...past, failure, statedMs: null }) ?? [])
  return waits.length > 0 ? Math.min(...waits) : null
}
