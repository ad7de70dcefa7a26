import { sql } from 'drizzle-orm'

import { OPEN_STATES, type RefreshState } from '../domain/refresh.ts'
import type { Database } from './database.ts'
import { toInstant, toInstantOrNull } from './instants.ts'

export type Overview = {
  now: Date
  /** Everything that is open, and what was opened since then. */
  since: Date
  states: { state: RefreshState; refreshes: number; oldestOpenedAt: Date }[]
  failures: FailureCount[]
}

export type FailureCount = {
  institutionId: string
  name: string
  failure: string
  /** Readings of the time looked at that failed so. */
  refreshes: number
  /** Those of them whose refresh is still open. */
  open: number
  /** The earliest next try of the open ones. */
  nextTryAt: Date | null
}

// A hundred institutions that each fail in all fourteen ways.
const MOST_FAILURES = 1_400

/** Counts across users: by state, and by institution and failure. */
export function createOperatorOverview(database: Database) {
  const look = (sinceMs: number): Promise<Overview> =>
    database.asNobody(async (tx) => {
      const looked = sql`(r.opened_at > now() - make_interval(secs => ${sinceMs / 1000})
        OR r.state IN ${[...OPEN_STATES]})`
      const [clock] = await tx.execute<{ now: string; since: string }>(sql`
        SELECT now()::timestamptz(3) AS now, (now() - make_interval(secs => ${sinceMs / 1000}))::timestamptz(3) AS since`)
      const states = await tx.execute<{ state: RefreshState; refreshes: number; oldestOpenedAt: string }>(sql`
        SELECT state, count(*)::int AS refreshes, min(opened_at) AS "oldestOpenedAt"
        FROM refreshes r WHERE ${looked} GROUP BY state ORDER BY state`)
      const failures = await tx.execute<Omit<FailureCount, 'nextTryAt'> & { nextTryAt: string | null }>(sql`
        SELECT p.institution_id AS "institutionId", i.name, p.failure, count(*)::int AS refreshes,
          count(*) FILTER (WHERE r.closed_at IS NULL)::int AS open,
          min(p.next_try_at) FILTER (WHERE r.closed_at IS NULL) AS "nextTryAt"
        FROM plans p JOIN refreshes r USING (user_id, refresh_no) JOIN institutions i USING (institution_id)
        WHERE p.failure IS NOT NULL AND ${looked}
        GROUP BY 1, 2, 3 ORDER BY open DESC, refreshes DESC, 1, 3 LIMIT ${MOST_FAILURES}`)
      return {
        now: toInstant(clock!.now),
        since: toInstant(clock!.since),
        states: states.map((row) => ({ ...row, oldestOpenedAt: toInstant(row.oldestOpenedAt) })),
        failures: failures.map((row) => ({ ...row, nextTryAt: toInstantOrNull(row.nextTryAt) })),
      }
    })

  return { look }
}

export type OperatorOverview = ReturnType<typeof createOperatorOverview>
