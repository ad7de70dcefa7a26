import { sql } from 'drizzle-orm'

import { type ClosedRefreshState, isOpen, type RefreshState } from '../domain/refresh.ts'
import type { Database, Tx, UserId } from './database.ts'
import { lockRefresh, lockUserIfFree } from './locks.ts'
import { auditEngine, closeLocked, type EngineWord } from './refreshes.ts'

/** A refresh that the caretaker looks at, by the names the engine knows. */
export type Watched = {
  userId: UserId
  userKey: string
  refreshNo: number
  state: RefreshState
  workflowId: string
  priority: number
}

// One look is bounded, and drawn by lot: what lives long and well must not keep the others from being looked at.
const AT_ONCE = 200
// Each is a call to the engine: eight a second at most, whatever waits.
const PARKED_AT_ONCE = 40

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
    watched(database, sql`r.state = 'running' AND r.begun_at < now() - ${ms(olderThanMs)}`)

  /** The same of those that wait: there may be thousands, for hours, so that only some are looked at in a round. */
  const parked = (olderThanMs: number): Promise<Watched[]> =>
    watched(database, sql`r.state = 'parked' AND r.begun_at < now() - ${ms(olderThanMs)}`, PARKED_AT_ONCE)

  /**
   * Parked, and due although its run does not know it: an institution recovered, or its timer was lost. Of those that
   * wait for one institution no more than it has slots free; users before schedules, who waited longest first.
   */
  const due = (lateMs: number): Promise<Watched[]> =>
    database.asNobody((tx) =>
      tx.execute<Watched>(sql`
        WITH waiting AS (
          SELECT p.institution_id, p.user_id, p.refresh_no,
            row_number() OVER (PARTITION BY p.institution_id ORDER BY r.priority, p.next_try_at) AS place
          FROM plans p JOIN refreshes r USING (user_id, refresh_no)
          WHERE p.next_try_at <= now() AND r.state = 'parked'
            AND (r.wake_at > now() OR r.wake_at < now() - ${ms(lateMs)})
        ), free AS (
          SELECT i.institution_id, i.concurrency - (SELECT count(*) FROM institution_slots s
            WHERE s.institution_id = i.institution_id AND s.holder IS NOT NULL AND s.expires_at > now()) AS slots
          FROM institutions i WHERE i.institution_id IN (SELECT institution_id FROM waiting)
        )
        SELECT DISTINCT ${watchedColumns} FROM waiting w
        JOIN free f USING (institution_id) JOIN refreshes r USING (user_id, refresh_no) JOIN users u USING (user_id)
        WHERE w.place <= f.slots LIMIT ${AT_ONCE}`),
    )

  /** Parked beyond its deadline, whatever its next try: its timer was lost. It calls nobody any more and takes no slot. */
  const overdue = (lateMs: number): Promise<Watched[]> =>
    watched(database, sql`r.state = 'parked' AND r.deadline < now() - ${ms(lateMs)}`)

  /** Long past its deadline, parked or not: its run is stuck, or was paused. What was in flight at the deadline has ended. */
  const overstayed = (lateMs: number): Promise<Watched[]> =>
    watched(database, sql`r.closed_at IS NULL AND r.deadline < now() - ${ms(lateMs)}`)

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
    word: EngineWord | null,
    isRunOver = true,
  ): Promise<boolean> =>
    database.asNobody(async (tx) => {
      if (!(await lockUserIfFree(tx, userId))) return false
      const refresh = await lockRefresh(tx, userId, refreshNo)
      if (!refresh || !isOpen(refresh.state)) return false
      await closeLocked(tx, userId, refreshNo, as, because, 'someone-else')
      if (isRunOver) await markRunEnded(tx, userId, refreshNo)
      if (word) await auditEngine(tx, userId, refreshNo, word, { before: refresh.state, after: as })
      return true
    })

  const runEnded = ({ userId, refreshNo }: Watched): Promise<void> =>
    database.asNobody((tx) => markRunEnded(tx, userId, refreshNo))

  return { unstarted, unseen, begun, parked, due, overdue, overstayed, closedWithRun, closeAs, runEnded }
}

export type Caretaking = ReturnType<typeof createCaretaking>

const ms = (milliseconds: number) => sql`make_interval(secs => ${milliseconds / 1000})`

const watchedColumns = sql`r.user_id::float8 AS "userId", u.user_key AS "userKey", r.refresh_no AS "refreshNo", r.state,
  r.workflow_id AS "workflowId", r.priority`

const watched = (
  database: Database,
  condition: ReturnType<typeof sql>,
  atOnce = AT_ONCE,
): Promise<Watched[]> =>
  database.asNobody((tx) =>
    tx.execute<Watched>(sql`
      SELECT ${watchedColumns} FROM refreshes r JOIN users u USING (user_id)
      WHERE r.run_ended_at IS NULL AND ${condition}
      ORDER BY random() LIMIT ${atOnce}`),
  )

async function markRunEnded(tx: Tx, userId: UserId, refreshNo: number): Promise<void> {
  await tx.execute(sql`
    UPDATE refreshes SET run_ended_at = coalesce(run_ended_at, now())
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo}`)
}
