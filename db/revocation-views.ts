import { sql } from 'drizzle-orm'

import type {
  InstitutionAnswer,
  RevocationCause,
  RevocationReason,
  RevocationState,
} from '../domain/revocation.ts'
import type { Tx, UserId } from './database.ts'
import { toInstant, toInstantOrNull } from './instants.ts'

/** A revocation as its user may see it: ids, dates and counts. */
export type RevocationView = {
  revocationNo: number
  institutionId: string
  name: string
  because: RevocationCause
  reason: RevocationReason | null
  withDeletion: boolean
  state: RevocationState
  requestedAt: Date
  answer: InstitutionAnswer | null
  answeredAt: Date | null
  tries: number
  /** Rows by table. */
  deleted: Record<string, number>
  deletedAt: Date | null
  snapshotNo: number | null
  receipt: string | null
  receiptAt: Date | null
}

// One for each end of a consent: a person who revokes one a week fills it in four years.
const MOST = 200

/** Newest first, as many as a page has. */
export async function readRevocations(tx: Tx, userId: UserId): Promise<RevocationView[]> {
  const rows = await tx.execute<Row>(sql`
    ${columns} WHERE r.user_id = ${userId} ORDER BY r.revocation_no DESC LIMIT ${MOST}`)
  return rows.map(view)
}

export async function readRevocation(
  tx: Tx,
  userId: UserId,
  revocationNo: number,
): Promise<RevocationView | null> {
  const [row] = await tx.execute<Row>(sql`
    ${columns} WHERE r.user_id = ${userId} AND r.revocation_no = ${revocationNo}`)
  return row ? view(row) : null
}

type Instants = 'requestedAt' | 'answeredAt' | 'deletedAt' | 'receiptAt'
type Row = Omit<RevocationView, Instants> & {
  requestedAt: string
  answeredAt: string | null
  deletedAt: string | null
  receiptAt: string | null
}

const columns = sql`
  SELECT r.revocation_no AS "revocationNo", r.institution_id AS "institutionId", i.name, r.because, r.reason,
    r.with_deletion AS "withDeletion", r.state, r.requested_at AS "requestedAt", r.institution_answer AS answer,
    r.institution_answered_at AS "answeredAt", r.institution_tries AS tries, r.deleted, r.deleted_at AS "deletedAt",
    r.snapshot_no AS "snapshotNo", r.receipt, r.receipt_at AS "receiptAt"
  FROM revocations r JOIN institutions i USING (institution_id)`

const view = (row: Row): RevocationView => ({
  ...row,
  requestedAt: toInstant(row.requestedAt),
  answeredAt: toInstantOrNull(row.answeredAt),
  deletedAt: toInstantOrNull(row.deletedAt),
  receiptAt: toInstantOrNull(row.receiptAt),
})
