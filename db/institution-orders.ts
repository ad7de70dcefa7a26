import { setTimeout as sleep } from 'node:timers/promises'

import { sql } from 'drizzle-orm'

import { writeAudit } from './audit.ts'
import type { Database, Tx } from './database.ts'
import { bringForward } from './locks.ts'
import { MENDED } from './recoveries.ts'

// One transaction changes this many rows at most: it waits for nobody, and nobody waits long for it.
const AT_ONCE = 500
// Whoever decides about a plan holds its rows for milliseconds.
const HELD_MS = 200
const MOST_EMPTY = 5

/** What an operator says of an institution for all who wait for it. */
export function createInstitutionOrders(database: Database) {
  /**
   * It answers again: whatever waits for it is due now. The caretaker wakes the refreshes, no more at once than the
   * institution bears. Said twice, it finds nothing more to bring forward.
   */
  async function recovered(
    institutionId: string,
    by: string,
    why: string,
    place: string | null = null,
  ): Promise<{ waiting: number }> {
    await database.asNobody((tx) => askSoon(tx, institutionId))
    const waiting = await pageByPage(database, (tx, atOnce) =>
      bringForward(tx, institutionId, MENDED, atOnce),
    )
    await database.asNobody((tx) =>
      writeAudit(tx, null, {
        actor: by,
        action: 'institution.recovered',
        institutionId,
        reason: why,
        place,
        details: { waiting },
      }),
    )
    return { waiting }
  }

  return { recovered }
}

/** A breaker that is open keeps everybody waiting, whoever says that it is well: whoever asks next finds out. */
const askSoon = (tx: Tx, institutionId: string) =>
  tx.execute(sql`
    UPDATE breakers SET probe_from = now()
    WHERE institution_id = ${institutionId} AND probe_from > now()
      AND (forced_to IS DISTINCT FROM 'open' OR forced_until <= now())`)

export type InstitutionOrders = ReturnType<typeof createInstitutionOrders>

/** Moves rows until none are left. What somebody held is passed over, and looked for again, five times within a second. */
export async function pageByPage(
  database: Database,
  move: (tx: Tx, atOnce: number) => Promise<number>,
): Promise<number> {
  let moved = 0
  for (let empty = 0; empty < MOST_EMPTY;) {
    const page = await database.asNobody((tx) => move(tx, AT_ONCE))
    moved += page
    if (page === AT_ONCE) continue
    empty += 1
    await sleep(HELD_MS)
  }
  return moved
}
