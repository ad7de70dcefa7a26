import type { Call } from '../sandbox/call-log.ts'

/** Something that lasts, in ms since the epoch. */
export type Interval = { from: number; to: number }

/** How many of these were under way at one instant, at the most. One that ends as another begins is not beside it. */
export function mostAtOnce(intervals: readonly Interval[]): number {
  const steps = intervals.flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ])
  let underWay = 0
  let most = 0
  for (const { by } of steps.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
    underWay += by
    most = Math.max(most, underWay)
  }
  return most
}

/** Readings as their institution saw them: each person's calls there, from the start of the first to the last answer. */
export function readingsOf(calls: readonly Call[], now: number): Interval[] {
  const readings = new Map<string | null, Interval>()
  for (const { person, at, endedAt } of calls) {
    const known = readings.get(person)
    const to = endedAt ?? now
    readings.set(person, { from: Math.min(known?.from ?? at, at), to: Math.max(known?.to ?? to, to) })
  }
  return [...readings.values()]
}
