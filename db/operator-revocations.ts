import { sql } from 'drizzle-orm'

import type { InstitutionAnswer, RevocationRef, RevocationState } from '../domain/revocation.ts'
import { writeAudit } from './audit.ts'
import type { Database } from './database.ts'
import { toInstant, toInstantOrNull } from './instants.ts'

/** The end of a consent as an operator sees it: what is still to be done, and why it is not. */
export type RevocationHead = {
  userKey: string
  revocationNo: number
  institutionId: string
  name: string
  because: string
  withDeletion: boolean
  state: RevocationState
  workflowId: string
  requestedAt: Date
  ageMs: number
  /** Null: the institution has not answered. */
  answer: InstitutionAnswer | null
  tries: number
  /** What the last try failed with. */
  failure: string | null
  deletedAt: Date | null
  snapshotNo: number | null
  /** Its run ended without having ended it: it goes on when an operator says so. */
  stalledAt: Date | null
  stalledBecause: string | null
}

// What is open is seconds old unless an institution is down; the oldest are of interest.
const MOST = 200
// An institution that never answered is a matter for people, who have a month to ask it.
const UNCONFIRMED_SHOWN = sql`interval '30 days'`

export function createOperatorRevocations(database: Database) {
  /** The open ones, and those that an institution never confirmed; the oldest first. */
  const list = (): Promise<RevocationHead[]> =>
    database.asNobody(async (tx) => {
      const rows = await tx.execute<Row>(sql`
        SELECT u.user_key AS "userKey", r.revocation_no AS "revocationNo", r.institution_id AS "institutionId", i.name,
          r.because, r.with_deletion AS "withDeletion", r.state, r.workflow_id AS "workflowId",
          r.requested_at AS "requestedAt", (extract(epoch FROM now() - r.requested_at) * 1000)::float8 AS "ageMs",
          r.institution_answer AS answer, r.institution_tries AS tries, r.institution_failure AS failure,
          r.deleted_at AS "deletedAt", r.snapshot_no AS "snapshotNo", r.stalled_at AS "stalledAt",
          r.stalled_because AS "stalledBecause"
        FROM revocations r JOIN users u USING (user_id) JOIN institutions i USING (institution_id)
        WHERE r.state <> 'done'
          OR (r.institution_answer = 'unconfirmed' AND r.institution_answered_at > now() - ${UNCONFIRMED_SHOWN})
        ORDER BY r.requested_at, r.user_id, r.revocation_no LIMIT ${MOST}`)
      return rows.map((row) => ({
        ...row,
        ageMs: Math.max(0, Math.round(row.ageMs)),
        requestedAt: toInstant(row.requestedAt),
        deletedAt: toInstantOrNull(row.deletedAt),
        stalledAt: toInstantOrNull(row.stalledAt),
      }))
    })

  /** Writes down who has it go on, and why. Null: there is no such revocation that is not done. */
  const resume = ({ userKey, revocationNo }: RevocationRef, by: string, why: string): Promise<true | null> =>
    database.asNobody(async (tx) => {
      const [row] = await tx.execute<{
        userId: number
        institutionId: string
        stalledBecause: string | null
      }>(sql`
        SELECT user_id::float8 AS "userId", institution_id AS "institutionId", stalled_because AS "stalledBecause"
        FROM revocations r JOIN users u USING (user_id)
        WHERE u.user_key = ${userKey} AND r.revocation_no = ${revocationNo} AND r.state <> 'done'`)
      if (!row) return null
      await writeAudit(tx, row.userId, {
        actor: by,
        action: 'revocation.resume',
        institutionId: row.institutionId,
        reason: why,
        details: { revocationNo, stalledBecause: row.stalledBecause },
      })
      return true
    })

  return { list, resume }
}

export type OperatorRevocations = ReturnType<typeof createOperatorRevocations>

type Row = Omit<RevocationHead, 'requestedAt' | 'deletedAt' | 'stalledAt'> & {
  requestedAt: string
  deletedAt: string | null
  stalledAt: string | null
}
