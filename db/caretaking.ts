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

/** Whom to wake now, and whether others are due for whom there is no room yet. */
export type Due = { next: Watched[]; areMore: boolean }

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

  /**
   * Running, and something of it has been due for a while: an institution recovered while its run waits for another one
   * that hangs. Past the deadline nothing new is begun.
   */
  const behind = (lateMs: number): Promise<Watched[]> =>
    watched(
      database,
      sql`r.state = 'running' AND r.deadline > now() AND EXISTS (SELECT FROM plans p
        WHERE p.user_id = r.user_id AND p.refresh_no = r.refresh_no AND p.next_try_at < now() - ${ms(lateMs)})`,
    )

  /** Begun and still open: the engine may know better. */
  const begun = (olderThanMs: number): Promise<Watched[]> =>
    watched(database, sql`r.state = 'running' AND r.begun_at < now() - ${ms(olderThanMs)}`)

  /** The same of those that wait: there may be thousands, for hours, so that only some are looked at in a round. */
  const parked = (olderThanMs: number): Promise<Watched[]> =>
    watched(database, sql`r.state = 'parked' AND r.begun_at < now() - ${ms(olderThanMs)}`, PARKED_AT_ONCE)

  /**
   * Parked, and due although its run does not know it: an institution recovered, or its timer was lost. Of those that
   * wait for one institution no more than it has slots free, and its breaker lets in; users before schedules, who waited longest first.
   */
  const due = (lateMs: number): Promise<Due> =>
    database.asNobody(async (tx) => {
      const rows = await tx.execute<Watched & { hasRoom: boolean }>(sql`
        WITH waiting AS (
          SELECT p.institution_id, p.user_id, p.refresh_no, p.next_try_at,
            row_number() OVER (PARTITION BY p.institution_id ORDER BY r.priority, p.next_try_at) AS place
          FROM plans p JOIN refreshes r USING (user_id, refresh_no)
          WHERE p.next_try_at <= now() AND r.state = 'parked'
            AND (r.wake_at > now() OR r.wake_at < now() - ${ms(lateMs)})
        ), arriving AS (${arriving}
        ), free AS (
          SELECT i.institution_id, least(${mostByBreaker}, i.concurrency - coalesce(a.count, 0) - (
            SELECT count(*) FROM institution_slots s
            WHERE s.institution_id = i.institution_id AND s.holder IS NOT NULL AND s.expires_at > now())) AS slots
          FROM institutions i LEFT JOIN arriving a USING (institution_id) LEFT JOIN breakers b USING (institution_id)
          WHERE i.institution_id IN (SELECT institution_id FROM waiting) AND ${mostByBreaker} > 0
        )
        SELECT ${watchedColumns}, bool_or(w.place <= f.slots) AS "hasRoom" FROM waiting w
        JOIN free f USING (institution_id) JOIN refreshes r USING (user_id, refresh_no) JOIN users u USING (user_id)
        WHERE w.place <= greatest(f.slots, 0) + 1
        GROUP BY r.user_id, r.refresh_no, u.user_key
        ORDER BY "hasRoom" DESC, r.priority, min(w.next_try_at) LIMIT ${AT_ONCE}`)
      const next = rows.filter(({ hasRoom }) => hasRoom)
      return { next, areMore: next.length < rows.length || rows.length === AT_ONCE }
    })

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

  return {
    unstarted,
    unseen,
    behind,
    begun,
    parked,
    due,
    overdue,
    overstayed,
    closedWithRun,
    closeAs,
    runEnded,
  }
}

export type Caretaking = ReturnType<typeof createCaretaking>

const ms = (milliseconds: number) => sql`make_interval(secs => ${milliseconds / 1000})`

const watchedColumns = sql`r.user_id::float8 AS "userId", u.user_key AS "userKey", r.refresh_no AS "refreshNo", r.state,
  r.workflow_id AS "workflowId", r.priority`

// Woken moments ago and on their way to a slot; later they wait for their turn, and nobody waits for them. Counted only
// where anybody is to be woken: every open refresh is looked at.
const ARRIVES_WITHIN_MS = 10_000

// As domain/breaker.ts permits: all, one probe, or nobody, and then nobody need look again before long.
const mostByBreaker = sql`
  CASE WHEN coalesce(b.state, 'closed') = 'closed' THEN i.concurrency
    WHEN coalesce(b.probe_from, now()) <= now() AND coalesce(b.probe_until, now()) <= now() THEN 1 ELSE 0 END`

const arriving = sql`
  SELECT p.institution_id, count(*) AS count FROM refreshes r JOIN plans p USING (user_id, refresh_no)
  WHERE r.run_ended_at IS NULL AND r.state = 'running' AND p.state = 'pending'
    AND p.changed_at > now() - ${ms(ARRIVES_WITHIN_MS)} AND EXISTS (SELECT FROM waiting)
  GROUP BY 1`

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
