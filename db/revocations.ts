import { and, eq, sql } from 'drizzle-orm'

import { DomainFailure } from '../domain/failures.ts'
import type { RevocationCause, RevocationReason, RevocationState } from '../domain/revocation.ts'
import { writeAudit } from './audit.ts'
import { endConsent, type Ended } from './consents.ts'
import type { Database, Tx, UserId } from './database.ts'
import { type EventAnswer, type EventPolicy, recordEvent } from './events.ts'
import { announceStop } from './notices.ts'
import { readRevocation, readRevocations, type RevocationView } from './revocation-views.ts'
import { revocations } from './schema/index.ts'

export type RevocationWish = { deletion: boolean; reason: RevocationReason | null }

/** The revocation that stands for what was asked, and the refresh that shows what remains; null: nothing new began. */
export type Revoked = { revocation: RevocationView; refresh: EventAnswer | null }

/** A person's own revocations: asked for, and looked at. */
export function createRevocations(database: Database) {
  /**
   * Ends a consent on its user's wish. Calls in flight are told to stop at once, and once more when the end is there.
   * Asked again, it answers with the same revocation; a deletion that is asked for later is added to it. Null: there
   * never was a consent.
   */
  const request = async (
    userId: UserId,
    institutionId: string,
    wish: RevocationWish,
  ): Promise<Revoked | null> => {
    await database.asUser(userId, (tx) => announceStop(tx, { userId, institutionId }))
    return database.asUser(userId, async (tx) => {
      if (!(await wasEverGiven(tx, userId, institutionId))) return null
      const opened = await openRevocation(tx, userId, institutionId, {
        ...wish,
        because: 'revoked',
        by: 'user',
      })
      const revocation = await readRevocation(tx, userId, opened.revocationNo)
      return { revocation: revocation!, refresh: opened.refresh }
    })
  }

  const of = (userId: UserId, revocationNo: number): Promise<RevocationView | null> =>
    database.asReader(userId, (tx) => readRevocation(tx, userId, revocationNo))

  /** Newest first. */
  const list = (userId: UserId): Promise<RevocationView[]> =>
    database.asReader(userId, (tx) => readRevocations(tx, userId))

  return { request, of, list }
}

export type Revocations = ReturnType<typeof createRevocations>

/** The row of an institution stays for good once there is one, so this needs no lock. */
async function wasEverGiven(tx: Tx, userId: UserId, institutionId: string): Promise<boolean> {
  const rows = await tx.execute(sql`
    SELECT FROM user_institutions WHERE user_id = ${userId} AND institution_id = ${institutionId}`)
  return rows.length > 0
}

export type EndOfConsent = RevocationWish & {
  because: RevocationCause
  /** Who ended it, as the audit names them. */
  by: string
}

export type OpenedRevocation = {
  revocationNo: number
  isNew: boolean
  refresh: EventAnswer | null
}

/**
 * The one door to the end of a consent, whatever ends it: its fence, the row of what is still to be done about it, the
 * event that has shown what remains, and the entry in the audit are one transaction, the caller's. Takes the user's lock.
 */
export async function openRevocation(
  tx: Tx,
  userId: UserId,
  institutionId: string,
  end: EndOfConsent,
): Promise<OpenedRevocation> {
  const ended = await endConsent(tx, userId, institutionId, end.because, { withDeletion: end.deletion })
  const before = ended.isNew ? null : await newest(tx, userId, institutionId, ended.generation)
  if (before && (before.withDeletion || !end.deletion))
    return { revocationNo: before.revocationNo, isNew: false, refresh: null }
  if (before && before.state !== 'done') {
    await addDeletion(tx, userId, before.revocationNo, ended)
    await note(tx, userId, institutionId, before.revocationNo, end)
    return { revocationNo: before.revocationNo, isNew: false, refresh: null }
  }
  const revocationNo = await insert(tx, userId, institutionId, end, ended, before)
  await note(tx, userId, institutionId, revocationNo, end)
  // What remains was shown when the first of this end was done.
  const refresh = before ? null : await raiseRevoked(tx, userId, institutionId)
  return { revocationNo, isNew: true, refresh }
}

