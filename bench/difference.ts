import { median, percentile } from './statistics.ts'

/** A difference, and between which bounds it lies with 95 % certainty. */
export type Interval = { is: number; low: number; high: number }

const RESAMPLES = 1_000

/** How much the median of the first is above that of the second, by resampling both. Neither may be empty. */
export function differenceOfMedians(
  one: readonly number[],
  other: readonly number[],
  draw: () => number = Math.random,
): Interval {
  const drawn = (values: readonly number[]) => values.map(() => values[Math.floor(draw() * values.length)]!)
  const all = Array.from({ length: RESAMPLES }, () => between(drawn(one), drawn(other)))
  return { is: between(one, other), low: percentile(all, 0.025)!, high: percentile(all, 0.975)! }
}

const between = (a: readonly number[], b: readonly number[]): number => median(a)! - median(b)!
