import { FAILURES, type FailureName, type Fault, isFailureName } from './failures.ts'

/** How one call ended. Null: with an answer that was whole and ours. */
export type EndedCall = { failure: FailureName | null; ms: number }

/** The calls of one institution in some stretch of time. It holds no user and nothing that was said. */
export type CallStatistics = {
  calls: number
  failures: Partial<Record<FailureName, number>>
  /** How many took how long, bucket by bucket: those that were answered, and those we did not wait for any longer. */
  latency: readonly number[]
}

/**
 * Upper bounds of the buckets, each included; one more bucket has whatever took longer. Ten to a decade, fewer at the
 * beginning, so that a percentile is off by a quarter at most; the last is what a call may take at most.
 */
export const BUCKETS_MS = [
  10, 16, 25, 40, 50, 63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1_000, 1_250, 1_600, 2_000,
  2_500, 3_150, 4_000, 5_000, 6_300, 8_000, 10_000, 12_500, 16_000, 20_000,
] as const
/** Stored rows have exactly as many: a bound more or less is a migration. */
export const BUCKET_COUNT = BUCKETS_MS.length + 1

/** Fewer calls than this say nothing of an institution: one unlucky call would be five in a hundred. */
export const LEAST_CALLS = 20

export const NO_CALLS: CallStatistics = {
  calls: 0,
  failures: {},
  latency: Array.from({ length: BUCKET_COUNT }, () => 0),
}

/** The calls of one reading, counted. */
export function tallied(ended: readonly EndedCall[]): CallStatistics {
  const failures: CallStatistics['failures'] = {}
  const latency = [...NO_CALLS.latency]
  for (const { failure, ms } of ended) {
    if (failure !== null) failures[failure] = (failures[failure] ?? 0) + 1
    // A refused connection ends at once and says nothing of how long an answer takes.
    if (failure === null || failure === 'InstitutionTooSlow') latency[bucketOf(ms)]! += 1
  }
  return { calls: ended.length, failures, latency }
}

/** Several stretches of time as one. */
export function merged(all: readonly CallStatistics[]): CallStatistics {
  const failures: CallStatistics['failures'] = {}
  const latency = [...NO_CALLS.latency]
  let calls = 0
  for (const one of all) {
    calls += one.calls
    for (const [name, count] of failuresOf(one)) failures[name] = (failures[name] ?? 0) + count
    for (const [at, count] of one.latency.entries()) latency[at]! += count
  }
  return { calls, failures, latency }
}

/** Failures with their counts, the most frequent first, by name where they are as frequent. */
export const failuresOf = ({ failures }: Pick<CallStatistics, 'failures'>): [FailureName, number][] =>
  Object.entries(failures)
    .flatMap(([name, count]): [FailureName, number][] => (isFailureName(name) ? [[name, count]] : []))
    .toSorted(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : 1))

/** How many failed for which of these reasons. */
export const failedWith = (
  one: Pick<CallStatistics, 'failures'>,
  is: (name: FailureName) => boolean,
): number => failuresOf(one).reduce((sum, [name, count]) => sum + (is(name) ? count : 0), 0)

/** Shares of all calls: those that were answered, and by whose fault the others were not. They sum to 1; null when thin. */
export function sharesOf(one: CallStatistics): Record<'answered' | Fault, number> | null {
  if (one.calls < LEAST_CALLS) return null
  const by = (fault: Fault) => failedWith(one, (name) => FAILURES[name].fault === fault) / one.calls
  const answered = (one.calls - failedWith(one, () => true)) / one.calls
  return { answered, institution: by('institution'), us: by('us'), user: by('user'), nobody: by('nobody') }
}

/** How many calls the percentiles rest on. */
export const samplesOf = ({ latency }: CallStatistics): number =>
  latency.reduce((sum, count) => sum + count, 0)

/** With fewer, a percentile is the luck of one call: two must lie beyond it. 20 for the median, 40 for p95, 200 for p99. */
export const leastSamplesFor = (share: number): number =>
  Math.max(LEAST_CALLS, Math.ceil(Number((2 / (1 - share)).toFixed(6))))

/**
 * The ms within which this share of the calls ended, between the bounds of its bucket by proportion. Null when there are
 * too few calls to say. What took longer than the last bound counts as that: `20000` means at least so long.
 */
export function percentile(one: CallStatistics, share: number): number | null {
  const samples = samplesOf(one)
  if (samples < leastSamplesFor(share)) return null
  const rank = share * samples
  let below = 0
  for (const [at, count] of one.latency.entries()) {
    if (count > 0 && below + count >= rank) {
      const lower = at === 0 ? 0 : BUCKETS_MS[at - 1]!
      const upper = BUCKETS_MS[at] ?? lower
      return Math.round(lower + ((upper - lower) * (rank - below)) / count)
    }
    below += count
  }
  return BUCKETS_MS.at(-1)!
}

/** How many took longer than one of the bounds. */
export const slowerThan = ({ latency }: CallStatistics, bound: (typeof BUCKETS_MS)[number]): number =>
  latency.slice(BUCKETS_MS.indexOf(bound) + 1).reduce((sum, count) => sum + count, 0)

function bucketOf(ms: number): number {
  const at = BUCKETS_MS.findIndex((bound) => ms <= bound)
  return at === -1 ? BUCKETS_MS.length : at
}
