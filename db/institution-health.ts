import { eq, sql } from 'drizzle-orm'

import {
  type BreakerSeen,
  type Evidence,
  type Health,
  HEALTH_WINDOW_MS,
  healthOfAll,
  type Minute,
} from '../domain/institution-health.ts'
import { createCallStatistics } from './call-statistics.ts'
import type { Database } from './database.ts'
import { readHeld } from './institution-settings.ts'
import { breakers, institutions } from './schema/index.ts'

const MINUTE_MS = 60_000

/** How every institution fares now, by its id: from what was counted of it, and from what the fleet has agreed on. */
export function createInstitutionHealth(database: Database) {
  const counts = createCallStatistics(database)

  async function look(): Promise<ReadonlyMap<string, Health>> {
    const [{ counted }, known, held] = await Promise.all([
      counts.look({ institutionId: null, sinceMs: HEALTH_WINDOW_MS, stepMs: MINUTE_MS }),
      standing(),
      database.asNobody(readHeld),
    ])
    const minutes = new Map<string, Minute[]>(known.map(({ institutionId }) => [institutionId, []]))
    for (const one of counted) minutes.get(one.institutionId)?.push(one)
    const evidence = known.map(({ institutionId, breaker }): [string, Evidence] => [
      institutionId,
      {
        minutes: minutes.get(institutionId)!,
        breaker: breaker && seenOf(breaker),
        held: held.get(institutionId) ?? null,
      },
    ])
    return healthOfAll(new Map(evidence))
  }

  const standing = () =>
    database.asNobody((tx) =>
      tx
        .select({
          institutionId: institutions.institutionId,
          breaker: {
            state: breakers.state,
            openedAt: breakers.openedAt,
            // A time that has passed is no promise: whoever comes next asks.
            nextTryAt:
              sql<Date | null>`CASE WHEN ${breakers.probeFrom} > now() THEN ${breakers.probeFrom} END`.mapWith(
                breakers.probeFrom,
              ),
          },
        })
        .from(institutions)
        .leftJoin(breakers, eq(breakers.institutionId, institutions.institutionId)),
    )

  return { look }
}

export type InstitutionHealth = ReturnType<typeof createInstitutionHealth>

type Row = { state: string; openedAt: Date | null; nextTryAt: Date | null }

const seenOf = ({ state, openedAt, nextTryAt }: Row): BreakerSeen => ({
  isOpen: state !== 'closed',
  openedAt,
  nextTryAt,
})
