import { dayOf, weekOf } from './kst.ts'

export type Quota = ReturnType<typeof createQuota>

/** Reads that succeeded in this week; 100 people × 60 institutions × 10 assets and APIs is 60,000. */
const MAX_READS = 500_000

/** A scheduled read may succeed once a week, Sunday to Saturday, per person, asset and API. */
export function createQuota() {
  let week = 0
  let done = new Set<string>()
  const thisWeek = (now: number) => {
    const sunday = weekOf(dayOf(now))
    if (sunday !== week || done.size > MAX_READS) done = new Set()
    week = sunday
    return done
  }
  return {
    isUsed: (read: string, now: number) => thisWeek(now).has(read),
    use: (read: string, now: number) => thisWeek(now).add(read),
  }
}
