import { sql } from 'drizzle-orm'
import { check, index, integer, jsonb, pgTable, primaryKey, timestamp } from 'drizzle-orm/pg-core'

import { institutionId } from './columns.ts'

/**
 * How the calls to an institution ended, minute by minute, of all users together. No user data. A call counts in the minute
 * in which its reading ended. Buckets are those of domain/call-statistics.ts.
 */
export const institutionMinutes = pgTable(
  'institution_minutes',
  {
    institutionId: institutionId(),
    minute: timestamp('minute', { withTimezone: true, mode: 'date', precision: 0 }).notNull(),
    calls: integer('calls').notNull(),
    /** How many of them failed, by the name of the failure. */
    failures: jsonb('failures').notNull().default({}),
    latency: integer('latency').array().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.institutionId, t.minute] }),
    // The last half hour of all, and what is older than anybody asks for.
    index('institution_minutes_by_minute').on(t.minute),
    check('minutes_are_whole', sql`${t.minute} = date_trunc('minute', ${t.minute})`),
    check('one_count_per_bucket', sql`cardinality(${t.latency}) = 32`),
    check('there_were_calls', sql`${t.calls} > 0`),
  ],
)
