import { type SQL, sql } from 'drizzle-orm'

import { heldInWords } from '../domain/institution-settings.ts'
import type { PartState, PlanState, RefreshState, SnapshotStatus } from '../domain/refresh.ts'
import type { Database } from './database.ts'
import { SETTINGS_COLUMNS, settingsOf, type SettingsRow } from './institution-settings.ts'

/** Everything the rows say of one refresh, as of one instant. Instants are ISO 8601 in UTC. */
export type RefreshStory = {
  now: string
  refresh: {
    userKey: string
    refreshNo: number
    state: RefreshState
    reason: string
    workflowId: string
    runId: string | null
    priority: number
    patienceMs: number
    openedAt: string
    begunAt: string | null
    /** While parked: when its run wakes by itself. */
    wakeAt: string | null
    deadline: string
    closedAt: string | null
    closedBecause: string | null
    runEndedAt: string | null
  }
  plan: StoryPlanRow[]
  attempts: StoryAttempt[]
  events: { eventId: number; type: string; institutionId: string | null; outcome: string; at: string }[]
  snapshots: StorySnapshot[]
  orders: StoryOrder[]
}

export type StoryPlanRow = {
  institutionId: string
  name: string
  state: PlanState
  failure: string | null
  nextTryAt: string | null
  /** The institution named it: nobody tries before. */
  notBefore: string | null
  /** What operators have said that holds it back now, in words: a pause, a window. */
  held: string | null
  round: number
  isUnseen: boolean
  reason: string
  apiType: string
  notOlderThan: string
  changedAt: string
}

export type StoryAttempt = {
  institutionId: string
  round: number
  attempt: number
  startedAt: string
  endedAt: string | null
  outcome: 'changed' | 'unchanged' | 'failed' | 'stopped' | 'abandoned' | null
  failure: string | null
  calls: number | null
  rows: number | null
}

export type StorySnapshot = {
  snapshotNo: number
  cutNo: number
  status: SnapshotStatus
  cutAt: string
  publishedAt: string | null
  /** Parts that are not whole, and those that are not required. */
  lacking: {
    institutionId: string
    state: PartState
    reason: string | null
    isRequired: boolean
    asOf: string | null
  }[]
}

/** An order about this refresh, or about an institution in its plan while it was open. */
export type StoryOrder = {
  auditNo: number
  at: string
  actor: string
  action: string
  institutionId: string | null
  reason: string | null
  details: Record<string, unknown>
}

// A refresh lives for a day. 100 institutions with 3 tries in each of 6 rounds are 1,800 attempts; somebody who presses
// without end makes more: the newest are kept.
const MOST_ATTEMPTS = 2_000
const MOST_EVENTS = 500
// As many cuts as a run may make.
const MOST_SNAPSHOTS = 500
const MOST_ORDERS = 500

/** How one refresh came to be as it is. One statement, so that its parts are of one instant. */
export function createOperatorStory(database: Database) {
  /** Null: there is no such refresh. */
  const of = (userKey: string, refreshNo: number): Promise<RefreshStory | null> =>
    database.asNobody(async (tx) => {
      const [row] = await tx.execute<{ story: StoredStory }>(sql`
        SELECT json_build_object(
          'now', ${iso('now()')},
          'refresh', json_build_object('userKey', u.user_key, 'refreshNo', r.refresh_no, 'state', r.state,
            'reason', r.reason, 'workflowId', r.workflow_id, 'runId', r.run_id, 'priority', r.priority,
            'patienceMs', r.patience_ms, 'openedAt', ${iso('r.opened_at')}, 'begunAt', ${iso('r.begun_at')},
            'wakeAt', ${iso('r.wake_at')},
            'deadline', ${iso('r.deadline')}, 'closedAt', ${iso('r.closed_at')},
            'closedBecause', r.closed_because, 'runEndedAt', ${iso('r.run_ended_at')}),
          'plan', ${list(planRows, sql`"institutionId"`)},
          'attempts', ${list(attemptRows, sql`"startedAt", "institutionId", "round", "attempt"`)},
          'events', ${list(eventRows, sql`"eventId"`)},
          'snapshots', ${list(snapshotRows, sql`"snapshotNo"`)},
          'orders', ${list(orderRows, sql`"auditNo"`)}
        ) AS story
        FROM refreshes r JOIN users u USING (user_id)
        WHERE u.user_key = ${userKey} AND r.refresh_no = ${refreshNo}`)
      return row ? withWords(row.story) : null
    })

  return { of }
}

