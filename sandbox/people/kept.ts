import { type Day, dayOf } from '../kst.ts'

/** Written ahead, so that a running clock does not rewrite every day. */
const DAYS_AHEAD = 40

type Wanted = { key: string; now: number; version: number }

/**
 * Keeps what was asked for last, up to so many rows together. It is written anew when the clock reaches the last day
 * that was written, and when control changed something: `version` counts the changes.
 */
export function createKept<T>(maxRows: number, rowsOf: (value: T) => number) {
  const kept = new Map<string, { value: T; through: Day; rows: number; version: number }>()
  let rows = 0
  const forget = (key: string) => {
    rows -= kept.get(key)?.rows ?? 0
    kept.delete(key)
  }
  return ({ key, now, version }: Wanted, write: (through: Day) => T): T => {
    const known = kept.get(key)
    forget(key)
    const isGood = known && known.through > dayOf(now) && known.version === version
    const through = dayOf(now) + DAYS_AHEAD
    const value = isGood ? known.value : write(through)
    const entry = isGood ? known : { value, through, rows: rowsOf(value), version }
    kept.set(key, entry)
    rows += entry.rows
    for (const oldest of kept.keys()) {
      if (rows <= maxRows || oldest === key) break
      forget(oldest)
    }
    return value
  }
}
