import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core'

import { bytes, instant, institutionId, userId } from './columns.ts'
import { userInstitutions, users } from './people.ts'

export const events = pgTable(
  'events',
  {
    userId: userId(),
    eventId: bigint('event_id', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    type: text('type').notNull(),
    institutionId: text('institution_id'),
    idempotencyKey: text('idempotency_key'),
    bodyHash: bytes('body_hash'),
    outcome: text('outcome').notNull(),
    /** What the caller was told; the same key and body are told it again. */
    answer: jsonb('answer').notNull(),
    refreshNo: integer('refresh_no'),
    /** A button that tried again what had failed: counted, so that it has a limit. */
    triesAgain: boolean('tries_again').notNull().default(false),
    dueAt: instant('due_at'),
    occurredAt: instant('occurred_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.eventId] }),
    foreignKey({ columns: [t.userId], foreignColumns: [users.userId] }),
    unique('one_event_per_idempotency_key').on(t.userId, t.idempotencyKey),
    index('events_that_try_again')
      .on(t.userId, t.occurredAt)
      .where(sql`tries_again`),
  ],
)

export const refreshes = pgTable(
  'refreshes',
  {
    userId: userId(),
    refreshNo: integer('refresh_no').notNull(),
    state: text('state').notNull(),
    reason: text('reason').notNull(),
    workflowId: text('workflow_id').notNull(),
    runId: text('run_id'),
    priority: integer('priority').notNull(),
    patienceMs: integer('patience_ms').notNull(),
    /** Bound for institutions without a plan row. */
    baseNotOlderThan: instant('base_not_older_than').notNull(),
    openedAt: instant('opened_at').notNull().defaultNow(),
    begunAt: instant('begun_at'),
    /** While parked: when its run wakes by itself, at the latest its deadline. */
    wakeAt: instant('wake_at'),
    deadline: instant('deadline').notNull(),
    closedAt: instant('closed_at'),
    /** Why it ended as it did: a failure's name, or who cancelled. Never data. */
    closedBecause: text('closed_because'),
    /** When its run closed it, or the engine said that the run is over; until then the caretaker keeps looking. */
    runEndedAt: instant('run_ended_at'),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.refreshNo] }),
    foreignKey({ columns: [t.userId], foreignColumns: [users.userId] }),
    uniqueIndex('one_open_refresh_per_user')
      .on(t.userId)
      .where(sql`state IN ('requested', 'running', 'parked')`),
    index('refreshes_with_a_run')
      .on(t.openedAt)
      .where(sql`run_ended_at IS NULL`),
    // An operator's list, newest first. Of columns that never change: no update of a refresh touches it.
    index('refreshes_by_opening').on(t.openedAt, t.userId, t.refreshNo),
    check(
      'refresh_state_is_known',
      sql`${t.state} IN ('requested', 'running', 'parked', 'succeeded', 'incomplete', 'failed', 'cancelled', 'lost')`,
    ),
    check('parked_refreshes_wake', sql`(${t.state} = 'parked') = (${t.wakeAt} IS NOT NULL)`),
    check(
      'closed_refreshes_have_an_end',
      sql`(${t.closedAt} IS NULL) = (${t.state} IN ('requested', 'running', 'parked'))`,
    ),
  ],
)

