import { sql } from 'drizzle-orm'

import { NOTICE_DAYS } from '../domain/consent-time.ts'
import type { ConsentRef } from './consent-ends.ts'
import type { Database } from './database.ts'

/** A consent that somebody must look after: its end has come, or its user is to be told of it. */
export type DueConsent = ConsentRef & { isOver: boolean }

// One look is bounded, and drawn by lot: whoever cannot be looked after does not keep the others from it.
const AT_ONCE = 200

/** Across users, on the caretaker's role: which consents are due, and nothing of what they say. */
export function createConsentWatch(database: Database) {
  const due = (): Promise<DueConsent[]> =>
    database.asNobody((tx) =>
      tx.execute<DueConsent>(sql`
        SELECT c.user_id::float8 AS "userId", c.institution_id AS "institutionId", c.generation,
          c.ends_at <= now() AS "isOver"
        FROM consents c
        WHERE c.ended_at IS NULL AND c.ends_at <= now() + make_interval(days => ${NOTICE_DAYS[0]})
          AND (c.ends_at <= now() OR EXISTS (
            SELECT FROM unnest(${sql.param(NOTICE_DAYS.map(String))}::text[]::int[]) AS d (days)
            WHERE c.ends_at - make_interval(days => d.days) BETWEEN c.granted_at AND now()
              AND NOT EXISTS (SELECT FROM consent_notices n
                WHERE n.user_id = c.user_id AND n.institution_id = c.institution_id
                  AND n.generation = c.generation AND n.days <= d.days)))
        ORDER BY random() LIMIT ${AT_ONCE}`),
    )

  return { due }
}

export type ConsentWatch = ReturnType<typeof createConsentWatch>
