import {
  type Evidence,
  type Health,
  HEALTH_WINDOW_MS,
  healthOfAll,
  type Minute,
} from '../domain/institution-health.ts'
import { createCallStatistics } from './call-statistics.ts'
import type { Database } from './database.ts'
import { institutions } from './schema/index.ts'

const MINUTE_MS = 60_000

/** How every institution fares now, by its id: from what was counted of it, and from what the fleet has agreed on. */
export function createInstitutionHealth(database: Database) {
  const counts = createCallStatistics(database)

  async function look(): Promise<ReadonlyMap<string, Health>> {
    const [{ counted }, known] = await Promise.all([
      counts.look({ institutionId: null, sinceMs: HEALTH_WINDOW_MS, stepMs: MINUTE_MS }),
      standing(),
    ])
    const minutes = new Map<string, Minute[]>()
    for (const one of counted)
      minutes.set(one.institutionId, [...(minutes.get(one.institutionId) ?? []), one])
    const evidence = known.map(({ institutionId, state }): [string, Evidence] => [
      institutionId,
      { minutes: minutes.get(institutionId) ?? [], breaker: null, isPaused: state === 'paused' },
    ])
    return healthOfAll(new Map(evidence))
  }

  const standing = () =>
    database.asNobody((tx) =>
      tx.select({ institutionId: institutions.institutionId, state: institutions.state }).from(institutions),
    )

  return { look }
}

export type InstitutionHealth = ReturnType<typeof createInstitutionHealth>
