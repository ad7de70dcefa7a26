import { sql } from 'drizzle-orm'

import type { FailureName } from '../domain/failures.ts'
import type { ConsentState } from '../domain/refresh.ts'
import type { Database, UserId } from './database.ts'
import { toInstant, toInstantOrNull } from './instants.ts'

/** Why a consent is over. */
export const END_CAUSES = ['renewed', 'narrowed', 'revoked', 'expired', 'withdrawn'] as const
export type EndCause = (typeof END_CAUSES)[number]

/** One consent as it was agreed, and how it ended, if it has. */
export type ConsentTerm = {
  generation: number
  scope: string
  purpose: string
  isRegular: boolean
  grantedAt: Date
  endsAt: Date
  endedAt: Date | null
  endedBecause: EndCause | null
  notices: { days: number; noticedAt: Date }[]
}

/** How a user stands with an institution: the latest consent, by the clock of the database. */
export type StandingConsent = ConsentTerm & {
  institutionId: string
  name: string
  industry: string
  state: ConsentState
  needsUserBecause: FailureName | null
  cycleMs: number | null
  now: Date
}

// The portal knows some 700 institutions.
const MOST_INSTITUTIONS = 1_000
// A renewal a month for eight years; older ones are in the audit.
const MOST_GENERATIONS = 100

type Noticed = { days: number; noticedAt: string }
type Instants = 'grantedAt' | 'endsAt' | 'endedAt' | 'notices'
type TermRow = Omit<ConsentTerm, Instants> & {
  grantedAt: string
  endsAt: string
  endedAt: string | null
  notices: Noticed[] | null
}
type StandingRow = Omit<StandingConsent, Instants | 'now'> & TermRow & { now: string }

export function createConsentList(database: Database) {
  /** Every institution a user ever agreed with, by its latest consent. */
  const list = (userId: UserId): Promise<StandingConsent[]> => standing(userId, null)

  /** One of them. Null: there was never a consent. */
  const one = async (userId: UserId, institutionId: string): Promise<StandingConsent | null> =>
    (await standing(userId, institutionId))[0] ?? null

  const standing = (userId: UserId, institutionId: string | null): Promise<StandingConsent[]> =>
    database.asReader(userId, async (tx) => {
      const rows = await tx.execute<StandingRow>(sql`
        SELECT ui.institution_id AS "institutionId", i.name, i.industry, ui.consent_state AS state,
          ui.needs_user_because AS "needsUserBecause", ui.cycle_ms::float8 AS "cycleMs",
          now()::timestamptz(3) AS now, ${termColumns}
        FROM user_institutions ui JOIN institutions i USING (institution_id)
        JOIN LATERAL (SELECT * FROM consents c
          WHERE c.user_id = ui.user_id AND c.institution_id = ui.institution_id
          ORDER BY c.generation DESC LIMIT 1) c ON true
        WHERE ui.user_id = ${userId}
          AND (${institutionId}::text IS NULL OR ui.institution_id = ${institutionId})
        ORDER BY ui.institution_id LIMIT ${MOST_INSTITUTIONS}`)
      return rows.map((row) => ({ ...row, ...termOf(row), now: toInstant(row.now) }))
    })

  /** Every consent there was with one institution, newest first. */
  const history = (userId: UserId, institutionId: string): Promise<ConsentTerm[]> =>
    database.asReader(userId, async (tx) => {
      const rows = await tx.execute<TermRow>(sql`
        SELECT ${termColumns} FROM consents c
        WHERE c.user_id = ${userId} AND c.institution_id = ${institutionId}
        ORDER BY c.generation DESC LIMIT ${MOST_GENERATIONS}`)
      return rows.map(termOf)
    })

  return { list, one, history }
}

export type ConsentList = ReturnType<typeof createConsentList>

const termColumns = sql`c.generation, c.scope, c.purpose, c.is_regular AS "isRegular", c.granted_at AS "grantedAt",
  c.ends_at AS "endsAt", c.ended_at AS "endedAt", c.ended_because AS "endedBecause",
  (SELECT json_agg(json_build_object('days', n.days, 'noticedAt', n.noticed_at) ORDER BY n.days DESC)
    FROM consent_notices n WHERE n.user_id = c.user_id AND n.institution_id = c.institution_id
      AND n.generation = c.generation) AS notices`

const termOf = (row: TermRow): ConsentTerm => ({
  generation: row.generation,
  scope: row.scope,
  purpose: row.purpose,
  isRegular: row.isRegular,
  grantedAt: toInstant(row.grantedAt),
  endsAt: toInstant(row.endsAt),
  endedAt: toInstantOrNull(row.endedAt),
  endedBecause: row.endedBecause,
  notices: (row.notices ?? []).map(({ days, noticedAt }) => ({ days, noticedAt: new Date(noticedAt) })),
})
