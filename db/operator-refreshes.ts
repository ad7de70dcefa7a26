import { type SQL, sql } from 'drizzle-orm'

import type { FailureName } from '../domain/failures.ts'
import { OPEN_STATES, type PlanState, type RefreshState } from '../domain/refresh.ts'
import type { Database, UserId } from './database.ts'
import { instantText, toInstant, toInstantOrNull } from './instants.ts'

/** What an operator looks for; null or empty: whatever. */
export type RefreshFilter = {
  states: readonly RefreshState[]
  /** Institution and failure together mean: failed so at that one. */
  institutionId: string | null
  failure: FailureName | null
  olderThanMs: number | null
  /** Open ones that read this institution, or will try it again by themselves: what only its user can mend waits for nobody. */
  waitingFor: string | null
  userKey: string | null
}

/** Where a page of the list ended. */
export type RefreshCursor = { openedAt: Date; userKey: string; refreshNo: number }

export type RefreshHead = {
  userKey: string
  refreshNo: number
  state: RefreshState
  reason: string
  openedAt: Date
  closedAt: Date | null
  closedBecause: string | null
  /** From its opening to its end, or until now. */
  ageMs: number
  /** How many institutions stand how. */
  institutions: Partial<Record<PlanState, number>>
  /** The first of those that failed, by institution. */
  failed: { institutionId: string; failure: string; nextTryAt: Date | null }[]
}

// An institution that is down fails everybody alike: ten names say enough in a list, the refresh itself says all.
const FAILED_SHOWN = 10

/** Refreshes across users, on the operator's role: heads only, people by their opaque key. */
export function createOperatorRefreshes(database: Database) {
  /** Newest first, after the cursor. */
  const find = (filter: RefreshFilter, limit: number, after: RefreshCursor | null): Promise<RefreshHead[]> =>
    database.asNobody(async (tx) => {
      const rows = await tx.execute<Row>(sql`
        SELECT u.user_key AS "userKey", r.refresh_no AS "refreshNo", r.state, r.reason, r.opened_at AS "openedAt",
          r.closed_at AS "closedAt", r.closed_because AS "closedBecause",
          (extract(epoch FROM coalesce(r.closed_at, now()) - r.opened_at) * 1000)::float8 AS "ageMs",
          (SELECT coalesce(json_object_agg(state, n), '{}') FROM (
            SELECT p.state, count(*)::int AS n FROM plans p WHERE ${ofRefresh} GROUP BY 1) s) AS institutions,
          (SELECT coalesce(json_agg(f ORDER BY f."institutionId"), '[]') FROM (
            SELECT p.institution_id AS "institutionId", p.failure, p.next_try_at AS "nextTryAt" FROM plans p
            WHERE ${ofRefresh} AND p.failure IS NOT NULL ORDER BY 1 LIMIT ${FAILED_SHOWN}) f) AS failed
        FROM (SELECT * FROM refreshes r WHERE ${conditions(filter, after)}
          ORDER BY opened_at DESC, user_id DESC, refresh_no DESC LIMIT ${limit}) r
        JOIN users u USING (user_id)
        ORDER BY r.opened_at DESC, r.user_id DESC, r.refresh_no DESC`)
      return rows.map(head)
    })

  /** Null: there is no such user. */
  const userIdOf = (userKey: string): Promise<UserId | null> =>
    database.asNobody(async (tx) => {
      const [row] = await tx.execute<{ id: string }>(
        sql`SELECT user_id::text AS id FROM users WHERE user_key = ${userKey}`,
      )
      return row ? Number(row.id) : null
    })

  return { find, userIdOf }
}

export type OperatorRefreshes = ReturnType<typeof createOperatorRefreshes>

type Row = Omit<RefreshHead, 'openedAt' | 'closedAt' | 'failed'> & {
  openedAt: string
  closedAt: string | null
  failed: { institutionId: string; failure: string; nextTryAt: string | null }[]
}

const head = (row: Row): RefreshHead => ({
  ...row,
  openedAt: toInstant(row.openedAt),
  closedAt: toInstantOrNull(row.closedAt),
  ageMs: Math.max(0, Math.round(row.ageMs)),
  failed: row.failed.map(({ nextTryAt, ...rest }) => ({
    ...rest,
    nextTryAt: nextTryAt === null ? null : new Date(nextTryAt), // JSON carries it as ISO 8601
  })),
})

const ofRefresh = sql`p.user_id = r.user_id AND p.refresh_no = r.refresh_no`

/** What is true of a refresh `r` that is looked for. */
export function conditions(filter: RefreshFilter, after: RefreshCursor | null): SQL {
  const all: SQL[] = [sql`true`]
  if (filter.states.length > 0) all.push(sql`r.state IN ${[...filter.states]}`)
  if (filter.userKey !== null) all.push(sql`r.user_id = ${userWithKey(filter.userKey)}`)
  if (filter.olderThanMs !== null) {
    all.push(sql`r.opened_at < now() - make_interval(secs => ${filter.olderThanMs / 1000})`)
  }
  if (filter.institutionId !== null) all.push(isThere(filter.institutionId))
  if (filter.institutionId !== null || filter.failure !== null) all.push(planned(filter))
  if (filter.waitingFor !== null) all.push(waitsFor(filter.waitingFor))
  if (after) {
    // A user who is gone since has no rows left beside the cursor, so any number takes its place.
    all.push(sql`(r.opened_at, r.user_id, r.refresh_no)
      < (${instantText(after.openedAt)}::timestamptz, coalesce(${userWithKey(after.userKey)}, 0), ${after.refreshNo})`)
  }
  return sql.join(all, sql` AND `)
}

const userWithKey = (userKey: string): SQL => sql`(SELECT user_id FROM users WHERE user_key = ${userKey})`

/** Asked once, before anything is walked through: a code that nobody has would be looked for in every refresh. */
const isThere = (institutionId: string): SQL =>
  sql`EXISTS (SELECT FROM institutions WHERE institution_id = ${institutionId})`

const planned = ({ institutionId, failure }: RefreshFilter): SQL => sql`EXISTS (
  SELECT FROM plans p WHERE ${ofRefresh}
    ${institutionId === null ? sql`` : sql`AND p.institution_id = ${institutionId}`}
    ${failure === null ? sql`` : sql`AND p.failure = ${failure}`})`

const waitsFor = (institutionId: string): SQL => sql`r.state IN ${[...OPEN_STATES]} AND EXISTS (
  SELECT FROM plans p WHERE ${ofRefresh} AND p.institution_id = ${institutionId}
    AND (p.state IN ('pending', 'collecting') OR p.next_try_at IS NOT NULL))`
