import {
  type Breaker,
  BREAKER_RULES,
  type BreakerRules,
  type Changed,
  type Counted,
  isForced,
  moved,
  NOTHING_SEEN,
} from './breaker.ts'
import { type FailureName, FAILURES } from './failures.ts'

/** One reading that has ended, as the breaker sees it. */
export type Evidence = {
  /** Its calls, in order; null: a whole answer. */
  calls: readonly { failure: FailureName | null }[]
  /** The name of the probe it was (`probeNo` when it was given); null: an ordinary reading. */
  probe: number | null
  begunAt: number
  now: number
  /** Everything fails at once (`ourNetworkIsDown`): then nothing is said about this institution. */
  isOurNetworkDown: boolean
}

const SLICE_MS = 10_000
const MINUTE_MS = 60_000

const UNANSWERED: readonly FailureName[] = ['InstitutionUnavailable', 'InstitutionTooSlow']

/**
 * What a reading teaches, told once, when it ends. Faults of ours, of the user and of nobody never count against an
 * institution. While the breaker is not closed only the probe's word counts, and what began before it last changed is
 * old news.
 */
export function afterReading(
  breaker: Breaker,
  evidence: Evidence,
  rules: BreakerRules = BREAKER_RULES,
): Changed {
  const { probe, now } = evidence
  const isTheProbe = probe !== null && breaker.probeUntil !== null && probe === breaker.probeNo
  const seen = sighted(breaker, evidence)
  if (isForced(breaker, now)) {
    return { breaker: isTheProbe ? { ...seen, probeUntil: null } : seen, transition: null }
  }
  if (isTheProbe) return afterProbe(seen, evidence, rules)
  if (probe !== null) return { breaker: seen, transition: null }
  if (breaker.state !== 'closed' || evidence.begunAt < breaker.since)
    return { breaker: seen, transition: null }
  return afterOrdinary(seen, evidence, rules)
}

function afterOrdinary(breaker: Breaker, evidence: Evidence, rules: BreakerRules): Changed {
  const { calls, now, isOurNetworkDown } = evidence
  if (isOurNetworkDown) return { breaker: { ...breaker, misses: 0, minute: [] }, transition: null }
  const { misses, most } = countMisses(breaker.misses, calls)
  const minute = addToMinute(breaker.minute, { at: now, ...countOf(calls) })
  if (most >= rules.mostMisses) return opened(breaker, 'unanswered', now, rules)
  const total = sum(minute)
  if (total.calls >= rules.leastCalls && total.failures > total.calls * rules.failingShare) {
    return opened(breaker, 'mostly_failing', now, rules)
  }
  return { breaker: { ...breaker, misses, minute }, transition: null }
}

/** Judged as the opening is: half or more failing is bad. A probe that met no answer and no failure says nothing. */
function afterProbe(breaker: Breaker, evidence: Evidence, rules: BreakerRules): Changed {
  const { now, isOurNetworkDown } = evidence
  const { calls, failures } = countOf(evidence.calls)
  if (isOurNetworkDown || calls === 0) {
    return {
      breaker: { ...breaker, probeUntil: null, probeFrom: now + rules.firstOpenMs },
      transition: null,
    }
  }
  if (failures * 2 >= calls) return opened(breaker, 'probe_failed', now, rules)
  const goodProbes = breaker.goodProbes + 1
  if (goodProbes < rules.goodProbes) {
    return { breaker: { ...breaker, goodProbes, probeUntil: null, probeFrom: now }, transition: null }
  }
  return moved({ ...breaker, ...NOTHING_SEEN }, 'closed', 'probes_answered', now)
}

/**
 * Each opening in a row waits twice as long, and one that flaps does not begin anew by having been closed for a moment.
 * One that answered some probes and then missed one is not as dead as before: it waits as at first.
 */
function opened(
  breaker: Breaker,
  cause: 'unanswered' | 'mostly_failing' | 'probe_failed',
  now: number,
  rules: BreakerRules,
): Changed {
  const isCalm = breaker.state === 'closed' && now - breaker.since >= rules.calmMs
  const openings = isCalm || breaker.goodProbes > 0 ? 1 : breaker.openings + 1
  const openedAt = breaker.openedAt ?? now
  const probeFrom = now + openForMs(openings, rules)
  return moved({ ...breaker, ...NOTHING_SEEN, openings, openedAt, probeFrom }, 'open', cause, now)
}

/** 30 s, 1, 2, 4, 8 min, and ten from then on. */
export const openForMs = (openings: number, rules: BreakerRules = BREAKER_RULES): number =>
  Math.min(rules.longestOpenMs, rules.firstOpenMs * 2 ** Math.min(openings - 1, 30))

/** Where we were answered by the institution's own word, or not at all. A strange answer proves neither. */
function sighted(breaker: Breaker, { calls, now }: Evidence): Breaker {
  const isMissed = calls.some(({ failure }) => failure !== null && UNANSWERED.includes(failure))
  const isAnswered = calls.some(
    ({ failure }) => failure === null || ['user', 'nobody'].includes(FAILURES[failure].fault),
  )
  return {
    ...breaker,
    answeredAt: isAnswered ? now : breaker.answeredAt,
    missedAt: isMissed ? now : breaker.missedAt,
  }
}

/** Of our own faults nobody knows whether the institution would have answered. */
function countMisses(before: number, calls: Evidence['calls']): { misses: number; most: number } {
  let misses = before
  let most = before
  for (const { failure } of calls) {
    if (failure !== null && FAILURES[failure].fault === 'us') continue
    misses = failure !== null && UNANSWERED.includes(failure) ? misses + 1 : 0
    most = Math.max(most, misses)
  }
  return { misses, most }
}

/** Whole answers and the institution's own failures; everything else is not its word. */
function countOf(calls: Evidence['calls']): { calls: number; failures: number } {
  const whole = calls.filter(({ failure }) => failure === null).length
  const failures = calls.filter(
    ({ failure }) => failure !== null && FAILURES[failure].fault === 'institution',
  )
  return { calls: whole + failures.length, failures: failures.length }
}

function addToMinute(minute: readonly Counted[], { at, calls, failures }: Counted): Counted[] {
  const slice = Math.floor(at / SLICE_MS) * SLICE_MS
  const before = minute.find((each) => each.at === slice) ?? { calls: 0, failures: 0 }
  const others = minute.filter((each) => each.at !== slice && each.at > at - MINUTE_MS)
  return [...others, { at: slice, calls: before.calls + calls, failures: before.failures + failures }]
}

const sum = (minute: readonly Counted[]) =>
  minute.reduce(
    (total, { calls, failures }) => ({ calls: total.calls + calls, failures: total.failures + failures }),
    { calls: 0, failures: 0 },
  )
