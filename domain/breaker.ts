/**
 * What the whole fleet holds about one institution: whether it may be called. One row, changed under its lock and read
 * by every worker. All instants are epoch milliseconds by one clock, the database's; the whole value is plain JSON.
 */
export type Breaker = {
  /** closed: whoever wants to may read; open: nobody; half_open: one probe at a time. */
  state: 'closed' | 'open' | 'half_open'
  /** When it came into this state, and why. */
  since: number
  cause: BreakerCause | null
  /** When it last left `closed`. Null while it is closed. */
  openedAt: number | null
  /** How often in a row it opened without having been closed for long. */
  openings: number
  /** Consecutive calls without an answer. */
  misses: number
  /** What was counted in the last minute, in slices of ten seconds: seven at most. */
  minute: readonly Counted[]
  /** Not closed: no probe begins before. */
  probeFrom: number | null
  /** The lease of the probe in flight. */
  probeUntil: number | null
  /** The name of the latest probe: they are numbered, so that one which lost its lease cannot speak for the next. */
  probeNo: number
  goodProbes: number
  /** An operator's word stands above all that is observed, until it ends by itself. */
  forced: { to: 'open' | 'closed'; until: number } | null
  /** When anything proved that we reach it, and when a call last stayed unanswered: what our own network is judged by. */
  answeredAt: number | null
  missedAt: number | null
}

export type Counted = { at: number; calls: number; failures: number }

export type BreakerCause =
  | 'unanswered'
  | 'mostly_failing'
  | 'probe_begins'
  | 'probe_failed'
  | 'probes_answered'
  | 'our_network'
  | 'operator'

export type Transition = { at: number; from: Breaker['state']; to: Breaker['state']; cause: BreakerCause }

/** What a rule makes of a breaker, and the line of its history. */
export type Changed = { breaker: Breaker; transition: Transition | null }

export type Permit = 'go' | 'probe' | { notBefore: number }

/** The numbers of the rules; tests and small machines scale the times. */
export const BREAKER_RULES = {
  /** The European rule presumes an outage after five consecutive requests without an answer. */
  mostMisses: 5,
  /** Or more than half of so many calls in a minute failed by the institution's own fault. */
  leastCalls: 20,
  failingShare: 0.5,
  goodProbes: 3,
  firstOpenMs: 30_000,
  longestOpenMs: 600_000,
  /** Closed for so long, its past openings are forgotten. */
  calmMs: 600_000,
  /** While a probe is in flight, others look again this often. */
  lookAgainMs: 5_000,
}

export type BreakerRules = typeof BREAKER_RULES

export const newBreaker = (now: number): Breaker => ({
  state: 'closed',
  since: now,
  cause: null,
  ...NOTHING_SEEN,
  openings: 0,
  probeNo: 0,
  forced: null,
  answeredAt: null,
  missedAt: null,
})

/** What a closed breaker has counted at first, and forgets whenever it closes or opens. */
export const NOTHING_SEEN = {
  openedAt: null,
  misses: 0,
  minute: [],
  probeFrom: null,
  probeUntil: null,
  goodProbes: 0,
} as const satisfies Partial<Breaker>

/** Whether a reading may begin now, as a probe, or not before when. Never a failure: waiting costs no attempt. */
export function permit(breaker: Breaker, now: number, rules: BreakerRules = BREAKER_RULES): Permit {
  const { state, probeUntil, probeFrom } = breaker
  if (state === 'closed') return 'go'
  if (probeUntil !== null && now < probeUntil) {
    return { notBefore: Math.min(probeUntil, now + rules.lookAgainMs) }
  }
  return probeFrom !== null && now < probeFrom ? { notBefore: probeFrom } : 'probe'
}

/**
 * Gives the one probe away, for at most `leaseMs`: as long as its attempt may take, and some. `probeNo` of what comes back
 * is the probe's name. A probe that never reports lost its worker, which says nothing: its lease ends, and another
 * may go. Null: there is none to give.
 */
export function takeProbe(
  breaker: Breaker,
  now: number,
  leaseMs: number,
  rules: BreakerRules = BREAKER_RULES,
): Changed | null {
  if (permit(breaker, now, rules) !== 'probe') return null
  // Never shorter than the first wait: however many probes are lost, no more go out than after failed ones.
  const probeUntil = now + Math.max(leaseMs, rules.firstOpenMs)
  return moved({ ...breaker, probeUntil, probeNo: breaker.probeNo + 1 }, 'half_open', 'probe_begins', now)
}

/**
 * An operator's word. Open: nobody calls until then, and after that it heals by probes as ever. Closed: everybody may,
 * whatever is observed, and after that it starts from nothing.
 */
export function force(breaker: Breaker, to: 'open' | 'closed', until: number, now: number): Changed {
  const forced = { to, until }
  if (to === 'closed') return moved({ ...breaker, ...NOTHING_SEEN, openings: 0, forced }, to, 'operator', now)
  const openings = Math.max(1, breaker.openings)
  const openedAt = breaker.openedAt ?? now
  // A probe in flight keeps its lease: whoever probes after the word has ended does not do so beside it.
  const { probeUntil } = breaker
  const held = { ...breaker, ...NOTHING_SEEN, openings, openedAt, probeFrom: until, probeUntil, forced }
  return moved(held, to, 'operator', now)
}

/** The operator takes the word back: what was forced open may be probed at once. */
export const release = (breaker: Breaker, now: number): Breaker =>
  isForced(breaker, now)
    ? { ...breaker, forced: null, probeFrom: breaker.state === 'closed' ? null : now }
    : { ...breaker, forced: null }

export const isForced = ({ forced }: Breaker, now: number): boolean => forced !== null && now < forced.until

/** For the rules of this folder: the state changes, and its history with it. */
export function moved(breaker: Breaker, to: Breaker['state'], cause: BreakerCause, now: number): Changed {
  const from = breaker.state
  if (from === to) return { breaker: { ...breaker, cause }, transition: null }
  return {
    breaker: { ...breaker, state: to, since: now, cause },
    transition: { at: now, from, to, cause },
  }
}
