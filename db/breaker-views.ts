import { type BreakerView, viewOf } from './breaker-orders.ts'
import { breakerOf } from './breaker-rows.ts'
import type { Database } from './database.ts'
import { databaseNow } from './instants.ts'
import { breakers } from './schema/index.ts'

export type { BreakerView } from './breaker-orders.ts'

// As many as one file may name.
const MOST_BREAKERS = 5_000

/** How all breakers stand, for people, by institution. */
export function createBreakerViews(database: Database) {
  const all = (): Promise<ReadonlyMap<string, BreakerView>> =>
    database.asNobody(async (tx) => {
      const rows = await tx.select().from(breakers).limit(MOST_BREAKERS)
      const now = (await databaseNow(tx)).getTime()
      return new Map(rows.map((row) => [row.institutionId, viewOf(breakerOf(row), now)]))
    })

  return { all }
}
