import { sql } from 'drizzle-orm'

import type { Limits } from '../domain/refresh.ts'
import type { Database, UserId } from './database.ts'
import { type EventAnswer, recordEvent } from './events.ts'
import { toInstant } from './instants.ts'

/** A pair that a developer has put back, and of which no refresh has been asked for yet. */
export type DueReplay = { userId: UserId; institutionId: string; replayAt: Date }

// One look is bounded; the longest first.
const AT_ONCE = 50

/** Across users, on the caretaker's role: what was put back. */
export const createReplayWatch = (database: Database) => ({
  due: (): Promise<DueReplay[]> =>
    database.asNobody(async (tx) => {
      const rows = await tx.execute<Omit<DueReplay, 'replayAt'> & { replayAt: string }>(sql`
        SELECT user_id::float8 AS "userId", institution_id AS "institutionId", replay_at AS "replayAt"
        FROM poison_readings WHERE replay_at IS NOT NULL ORDER BY replay_at LIMIT ${AT_ONCE}`)
      return rows.map((row) => ({ ...row, replayAt: toInstant(row.replayAt) }))
    }),
})

/** As the user whose reading it is, on the worker's role. */
export const createReplays = (database: Database) => ({
  /**
   * Asks for the refresh, in the open one or in a new one, with the policy that the last plan had: what failed is done
   * again as it was. Once, however often: whoever comes second finds it asked for.
   */
  replay: ({ userId, institutionId, replayAt }: DueReplay): Promise<EventAnswer | null> =>
    database.asUser(userId, async (tx) => {
      const [last] = await tx.execute<{ spanMonths: number; limits: Limits }>(sql`
        SELECT span_months AS "spanMonths", limits FROM plans
        WHERE user_id = ${userId} AND institution_id = ${institutionId} ORDER BY refresh_no DESC LIMIT 1`)
      if (!last) return null
      const idempotencyKey = `replay/${institutionId}/${replayAt.toISOString()}`
      const event = { type: 'reading.replayed', institutionId, idempotencyKey } as const
      const policy = { spanMonths: last.spanMonths, limitsFor: () => last.limits }
      const answer = await recordEvent(tx, userId, event, policy)
      await tx.execute(sql`
        UPDATE poison_readings SET replay_at = NULL
        WHERE user_id = ${userId} AND institution_id = ${institutionId}`)
      return answer
    }),
})

export type ReplayWatch = ReturnType<typeof createReplayWatch>
export type Replays = ReturnType<typeof createReplays>
