/** The value below which a share of the values lies, between neighbours by proportion. Null without values. */
export function percentile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const low = sorted[Math.floor(at)]!
  const high = sorted[Math.ceil(at)]!
  return low + (high - low) * (at - Math.floor(at))
}

export const median = (values: readonly number[]): number | null => percentile(values, 0.5)

/** The median of the rounds' own medians: one noisy round does not move it. */
export function medianOfRounds(rounds: readonly (readonly number[])[]): number | null {
  return median(rounds.flatMap((round) => median(round) ?? []))
}

export const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

/** Each part's difference, for counters that only grow. A part that appeared in between counts from nought. */
export function growth<K extends string>(
  before: Partial<Record<K, number>>,
  after: Record<K, number>,
): Record<K, number> {
  const pairs = Object.entries<number>(after).map(([key, value]) => [key, value - (before[key as K] ?? 0)])
  return Object.fromEntries(pairs) as Record<K, number>
}
