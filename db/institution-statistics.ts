import { sql } from 'drizzle-orm'

import { type CallStatistics, merged } from '../domain/call-statistics.ts'
import { type Health, healthOf } from '../domain/institution-health.ts'
import { type BreakerView, createBreakerViews } from './breaker-views.ts'
import { type CountedCalls, createCallStatistics } from './call-statistics.ts'
import type { Database } from './database.ts'
import { createInstitutionHealth } from './institution-health.ts'

/** An institution as operators see it: how it stands, and what was counted of it since some instant. */
export type InstitutionSeen = {
  institutionId: string
  name: string
  industry: string
  connector: string | null
  state: 'active' | 'paused' | 'removed'
  /** Readings of it under way, by all workers together, and how many may be. */
  readings: { inUse: number; most: number }
  health: Health
  /** What the fleet holds about it; null: nothing was ever held against it. */
  breaker: BreakerView | null
  total: CallStatistics
  steps: CountedCalls[]
}

export type Seen = { now: Date; institutions: InstitutionSeen[] }

type Row = Omit<InstitutionSeen, 'readings' | 'health' | 'breaker' | 'total' | 'steps'> & {
  inUse: number
  most: number
}

// As many as one file may name.
const MOST_INSTITUTIONS = 5_000

/** All institutions, or one of them, with its calls step by step. */
export function createInstitutionStatistics(database: Database) {
  const counts = createCallStatistics(database)
  const { look: lookAtHealth } = createInstitutionHealth(database)
  const breakers = createBreakerViews(database)

  /** Null: all. One that is not known is not among what is found. */
  async function look(institutionId: string | null, sinceMs: number, stepMs: number): Promise<Seen> {
    const [{ now, counted }, rows, health, views] = await Promise.all([
      counts.look({ institutionId, sinceMs, stepMs }),
      standing(institutionId),
      lookAtHealth(),
      breakers.all(),
    ])
    const steps = new Map<string, CountedCalls[]>(rows.map((row) => [row.institutionId, []]))
    for (const one of counted) steps.get(one.institutionId)?.push(one)
    const institutions = rows.map(({ inUse, most, ...row }): InstitutionSeen => {
      const own = steps.get(row.institutionId)!
      return {
        ...row,
        readings: { inUse, most },
        health: health.get(row.institutionId) ?? healthOf({ minutes: [], breaker: null, held: null }),
        breaker: views.get(row.institutionId) ?? null,
        total: merged(own),
        steps: own,
      }
    })
    return { now, institutions }
  }

  const standing = (institutionId: string | null): Promise<Row[]> =>
    database.asNobody((tx) =>
      tx.execute<Row>(sql`
        SELECT i.institution_id AS "institutionId", i.name, i.industry, i.connector, i.state, i.concurrency AS most,
          (SELECT count(*)::int FROM institution_slots s WHERE s.institution_id = i.institution_id
            AND s.holder IS NOT NULL AND s.expires_at >= now()) AS "inUse"
        FROM institutions i WHERE ${institutionId}::text IS NULL OR i.institution_id = ${institutionId}
        ORDER BY 1 LIMIT ${MOST_INSTITUTIONS}`),
    )

  return { look }
}

export type InstitutionStatistics = ReturnType<typeof createInstitutionStatistics>
