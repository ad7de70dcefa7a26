import { and, eq, isNull, sql } from 'drizzle-orm'

import type { PartReason, PartState } from '../domain/refresh.ts'
import { inCut } from './cut-rows.ts'
import type { Database, Tx, UserId } from './database.ts'
import { toInstantOrNull } from './instants.ts'
import { analyses, publishedSnapshots, snapshots } from './schema/index.ts'

export type View = 'latest' | 'complete'

export type SnapshotHead = {
  snapshotNo: number
  status: 'complete' | 'partial'
  publishedAt: Date
  refreshNo: number
  skewMs: number | null
  classSeq: number
}

export type Coverage = {
  institutionId: string
  name: string
  state: PartState
  asOf: Date | null
  reason: PartReason | null
  isRequired: boolean
  gaps: number
}

export type AccountView = {
  accountKey: string
  institutionId: string
  name: string
  numberMasked: string
  kind: string
  status: string
  isShared: boolean
  balances: { currency: string; amount: string; side: 'asset' | 'debt'; available: string | null }[]
}

/** Where a page of transactions ended: the newest row that was not yet given lies before it. */
export type TransactionCursor = { snapshotNo: number; occurredAt: string; id: string }

export type TransactionView = {
  id: string
  institutionId: string
  accountKey: string
  occurredOn: string
  occurredAt: string
  timeKnown: boolean
  direction: 'in' | 'out' | null
  amount: string
  currency: string
  balanceAfter: string | null
  description: string | null
  typeText: string | null
  category: string
  confidence: string
}

/**
 * What readers may see: a published snapshot and nothing else. The pointer is fetched once and its number passed on to
 * every further statement; reads wait for no institution and no engine.
 */
export function createPublished(database: Database) {
  /** The snapshot as a screen shows it: how whole it is, and every account with what it holds. */
  const snapshot = (userId: UserId, view: View) =>
    database.asUser(userId, async (tx) => {
      const found = await readHead(tx, userId, view)
      if (!found) return null
      const [coverage, accounts, documents] = await Promise.all([
        readCoverage(tx, userId, found.snapshotNo),
        readAccounts(tx, userId, found.snapshotNo),
        readDocuments(tx, userId, found.snapshotNo),
      ])
      return { ...found, coverage, accounts, documents }
    })

  /** One page, newest first, of the snapshot that the first page saw: a publication between pages changes nothing. */
  const transactions = (userId: UserId, view: View, limit: number, after: TransactionCursor | null) =>
    database.asUser(userId, async (tx) => {
      const found = after
        ? await publishedHead(tx, userId, after.snapshotNo)
        : await readHead(tx, userId, view)
      if (!found) return null
      const rows = await readTransactions(tx, userId, found, limit, after)
      // A snapshot that no pointer names may be purged between two statements: looked at again, since a half is no page.
      if (after && !(await publishedHead(tx, userId, found.snapshotNo))) return null
      return { snapshotNo: found.snapshotNo, rows }
    })

  return { snapshot, transactions }
}

export type Published = ReturnType<typeof createPublished>

const headColumns = {
  snapshotNo: snapshots.snapshotNo,
  status: snapshots.status,
  publishedAt: snapshots.publishedAt,
  refreshNo: snapshots.refreshNo,
  skewMs: snapshots.skewMs,
  classSeq: snapshots.classSeq,
}

async function readHead(tx: Tx, userId: UserId, view: View): Promise<SnapshotHead | null> {
  const [row] = await tx
    .select(headColumns)
    .from(publishedSnapshots)
    .innerJoin(
      snapshots,
      and(
        eq(snapshots.userId, publishedSnapshots.userId),
        eq(snapshots.snapshotNo, publishedSnapshots.snapshotNo),
      ),
    )
    .where(and(eq(publishedSnapshots.userId, userId), eq(publishedSnapshots.view, view)))
  return (row as SnapshotHead | undefined) ?? null
}