export const plans = pgTable(
  'plans',
  {
    userId: userId(),
    refreshNo: integer('refresh_no').notNull(),
    institutionId: institutionId(),
    generation: integer('generation').notNull(),
    round: integer('round').notNull().default(1),
    /** Written from outside and not yet read by the run; the caretaker hints while it stays so. */
    unseen: boolean('unseen').notNull().default(true),
    reason: text('reason').notNull(),
    apiType: text('api_type').notNull(),
    /** How far back a first reading goes. */
    spanMonths: integer('span_months').notNull(),
    notOlderThan: instant('not_older_than').notNull(),
    limits: jsonb('limits').notNull(),
    state: text('state').notNull(),
    failure: text('failure'),
    /** When it is tried again by itself, after a failure or a gap. Null: waiting mends nothing, or nothing is missing. */
    nextTryAt: instant('next_try_at'),
    /** The institution named it: nobody tries before, whoever asks. */
    notBefore: instant('not_before'),
    /** How often it has waited since something last came of it. */
    waits: integer('waits').notNull().default(0),
    seq: integer('seq'),
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.refreshNo, t.institutionId] }),
    foreignKey({
      columns: [t.userId, t.refreshNo],
      foreignColumns: [refreshes.userId, refreshes.refreshNo],
    }),
    foreignKey({
      columns: [t.userId, t.institutionId],
      foreignColumns: [userInstitutions.userId, userInstitutions.institutionId],
    }),
    // On a column that never changes: an update of a row that is seen stays on its page.
    index('plans_not_yet_seen')
      .on(t.userId)
      .where(sql`unseen`),
    // Who else fails like this: without it a rare failure is looked for in every row there is (1.3 s among 2 million,
    // 1 ms with it). Only rows that failed are in it, so a row that is read and collected stays on its page.
    index('plans_that_failed')
      .on(t.institutionId, t.failure)
      .where(sql`failure IS NOT NULL`),
    // Who was left without an institution that is back: of its rows that failed, the late ones.
    index('plans_left_without')
      .on(t.institutionId, t.changedAt)
      .where(sql`state IN ('failed', 'excused')`),
    index('plans_that_wait')
      .on(t.nextTryAt)
      .where(sql`next_try_at IS NOT NULL`),
    check(
      'only_what_has_settled_waits',
      sql`${t.nextTryAt} IS NULL OR ${t.state} IN ('failed', 'collected')`,
    ),
    check(
      'plan_state_is_known',
      sql`${t.state} IN ('pending', 'collecting', 'collected', 'failed', 'withdrawn', 'excused')`,
    ),
    check('failed_with_a_failure', sql`(${t.state} = 'failed') = (${t.failure} IS NOT NULL)`),
    check('collected_with_a_collection', sql`${t.state} <> 'collected' OR ${t.seq} IS NOT NULL`),
  ],
)

/** A row at the start of each try, closed at its end; numbered here, not by the engine. */
export const attempts = pgTable(
  'attempts',
  {
    userId: userId(),
    refreshNo: integer('refresh_no').notNull(),
    institutionId: institutionId(),
    round: integer('round').notNull(),
    attempt: integer('attempt').notNull(),
    startedAt: instant('started_at').notNull(),
    endedAt: instant('ended_at'),
    outcome: text('outcome'),
    failure: text('failure'),
    /** How far it had come when it failed: an operator's hint, of no effect. */
    step: text('step'),
    calls: integer('calls'),
    rows: integer('rows'),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.refreshNo, t.institutionId, t.round, t.attempt] }),
    foreignKey({
      columns: [t.userId, t.refreshNo, t.institutionId],
      foreignColumns: [plans.userId, plans.refreshNo, plans.institutionId],
    }),
    check(
      'attempt_outcome_is_known',
      sql`(${t.endedAt} IS NULL) = (${t.outcome} IS NULL) AND (${t.outcome} IS NULL OR ${t.outcome} IN ('changed', 'unchanged', 'failed', 'stopped', 'abandoned'))`,
    ),
  ],
)

export const collections = pgTable(
  'collections',
  {
    userId: userId(),
    institutionId: institutionId(),
    seq: integer('seq').notNull(),
    generation: integer('generation').notNull(),
    refreshNo: integer('refresh_no').notNull(),
    round: integer('round').notNull(),
    /** The database's clock before the first call. */
    asOf: instant('as_of').notNull(),
    outcome: text('outcome').notNull(),
    gaps: jsonb('gaps').notNull().default([]),
    collectedAt: instant('collected_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.institutionId, t.seq] }),
    foreignKey({
      columns: [t.userId, t.institutionId],
      foreignColumns: [userInstitutions.userId, userInstitutions.institutionId],
    }),
    unique('one_collection_per_round').on(t.userId, t.institutionId, t.refreshNo, t.round),
    check('collection_outcome_is_known', sql`${t.outcome} IN ('changed', 'unchanged')`),
  ],
)

export const watermarks = pgTable(
  'watermarks',
  {
    userId: userId(),
    institutionId: institutionId(),
    /** Natural key of the account; the nil uuid for the list itself. */
    asset: text('asset').notNull(),
    api: text('api').notNull(),
    searchTimestamp: text('search_timestamp'),
    readUntil: date('read_until', { mode: 'string' }),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.institutionId, t.asset, t.api] }),
    foreignKey({
      columns: [t.userId, t.institutionId],
      foreignColumns: [userInstitutions.userId, userInstitutions.institutionId],
    }),
  ],
)