/** Has what remains shown: by the refresh that is open, or by one that reads nothing. */
export const raiseRevoked = (tx: Tx, userId: UserId, institutionId: string): Promise<EventAnswer> =>
  recordEvent(tx, userId, { type: 'consent.revoked', institutionId, idempotencyKey: null }, READS_NOTHING)

/** What remains is shown as it is stored: nothing is planned, so nothing is asked of this. */
const READS_NOTHING: EventPolicy = {
  spanMonths: 1,
  limitsFor: () => {
    throw new DomainFailure('Unexpected', 'a refresh of what remains reads nothing')
  },
}

type Earlier = {
  revocationNo: number
  withDeletion: boolean
  state: RevocationState
  fencedSnapshotNo: number
}

/** The newest one of this very end. */
async function newest(
  tx: Tx,
  userId: UserId,
  institutionId: string,
  generation: number,
): Promise<Earlier | null> {
  const [row] = await tx.execute<Earlier>(sql`
    SELECT revocation_no AS "revocationNo", with_deletion AS "withDeletion", state,
      fenced_snapshot_no AS "fencedSnapshotNo"
    FROM revocations
    WHERE user_id = ${userId} AND institution_id = ${institutionId} AND generation = ${generation}
    ORDER BY revocation_no DESC LIMIT 1`)
  return row ?? null
}

/** Its story is under way and finds it: the receipt is written under the user's lock, too. */
const addDeletion = (tx: Tx, userId: UserId, revocationNo: number, { currentSeq, erased }: Ended) =>
  tx
    .update(revocations)
    .set({ withDeletion: true, eraseUpTo: currentSeq, deletedAt: null, deleted: counted(erased) })
    .where(and(eq(revocations.userId, userId), eq(revocations.revocationNo, revocationNo)))

/** A deletion that is asked for when the withdrawal is done has nothing more to say to the institution. */
async function insert(
  tx: Tx,
  userId: UserId,
  institutionId: string,
  { because, reason, deletion }: EndOfConsent,
  { generation, currentSeq, held, erased }: Ended,
  before: Earlier | null,
): Promise<number> {
  const [next] = await tx.execute<{ no: number; snapshotNo: number; userKey: string }>(sql`
    SELECT coalesce((SELECT max(revocation_no) FROM revocations WHERE user_id = ${userId}), 0) + 1 AS no,
      coalesce((SELECT max(snapshot_no) FROM snapshots WHERE user_id = ${userId}), 0) AS "snapshotNo",
      user_key AS "userKey"
    FROM users WHERE user_id = ${userId}`)
  const { no, snapshotNo, userKey } = next!
  const hasTokens = held?.accessTokenSealed ? held : null
  await tx.insert(revocations).values({
    userId,
    revocationNo: no,
    institutionId,
    generation,
    because,
    reason,
    withDeletion: deletion,
    eraseUpTo: currentSeq,
    deleted: counted(erased),
    fencedSnapshotNo: before?.fencedSnapshotNo ?? snapshotNo,
    workflowId: `revoke/${userKey}/${no}`,
    accessTokenSealed: hasTokens?.accessTokenSealed ?? null,
    refreshTokenSealed: hasTokens?.refreshTokenSealed ?? null,
    tokensGeneration: hasTokens?.generation ?? null,
    tokensVersion: hasTokens?.version ?? null,
  })
  return no
}

/** What there was none of is not counted. */
const counted = (erased: Ended['erased']) =>
  Object.fromEntries(Object.entries(erased).filter(([, rows]) => rows > 0))

const note = (
  tx: Tx,
  userId: UserId,
  institutionId: string,
  revocationNo: number,
  { by, reason, because, deletion }: EndOfConsent,
) =>
  writeAudit(tx, userId, {
    actor: by,
    action: because === 'revoked' ? 'consent.revoke' : 'consent.ended',
    institutionId,
    reason: because === 'revoked' ? reason : because,
    details: { revocationNo, because, deletion },
  })