async function publishedHead(tx: Tx, userId: UserId, snapshotNo: number): Promise<SnapshotHead | null> {
  const [row] = await tx
    .select(headColumns)
    .from(snapshots)
    .where(
      and(
        eq(snapshots.userId, userId),
        eq(snapshots.snapshotNo, snapshotNo),
        sql`${snapshots.status} IN ('complete', 'partial')`,
        isNull(snapshots.purgedAt),
      ),
    )
  return (row as SnapshotHead | undefined) ?? null
}

async function readCoverage(tx: Tx, userId: UserId, snapshotNo: number): Promise<Coverage[]> {
  const rows = await tx.execute<Omit<Coverage, 'asOf'> & { asOf: string | null }>(sql`
    SELECT si.institution_id AS "institutionId", i.name, si.state, si.as_of AS "asOf", si.reason,
      si.is_required AS "isRequired", jsonb_array_length(si.gaps) AS gaps
    FROM snapshot_institutions si JOIN institutions i USING (institution_id)
    WHERE si.user_id = ${userId} AND si.snapshot_no = ${snapshotNo} ORDER BY si.institution_id`)
  return rows.map((row) => ({ ...row, asOf: toInstantOrNull(row.asOf) }))
}

/** What analysers made of it; one without a row was taken out together with data it was made from. */
const readDocuments = (tx: Tx, userId: UserId, snapshotNo: number) =>
  tx
    .select({
      analyser: analyses.analyser,
      version: analyses.version,
      document: analyses.document,
      failure: analyses.failure,
    })
    .from(analyses)
    .where(and(eq(analyses.userId, userId), eq(analyses.snapshotNo, snapshotNo)))

async function readAccounts(tx: Tx, userId: UserId, snapshotNo: number): Promise<AccountView[]> {
  const [rows, balances] = await Promise.all([
    tx.execute<Omit<AccountView, 'balances'>>(sql`
      SELECT r.natural_key::text AS "accountKey", r.institution_id AS "institutionId", r.name,
        r.number_masked AS "numberMasked", r.kind, r.status, r.is_shared AS "isShared"
      ${inCut('accounts', userId, snapshotNo)} ORDER BY r.institution_id, r.id`),
    tx.execute<AccountView['balances'][number] & { accountKey: string }>(sql`
      SELECT r.account_key::text AS "accountKey", r.currency, trim_scale(r.amount)::text AS amount, r.side,
        trim_scale(r.available)::text AS available
      ${inCut('balances', userId, snapshotNo)} ORDER BY r.currency, r.id`),
  ])
  return rows.map((row) => ({
    ...row,
    balances: balances
      .filter(({ accountKey }) => accountKey === row.accountKey)
      .map(({ currency, amount, side, available }) => ({ currency, amount, side, available })),
  }))
}

function readTransactions(
  tx: Tx,
  userId: UserId,
  { snapshotNo, classSeq }: SnapshotHead,
  limit: number,
  after: TransactionCursor | null,
): Promise<TransactionView[]> {
  const before = after
    ? sql`AND (t.occurred_at, t.id) < (${after.occurredAt}::timestamp, ${after.id}::int8)`
    : sql``
  return tx.execute<TransactionView>(sql`
    SELECT t.id::text, t.institution_id AS "institutionId", t.account_key::text AS "accountKey",
      t.occurred_on::text AS "occurredOn", t.occurred_at::text AS "occurredAt", t.time_known AS "timeKnown",
      t.direction, trim_scale(t.amount)::text AS amount, t.currency,
      trim_scale(t.balance_after)::text AS "balanceAfter", t.description, t.type_text AS "typeText",
      k.category, trim_scale(k.confidence)::text AS confidence
    FROM transactions t
    JOIN snapshot_institutions si ON si.user_id = t.user_id AND si.institution_id = t.institution_id
      AND si.snapshot_no = ${snapshotNo}
    JOIN classifications k ON k.user_id = t.user_id AND k.transaction_id = t.id
      AND k.introduced_class_seq <= ${classSeq} AND (k.removed_class_seq IS NULL OR k.removed_class_seq > ${classSeq})
    WHERE t.user_id = ${userId} AND t.introduced_seq <= si.seq AND (t.removed_seq IS NULL OR t.removed_seq > si.seq)
      ${before}
    ORDER BY t.occurred_at DESC, t.id DESC LIMIT ${limit}`)
}
