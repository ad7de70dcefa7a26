import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
} from 'drizzle-orm/pg-core'

import { instant, institutionId, userId } from './columns.ts'
import { userInstitutions } from './people.ts'
import { refreshes } from './refreshes.ts'

/** An order for many refreshes: exactly those that were seen when it was proposed. */
export const operatorBatches = pgTable(
  'operator_batches',
  {
    batchNo: bigint('batch_no', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    verb: text('verb').notNull(),
    filter: jsonb('filter').notNull(),
    institutionIds: text('institution_ids').array(),
    proposedBy: text('proposed_by').notNull(),
    proposedAt: instant('proposed_at').notNull().defaultNow(),
    /** How many were seen; who gives the order says it again. */
    refreshes: integer('refreshes').notNull(),
    /** Null: it was looked at, and never ordered. */
    begunAt: instant('begun_at'),
    begunBy: text('begun_by'),
    reason: text('reason'),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('batches_by_proposal').on(t.proposedAt),
    check('batch_verb_is_known', sql`${t.verb} IN ('cancel', 'resume', 'excuse')`),
    check(
      'begun_by_somebody',
      sql`(${t.begunAt} IS NULL) = (${t.begunBy} IS NULL) AND (${t.begunAt} IS NULL) = (${t.reason} IS NULL)`,
    ),
  ],
)

/** One refresh of a batch, and what came of the order for it. */
export const operatorBatchItems = pgTable(
  'operator_batch_items',
  {
    userId: userId(),
    refreshNo: integer('refresh_no').notNull(),
    batchNo: bigint('batch_no', { mode: 'number' }).notNull(),
    outcome: text('outcome'),
    because: text('because'),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.refreshNo, t.batchNo] }),
    foreignKey({
      columns: [t.userId, t.refreshNo],
      foreignColumns: [refreshes.userId, refreshes.refreshNo],
    }),
    foreignKey({ columns: [t.batchNo], foreignColumns: [operatorBatches.batchNo] }).onDelete('cascade'),
    index('items_of_a_batch').on(t.batchNo, t.outcome),
    check('item_outcome_is_known', sql`${t.outcome} IN ('done', 'already', 'refused')`),
  ],
)

/**
 * Readings of one user at one institution that failed without a name, one after another, and since nothing came of any:
 * counted until they are set aside. Gone with the first reading that brings something.
 */
export const poisonReadings = pgTable(
  'poison_readings',
  {
    userId: userId(),
    institutionId: institutionId(),
    /** Under another consent it may be another matter: what was counted before does not count. */
    generation: integer('generation').notNull(),
    failed: integer('failed').notNull(),
    firstAt: instant('first_at').notNull(),
    lastAt: instant('last_at').notNull(),
    lastRefreshNo: integer('last_refresh_no').notNull(),
    step: text('step'),
    setAsideAt: instant('set_aside_at'),
    /** A developer had it put back; its refresh is not yet asked for. */
    replayAt: instant('replay_at'),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.institutionId] }),
    foreignKey({
      columns: [t.userId, t.institutionId],
      foreignColumns: [userInstitutions.userId, userInstitutions.institutionId],
    }),
    index('readings_set_aside')
      .on(t.setAsideAt)
      .where(sql`set_aside_at IS NOT NULL`),
    index('readings_to_replay')
      .on(t.replayAt)
      .where(sql`replay_at IS NOT NULL`),
    check('set_aside_or_replayed', sql`${t.setAsideAt} IS NULL OR ${t.replayAt} IS NULL`),
  ],
)