export type OperatorStory = ReturnType<typeof createOperatorStory>

type StoredStory = Omit<RefreshStory, 'plan'> & {
  plan: (Omit<StoryPlanRow, 'held'> & { settings: SettingsRow })[]
}

const withWords = ({ plan, ...story }: StoredStory): RefreshStory => ({
  ...story,
  plan: plan.map(({ settings, ...row }) => ({
    ...row,
    held: heldInWords(settingsOf(settings), new Date(story.now)),
  })),
})

/** Whether the beginning of something is missing, because there was more of it than is kept. */
export const isShortened = ({ attempts, events, snapshots, orders }: RefreshStory): boolean =>
  attempts.length >= MOST_ATTEMPTS ||
  events.length >= MOST_EVENTS ||
  snapshots.length >= MOST_SNAPSHOTS ||
  orders.length >= MOST_ORDERS

/** As JavaScript writes an instant, so that two of them can be compared as they are. */
function iso(column: string): SQL {
  return sql`to_char(${sql.raw(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

const list = (rows: SQL, order: SQL): SQL =>
  sql`(SELECT coalesce(json_agg(x ORDER BY ${order}), '[]') FROM (${rows}) x)`

const ofRefresh = (alias: string): SQL =>
  sql`${sql.raw(alias)}.user_id = r.user_id AND ${sql.raw(alias)}.refresh_no = r.refresh_no`

const planRows = sql`
  SELECT p.institution_id AS "institutionId", i.name, p.state, p.failure, ${iso('p.next_try_at')} AS "nextTryAt",
    ${iso('p.not_before')} AS "notBefore", p.round, p.unseen AS "isUnseen", p.reason, p.api_type AS "apiType", ${iso('p.not_older_than')} AS "notOlderThan",
    ${iso('p.changed_at')} AS "changedAt",
    (SELECT to_json(s) FROM (SELECT ${SETTINGS_COLUMNS} FROM institutions WHERE institution_id = p.institution_id) s)
      AS settings
  FROM plans p JOIN institutions i USING (institution_id) WHERE ${ofRefresh('p')}`

const attemptRows = sql`
  SELECT a.institution_id AS "institutionId", a.round, a.attempt, ${iso('a.started_at')} AS "startedAt",
    ${iso('a.ended_at')} AS "endedAt", a.outcome, a.failure, a.calls, a.rows
  FROM attempts a WHERE ${ofRefresh('a')}
  ORDER BY a.started_at DESC, a.round DESC, a.attempt DESC LIMIT ${MOST_ATTEMPTS}`

const eventRows = sql`
  SELECT e.event_id AS "eventId", e.type, e.institution_id AS "institutionId", e.outcome,
    ${iso('e.occurred_at')} AS at
  FROM events e WHERE ${ofRefresh('e')} ORDER BY e.event_id DESC LIMIT ${MOST_EVENTS}`

const snapshotRows = sql`
  SELECT s.snapshot_no AS "snapshotNo", s.cut_no AS "cutNo", s.status, ${iso('s.cut_at')} AS "cutAt",
    ${iso('s.published_at')} AS "publishedAt",
    (SELECT coalesce(json_agg(l ORDER BY l."institutionId"), '[]') FROM (
      SELECT si.institution_id AS "institutionId", si.state, si.reason, si.is_required AS "isRequired",
        ${iso('si.as_of')} AS "asOf"
      FROM snapshot_institutions si WHERE si.user_id = s.user_id AND si.snapshot_no = s.snapshot_no
        AND (si.state <> 'fresh' OR si.reason IS NOT NULL OR NOT si.is_required)) l) AS lacking
  FROM snapshots s WHERE ${ofRefresh('s')} ORDER BY s.snapshot_no DESC LIMIT ${MOST_SNAPSHOTS}`

const orderRows = sql`
  SELECT o.audit_no AS "auditNo", ${iso('o.at')} AS at, o.actor, o.action, o.institution_id AS "institutionId",
    o.reason, o.details
  FROM audit o WHERE (o.user_key = u.user_key AND o.details ->> 'refreshNo' = r.refresh_no::text)
    OR (o.user_key IS NULL AND o.at BETWEEN r.opened_at AND coalesce(r.closed_at, now()) AND EXISTS (
      SELECT FROM plans p WHERE ${ofRefresh('p')} AND p.institution_id = o.institution_id))
  ORDER BY o.audit_no DESC LIMIT ${MOST_ORDERS}`
