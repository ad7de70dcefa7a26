import { type CallStatistics, leastSamplesFor, percentile, samplesOf } from '../domain/call-statistics.ts'

/** What three times the slowest of a hundred calls may come to: less than two seconds is a matter of luck, not of health. */
const LEAST_MS = 2_000
const TIMES = 3

/**
 * How long one call to an institution is waited for, by how long its calls of the last day took; never longer than the
 * ceiling, which is what holds while fewer than two hundred are known. Calls that were cut off count as long as we waited:
 * once one in a hundred is, the limit rises threefold, so that an institution that became slower is not cut off for long.
 */
export function callDeadlineMs(lastDay: CallStatistics, ceilingMs: number): number {
  const p99 = samplesOf(lastDay) < leastSamplesFor(0.99) ? null : percentile(lastDay, 0.99)
  return p99 === null ? ceilingMs : Math.min(ceilingMs, Math.max(LEAST_MS, TIMES * p99))
}
