import { sql } from 'drizzle-orm'

import { DomainFailure } from '../domain/failures.ts'
import { OPEN_STATES } from '../domain/refresh.ts'
import { numberedAudit } from './audit.ts'
import type { Database, Tx, UserId } from './database.ts'
import { databaseNow } from './instants.ts'
import { lockUser } from './locks.ts'
import { ofRevocation } from './revocation-steps.ts'
import { readRevocation, type RevocationView } from './revocation-views.ts'
import { raiseRevoked } from './revocations.ts'

/** Shown: by which snapshot. Open: a refresh is on its way to one; its run may not have been told. */
export type Remainder = { state: 'shown'; snapshotNo: number } | { state: 'open'; refreshNo: number }

/** What a receipt says. Ids, dates and counts: it is kept when everything else is gone. */
export type ReceiptFacts = {
  userKey: string
  revocationNo: number
  institutionId: string
  because: string
  reason: string | null
  requestedAt: string
  institution: { answer: string; answeredAt: string }
  deletion: { rows: Record<string, number>; deletedAt: string } | null
  remainder: { snapshotNo: number }
  /** Of the entry in the audit that says so, too. */
  auditNo: number
  issuedAt: string
}

/** How a revocation ends: what remains is shown, and then, once, the receipt is written. */
export function createRevocationReceipts(database: Database) {
  /** Looks whether what remains has been shown; where nothing is on its way to it, opens a refresh that reads nothing. */
  const remainder = (userId: UserId, revocationNo: number): Promise<Remainder> =>
    database.asUser(userId, async (tx) => {
      if ((await lockUser(tx, userId)) !== 'active') throw gone()
      const found = await shownBy(tx, userId, revocationNo)
      if (found !== null) return { state: 'shown', snapshotNo: found }
      const [open] = await tx.execute<{ refreshNo: number }>(sql`
        SELECT refresh_no AS "refreshNo" FROM refreshes
        WHERE user_id = ${userId} AND state IN ${[...OPEN_STATES]}`)
      if (open) return { state: 'open', refreshNo: open.refreshNo }
      const answer = await raiseRevoked(tx, userId, await institutionOf(tx, userId, revocationNo))
      if (answer.outcome !== 'started') throw gone()
      return { state: 'open', refreshNo: answer.refreshNo }
    })

  /** Null: something is still to be done. Written once; whoever comes again finds it. */
  const finish = (
    userId: UserId,
    revocationNo: number,
    sign: (facts: ReceiptFacts) => Promise<string>,
  ): Promise<'done' | null> =>
    database.asUser(userId, async (tx) => {
      // Under this lock nobody adds a deletion.
      await lockUser(tx, userId)
      const row = await readRevocation(tx, userId, revocationNo)
      if (!row) throw gone()
      if (row.receipt !== null) return 'done'
      const facts = await factsOf(tx, userId, row)
      if (!facts) return null
      const receipt = await sign(facts)
      await tx.execute(sql`
        UPDATE revocations SET state = 'done', receipt = ${receipt}, receipt_at = ${facts.issuedAt}::timestamptz
        WHERE ${ofRevocation(userId, revocationNo)}`)
      return 'done'
    })

  return { remainder, finish }
}

export type RevocationReceipts = ReturnType<typeof createRevocationReceipts>

const gone = (): DomainFailure => new DomainFailure('Superseded', 'the user of this revocation has left')

/** Any that was cut after the fence; snapshots are numbered under the lock that the fence held. */
async function shownBy(tx: Tx, userId: UserId, revocationNo: number): Promise<number | null> {
  const [row] = await tx.execute<{ snapshotNo: number }>(sql`
    UPDATE revocations r SET snapshot_no = coalesce(r.snapshot_no, ps.snapshot_no) FROM published_snapshots ps
    WHERE r.user_id = ${userId} AND r.revocation_no = ${revocationNo}
      AND ps.user_id = r.user_id AND ps.view = 'latest' AND ps.snapshot_no > r.fenced_snapshot_no
    RETURNING r.snapshot_no AS "snapshotNo"`)
  return row?.snapshotNo ?? null
}

async function institutionOf(tx: Tx, userId: UserId, revocationNo: number): Promise<string> {
  const [row] = await tx.execute<{ institutionId: string }>(sql`
    SELECT institution_id AS "institutionId" FROM revocations WHERE ${ofRevocation(userId, revocationNo)}`)
  if (!row) throw gone()
  return row.institutionId
}

async function factsOf(tx: Tx, userId: UserId, row: RevocationView): Promise<ReceiptFacts | null> {
  const { answer, answeredAt, snapshotNo, withDeletion, deletedAt, revocationNo } = row
  if (answer === null || answeredAt === null || snapshotNo === null) return null
  if (withDeletion && deletedAt === null) return null
  const { institutionId, because, reason, deleted } = row
  const { auditNo, userKey } = await numberedAudit(tx, userId, {
    actor: 'worker',
    action: 'consent.revoked',
    institutionId,
    reason,
    details: { revocationNo, because, answer, snapshotNo, deletion: withDeletion, deleted },
  })
  return {
    userKey,
    revocationNo,
    institutionId,
    because,
    reason,
    requestedAt: row.requestedAt.toISOString(),
    institution: { answer, answeredAt: answeredAt.toISOString() },
    deletion: deletedAt && { rows: deleted, deletedAt: deletedAt.toISOString() },
    remainder: { snapshotNo },
    auditNo,
    issuedAt: (await databaseNow(tx)).toISOString(),
  }
}
