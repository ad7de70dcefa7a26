import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core'

import { instant, institutionId, userId } from './columns.ts'
import { users } from './people.ts'
import { collections, refreshes } from './refreshes.ts'

export const snapshots = pgTable(
  'snapshots',
  {
    userId: userId(),
    snapshotNo: integer('snapshot_no').notNull(),
    refreshNo: integer('refresh_no').notNull(),
    cutNo: integer('cut_no').notNull(),
    status: text('status').notNull(),
    /** Which state of the classifications belongs to it; null until classified. */
    classSeq: integer('class_seq'),
    /** How far apart its parts were read. Recorded and shown, not enforced. */
    skewMs: bigint('skew_ms', { mode: 'number' }),
    cutAt: instant('cut_at').notNull().defaultNow(),
    publishedAt: instant('published_at'),
    /** Since when its parts and analyses are gone. The row stays: no number is given twice, and what was shown is known. */
    purgedAt: instant('purged_at'),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.snapshotNo] }),
    foreignKey({
      columns: [t.userId, t.refreshNo],
      foreignColumns: [refreshes.userId, refreshes.refreshNo],
    }),
    unique('snapshot_with_its_status').on(t.userId, t.snapshotNo, t.status),
    unique('one_snapshot_per_cut').on(t.userId, t.refreshNo, t.cutNo),
    check('snapshot_status_is_known', sql`${t.status} IN ('building', 'complete', 'partial', 'discarded')`),
    check('purged_is_not_building', sql`${t.purgedAt} IS NULL OR ${t.status} <> 'building'`),
    check(
      'published_snapshots_were_published',
      sql`(${t.publishedAt} IS NOT NULL) = (${t.status} IN ('complete', 'partial'))`,
    ),
  ],
)

/** Which collection of each institution is in a cut. A cut cannot name what was never committed. */
export const snapshotInstitutions = pgTable(
  'snapshot_institutions',
  {
    userId: userId(),
    snapshotNo: integer('snapshot_no').notNull(),
    institutionId: institutionId(),
    generation: integer('generation'),
    state: text('state').notNull(),
    seq: integer('seq'),
    asOf: instant('as_of'),
    reason: text('reason'),
    isRequired: boolean('is_required').notNull(),
    gaps: jsonb('gaps').notNull().default([]),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.snapshotNo, t.institutionId] }),
    foreignKey({
      columns: [t.userId, t.snapshotNo],
      foreignColumns: [snapshots.userId, snapshots.snapshotNo],
    }),
    foreignKey({
      columns: [t.userId, t.institutionId, t.seq],
      foreignColumns: [collections.userId, collections.institutionId, collections.seq],
    }),
    check('part_state_is_known', sql`${t.state} IN ('fresh', 'carried_over', 'absent')`),
    check('absent_means_no_collection', sql`(${t.state} = 'absent') = (${t.seq} IS NULL)`),
  ],
)

/** A versioned stream of its own: what is classified again and comes out the same costs no row. */
export const classifications = pgTable(
  'classifications',
  {
    userId: userId(),
    transactionId: bigint('transaction_id', { mode: 'number' }).notNull(),
    introducedClassSeq: integer('introduced_class_seq').notNull(),
    removedClassSeq: integer('removed_class_seq'),
    category: text('category').notNull(),
    rule: text('rule').notNull(),
    confidence: numeric('confidence', { precision: 4, scale: 3 }).notNull(),
    classifier: integer('classifier').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.transactionId, t.introducedClassSeq] }),
    foreignKey({ columns: [t.userId], foreignColumns: [users.userId] }),
    uniqueIndex('one_live_classification')
      .on(t.userId, t.transactionId)
      .where(sql`removed_class_seq IS NULL`),
    index('gone_from_classifications')
      .on(t.userId, t.removedClassSeq)
      .where(sql`removed_class_seq IS NOT NULL`),
  ],
)

export const analyses = pgTable(
  'analyses',
  {
    userId: userId(),
    snapshotNo: integer('snapshot_no').notNull(),
    analyser: text('analyser').notNull(),
    version: integer('version').notNull(),
    isRequired: boolean('is_required').notNull(),
    document: jsonb('document'),
    failure: text('failure'),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.snapshotNo, t.analyser] }),
    foreignKey({
      columns: [t.userId, t.snapshotNo],
      foreignColumns: [snapshots.userId, snapshots.snapshotNo],
    }),
    check('a_document_or_a_failure', sql`(${t.document} IS NULL) = (${t.failure} IS NOT NULL)`),
  ],
)

/** What readers may reach: the only door to a snapshot. */
export const publishedSnapshots = pgTable(
  'published_snapshots',
  {
    userId: userId(),
    view: text('view').notNull(),
    snapshotNo: integer('snapshot_no').notNull(),
    status: text('status').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.view] }),
    foreignKey({
      columns: [t.userId, t.snapshotNo, t.status],
      foreignColumns: [snapshots.userId, snapshots.snapshotNo, snapshots.status],
    }),
    index('published_by_snapshot').on(t.userId, t.snapshotNo, t.status),
    check(
      'views_name_what_they_say',
      sql`(${t.view} = 'complete' AND ${t.status} = 'complete') OR (${t.view} = 'latest' AND ${t.status} IN ('complete', 'partial'))`,
    ),
  ],
)
