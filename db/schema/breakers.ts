import { sql } from 'drizzle-orm'
import { bigint, check, foreignKey, index, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'

import { instant, institutionId } from './columns.ts'
import { institutions } from './people.ts'

/**
 * Whether an institution is called, as all workers agree (domain/breaker.ts), and how often it may be tried again at once.
 * Where there is no row, nothing is held against it.
 */
export const breakers = pgTable(
  'breakers',
  {
    institutionId: text('institution_id').primaryKey(),
    state: text('state').notNull().default('closed'),
    since: instant('since').notNull(),
    cause: text('cause'),
    /** When it last left `closed`. */
    openedAt: instant('opened_at'),
    openings: integer('openings').notNull().default(0),
    misses: integer('misses').notNull().default(0),
    /** The last minute in slices: [{at, calls, failures}]. */
    minute: jsonb('minute').notNull().default([]),
    probeFrom: instant('probe_from'),
    probeUntil: instant('probe_until'),
    probeNo: integer('probe_no').notNull().default(0),
    goodProbes: integer('good_probes').notNull().default(0),
    forcedTo: text('forced_to'),
    forcedUntil: instant('forced_until'),
    answeredAt: instant('answered_at'),
    missedAt: instant('missed_at'),
    /** What may still be spent on quick retries, in tenths, and since when that was counted (domain/retry-allowance.ts). */
    retryTenths: integer('retry_tenths').notNull(),
    retriesCountedAt: instant('retries_counted_at').notNull(),
    /** It closed, and those who were left without it are not all looked after yet: when somebody next does. */
    recoverAt: instant('recover_at'),
  },
  (t) => [
    foreignKey({ columns: [t.institutionId], foreignColumns: [institutions.institutionId] }),
    check('breaker_state_is_known', sql`${t.state} IN ('closed', 'open', 'half_open')`),
    check(
      'forced_until_an_end',
      sql`(${t.forcedTo} IS NULL) = (${t.forcedUntil} IS NULL) AND (${t.forcedTo} IS NULL OR ${t.forcedTo} IN ('open', 'closed'))`,
    ),
    check('closed_without_an_opening', sql`(${t.state} = 'closed') = (${t.openedAt} IS NULL)`),
  ],
)

/** Every change of a breaker, and why. The purger keeps a quarter of a year of it. */
export const breakerTransitions = pgTable(
  'breaker_transitions',
  {
    transitionNo: bigint('transition_no', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    institutionId: institutionId(),
    at: instant('at').notNull(),
    fromState: text('from_state').notNull(),
    toState: text('to_state').notNull(),
    cause: text('cause').notNull(),
    /** The operator whose word it was; null: what the fleet saw. */
    by: text('by'),
    why: text('why'),
  },
  (t) => [
    foreignKey({ columns: [t.institutionId], foreignColumns: [institutions.institutionId] }),
    index('transitions_by_institution').on(t.institutionId, t.at),
    index('transitions_by_age').on(t.at),
  ],
)
