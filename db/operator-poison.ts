import { sql } from 'drizzle-orm'

import type { ReadingStep } from '../domain/poison.ts'
import { writeAudit } from './audit.ts'
import type { Database, Tx, UserId } from './database.ts'
import { toInstant, toInstantOrNull } from './instants.ts'

/** What is set aside, or waits to be read again: a user by the opaque key, an institution, counts and instants. */
export type PoisonHead = {
  userKey: string
  institutionId: string
  name: string
  failed: number
  firstAt: Date
  lastAt: Date
  lastRefreshNo: number
  step: ReadingStep | null
  setAsideAt: Date | null
  replayAt: Date | null
}

export type ReplayOf = { institutionId: string; userKey: string | null }
type Saying = { by: string; why: string; place?: string | null }

// Each opens a refresh; a bug of ours may have set aside everybody at an institution.
const REPLAYED_AT_ONCE = 100

/** What was set aside, across users; and putting it back. */
export function createOperatorPoison(database: Database) {
  const list = (institutionId: string | null, limit: number): Promise<PoisonHead[]> =>
    database.asNobody(async (tx) => {
      const rows = await tx.execute<Row>(sql`
        SELECT u.user_key AS "userKey", p.institution_id AS "institutionId", i.name, p.failed, p.first_at AS "firstAt",
          p.last_at AS "lastAt", p.last_refresh_no AS "lastRefreshNo", p.step, p.set_aside_at AS "setAsideAt",
          p.replay_at AS "replayAt"
        FROM poison_readings p JOIN users u USING (user_id) JOIN institutions i USING (institution_id)
        WHERE (p.set_aside_at IS NOT NULL OR p.replay_at IS NOT NULL)
          AND ${institutionId === null ? sql`true` : sql`p.institution_id = ${institutionId}`}
        ORDER BY p.last_at DESC, p.user_id, p.institution_id LIMIT ${limit}`)
      return rows.map((row) => ({
        ...row,
        firstAt: toInstant(row.firstAt),
        lastAt: toInstant(row.lastAt),
        setAsideAt: toInstantOrNull(row.setAsideAt),
        replayAt: toInstantOrNull(row.replayAt),
      }))
    })

  /**
   * Puts back what is set aside, of one user or of an institution's, the longest first: it may fail as often again, and a
   * refresh of it is asked for by the worker. Each is written down. Repeatable: what is put back is not found again.
   */
  const replay = (of: ReplayOf, saying: Saying): Promise<{ replayed: number; left: number }> =>
    database.asNobody(async (tx) => {
      const rows = await tx.execute<Before>(sql`
        WITH before AS (
          SELECT p.user_id, p.institution_id, p.failed, p.step FROM poison_readings p JOIN users u USING (user_id)
          WHERE p.set_aside_at IS NOT NULL AND p.institution_id = ${of.institutionId}
            AND ${of.userKey === null ? sql`true` : sql`u.user_key = ${of.userKey}`}
          ORDER BY p.set_aside_at, p.user_id LIMIT ${REPLAYED_AT_ONCE}
        )
        UPDATE poison_readings p SET set_aside_at = NULL, replay_at = now(), failed = 0
        FROM before b
        WHERE p.user_id = b.user_id AND p.institution_id = b.institution_id AND p.set_aside_at IS NOT NULL
        RETURNING p.user_id::float8 AS "userId", b.failed, b.step`)
      for (const row of rows) await note(tx, of.institutionId, row, saying)
      const [left] = await tx.execute<{ count: number }>(sql`
        SELECT count(*)::int AS count FROM poison_readings p JOIN users u USING (user_id)
        WHERE p.set_aside_at IS NOT NULL AND p.institution_id = ${of.institutionId}
          AND ${of.userKey === null ? sql`true` : sql`u.user_key = ${of.userKey}`}`)
      return { replayed: rows.length, left: left!.count }
    })

  return { list, replay }
}

export type OperatorPoison = ReturnType<typeof createOperatorPoison>

type Row = Omit<PoisonHead, 'firstAt' | 'lastAt' | 'setAsideAt' | 'replayAt'> & {
  firstAt: string
  lastAt: string
  setAsideAt: string | null
  replayAt: string | null
}
type Before = { userId: UserId; failed: number; step: ReadingStep | null }

const note = (tx: Tx, institutionId: string, { userId, failed, step }: Before, { by, why, place }: Saying) =>
  writeAudit(tx, userId, {
    actor: by,
    action: 'poison.replay',
    institutionId,
    reason: why,
    place: place ?? null,
    details: { before: { isSetAside: true, failed, step }, after: { isSetAside: false, failed: 0 } },
  })
