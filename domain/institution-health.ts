import {
  type CallStatistics,
  failedWith,
  failuresOf,
  LEAST_CALLS,
  merged,
  slowerThan,
} from './call-statistics.ts'
import { FAILURES, type FailureName } from './failures.ts'
import type { Held } from './institution-settings.ts'

export const HEALTH_STATES = ['healthy', 'slow', 'down', 'paused', 'unknown'] as const
export type HealthState = (typeof HEALTH_STATES)[number]

/** How an institution fares, for everybody alike. */
export type Health = {
  state: HealthState
  /** Down: since when, or since before, where what is known begins with it. */
  since: Date | null
  /** Down or paused: when it is asked again; null: nobody knows. */
  nextTryAt: Date | null
  /** What most of the failed calls ended with. */
  because: FailureName | null
}

/** The calls of one minute. */
export type Minute = CallStatistics & { at: Date }

/** What the fleet has agreed on; where it has, nothing is judged anew. */
export type BreakerSeen = { isOpen: boolean; openedAt: Date | null; nextTryAt: Date | null }

export type Evidence = {
  /** Of the last half hour, in any order; minutes without calls are left out. */
  minutes: readonly Minute[]
  breaker: BreakerSeen | null
  /** What operators have said of it: it is paused, or outside its hours. */
  held: Held | null
}

/** What is older says nothing of now. */
export const HEALTH_WINDOW_MS = 30 * 60_000

// What a regulator has nineteen in twenty calls of a person who waits stay under, four times over.
const SLOW_MS = 4_000
const SLOW_SHARE = 0.1
const DOWN_SHARE = 0.5

// Fewer that are judged may well be down together; all of many are not.
const LEAST_TO_DOUBT_OURSELVES = 5

/** How each of them fares. Where none at all answers it is our own network that fails, and nothing is known of them. */
export function healthOfAll<Key>(all: ReadonlyMap<Key, Evidence>): Map<Key, Health> {
  const judged = [...all].map(([key, evidence]) => [key, healthOf(evidence), evidence] as const)
  const known = judged.filter(([, { state }]) => state !== 'unknown' && state !== 'paused')
  const isOurs =
    known.length >= LEAST_TO_DOUBT_OURSELVES &&
    known.every(
      ([, { state, because }, { breaker }]) => state === 'down' && !breaker?.isOpen && isOfNetwork(because),
    )
  return new Map(judged.map(([key, health]) => [key, isOurs && health.state === 'down' ? UNKNOWN : health]))
}

/**
 * Judged by its latest calls, twenty at the least: down if more than half found it away, slow if more than one in ten did,
 * or took more than four seconds. Down lasts since the first of the minutes that were so without a break.
 */
export function healthOf({ minutes, breaker, held }: Evidence): Health {
  if (held) {
    const because = held.because === 'window' ? 'InstitutionInMaintenance' : null
    return { ...UNKNOWN, state: 'paused', nextTryAt: held.until, because }
  }
  const newestFirst = minutes.toSorted((a, b) => b.at.getTime() - a.at.getTime())
  const because = reasonOf(latest(newestFirst) ?? merged(minutes))
  if (breaker?.isOpen) {
    return { state: 'down', since: breaker.openedAt, nextTryAt: breaker.nextTryAt, because }
  }
  const calls = latest(newestFirst)
  if (!calls) return UNKNOWN
  if (awayShare(calls) > DOWN_SHARE)
    return { state: 'down', since: downSince(newestFirst), nextTryAt: null, because }
  const isSlow = (failedWith(calls, isTrouble) + slowerThan(calls, SLOW_MS)) / calls.calls > SLOW_SHARE
  return isSlow ? { ...UNKNOWN, state: 'slow', because } : { ...UNKNOWN, state: 'healthy' }
}

const UNKNOWN: Health = { state: 'unknown', since: null, nextTryAt: null, because: null }

/** Minute by minute back to where there are enough; null: there are not. */
function latest(newestFirst: readonly Minute[]): CallStatistics | null {
  const taken: Minute[] = []
  let calls = 0
  for (const minute of newestFirst) {
    taken.push(minute)
    calls += minute.calls
    if (calls >= LEAST_CALLS) return merged(taken)
  }
  return null
}

function downSince(newestFirst: readonly Minute[]): Date | null {
  const firstGood = newestFirst.findIndex((minute) => awayShare(minute) <= DOWN_SHARE)
  const down = firstGood === -1 ? newestFirst : newestFirst.slice(0, firstGood)
  return (down.at(-1) ?? newestFirst[0])?.at ?? null
}

/** It did not serve us, by its own fault or because it is in maintenance. */
const isAway = (name: FailureName): boolean =>
  FAILURES[name].fault === 'institution' || name === 'InstitutionInMaintenance'

/** Whatever makes a reading take longer. A call that was too slow is counted by its time. */
const isTrouble = (name: FailureName): boolean =>
  name !== 'InstitutionTooSlow' && (isAway(name) || name === 'RateLimited')

const isOfNetwork = (name: FailureName | null): boolean =>
  name === 'InstitutionUnavailable' || name === 'InstitutionTooSlow'

const awayShare = (one: CallStatistics): number => failedWith(one, isAway) / one.calls

const reasonOf = (one: CallStatistics): FailureName | null =>
  failuresOf(one).find(([name]) => isAway(name) || isTrouble(name))?.[0] ?? null
