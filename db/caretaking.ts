import { sql } from 'drizzle-orm'

import { type ClosedRefreshState, isOpen, type RefreshState } from '../domain/refresh.ts'
import type { Database, Tx, UserId } from './database.ts'
import { lockRefresh, lockUserIfFree } from './locks.ts'
import { closeLocked } from './refreshes.ts'

/** A refresh that the caretaker looks at, by the names the engine knows. */
export type Watched = {
  userId: UserId
  userKey: string
  refreshNo: number
  state: RefreshState
  workflowId: string
  priority: number
  openedAgoMs: number
}

// One look is bounded, and drawn by lot: what lives long and well must not keep the others from being looked at.
const AT_ONCE = 200

/** The caretaker's view across users, on its own role: heads only, no holdings. */
export function createCaretaking(database: Database) {
  /** Opened, but no run began it: whoever should have started one died, or the engine was away. */
  const unstarted = (olderThanMs: number): Promise<Watched[]> =>
    watched(database, sql`r.state = 'requested' AND r.opened_at < now() - ${ms(olderThanMs)}`)

  /** Rows that were written from outside and that the run has not read: the hint was lost. */
  const unseen = (olderThanMs: number): Promise<Watched[]> =>
    watched(
      database,
      sql`r.state IN ('running', 'parked') AND EXISTS (SELECT FROM plans p
        WHERE p.user_id = r.user_id AND p.refresh_no = r.refresh_no AND p.unseen
          AND p.changed_at < now() - ${ms(olderThanMs)})`,
    )

  /** Begun and still open: the engine may know better. */
  const begun = (olderThanMs: number): Promise<Watched[]> =>
    watched(database, sql`r.state IN ('running', 'parked') AND r.begun_at < now() - ${ms(olderThanMs)}`)

  /** Closed, but nobody has seen its run end. */
  const closedWithRun = (olderThanMs: number): Promise<Watched[]> =>
    watched(
      database,
      sql`r.closed_at IS NOT NULL AND r.run_ended_at IS NULL AND r.closed_at < now() - ${ms(olderThanMs)}`,
    )

  /** Closes by name what the engine says is over. Skips a user who is busy: the next round comes soon. */
  const closeAs = (
    { userId, refreshNo }: Watched,
    as: Exclude<ClosedRefreshState, 'succeeded'>,
    because: string,
  ): Promise<boolean> =>
    database.asNobody(async (tx) => {
      if (!(await lockUserIfFree(tx, userId))) return false
      const refresh = await lockRefresh(tx, userId, refreshNo)
      if (!refresh || !isOpen(refresh.state)) return false
      await closeLocked(tx, userId, refreshNo, as, because, 'someone-else')
      await markRunEnded(tx, userId, refreshNo)
      return true
    })

  const runEnded = ({ userId, refreshNo }: Watched): Promise<void> =>
    database.asNobody((tx) => markRunEnded(tx, userId, refreshNo))

  return { unstarted, unseen, begun, closedWithRun, closeAs, runEnded }
}

export type Caretaking = ReturnType<typeof createCaretaking>

const ms = (milliseconds: number) => sql`make_interval(secs => ${milliseconds / 1000})`

const watched = (database: Database, condition: ReturnType<typeof sql>): Promise<Watched[]> =>
  database.asNobody((tx) =>
    tx.execute<Watched>(sql`
      SELECT r.user_id::float8 AS "userId", u.user_key AS "userKey", r.refresh_no AS "refreshNo", r.state,
        r.workflow_id AS "workflowId", r.priority,
        (extract(epoch FROM now() - r.opened_at) * 1000)::int AS "openedAgoMs"
      FROM refreshes r JOIN users u USING (user_id)
      WHERE r.run_ended_at IS NULL AND ${condition}
      ORDER BY random() LIMIT ${AT_ONCE}`),
  )

async function markRunEnded(tx: Tx, userId: UserId, refreshNo: number): Promise<void> {
  await tx.execute(sql`
    UPDATE refreshes SET run_ended_at = coalesce(run_ended_at, now())
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo}`)
}
