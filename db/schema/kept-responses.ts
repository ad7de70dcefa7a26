import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'

import { bytes, instant, institutionId, userId } from './columns.ts'
import { userInstitutions } from './people.ts'

/** What an institution answered that could not be trusted, for whoever has to find out why. Gone after days, or with the consent. */
export const keptResponses = pgTable(
  'kept_responses',
  {
    userId: userId(),
    /** Drawn before it is sealed, so that a body is bound to its own row. */
    responseId: uuid('response_id').notNull(),
    institutionId: institutionId(),
    generation: integer('generation').notNull(),
    api: text('api').notNull(),
    status: integer('status').notNull(),
    /** Of a few names, and of few characters (connectors/evidence.ts). */
    headers: jsonb('headers').notNull(),
    /** What was expected, and where in the answer; nothing of what was found. */
    expected: text('expected').notNull(),
    /** How much was read; less than the answer had where `is_whole` says so. */
    bodyBytes: integer('body_bytes').notNull(),
    isWhole: boolean('is_whole').notNull(),
    bodySealed: bytes('body_sealed').notNull(),
    keptAt: instant('kept_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.responseId] }),
    unique('one_response_per_id').on(t.responseId),
    foreignKey({
      columns: [t.userId, t.institutionId],
      foreignColumns: [userInstitutions.userId, userInstitutions.institutionId],
    }),
    // An operator's list, and how many an institution has today.
    index('kept_responses_by_institution').on(t.institutionId, t.keptAt),
    check('kept_for_a_time', sql`${t.expiresAt} > ${t.keptAt}`),
  ],
)
