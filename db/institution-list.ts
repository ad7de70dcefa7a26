import { sql } from 'drizzle-orm'

import type { ConsentState } from '../domain/refresh.ts'
import type { Database, UserId } from './database.ts'

/** An institution as anyone may know it, and how one user stands with it. */
export type ListedInstitution = {
  institutionId: string
  name: string
  industry: string
  /** Null: they never agreed to anything there. */
  consent: ConsentState | null
}

// As many as one file may name; the portal knows some 700.
const MOST_INSTITUTIONS = 5_000

export function createInstitutionList(database: Database) {
  /** All that one can connect, the user's own first, then by name. */
  const list = (userId: UserId): Promise<ListedInstitution[]> =>
    database.asReader(userId, (tx) =>
      tx.execute<ListedInstitution>(sql`
        SELECT i.institution_id AS "institutionId", i.name, i.industry, ui.consent_state AS consent
        FROM institutions i
        LEFT JOIN user_institutions ui ON ui.institution_id = i.institution_id AND ui.user_id = ${userId}
        WHERE i.state <> 'removed'
        ORDER BY ui.consent_state IS NULL, i.name, i.institution_id LIMIT ${MOST_INSTITUTIONS}`),
    )

  return { list }
}

export type InstitutionList = ReturnType<typeof createInstitutionList>
