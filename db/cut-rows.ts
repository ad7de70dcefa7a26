import { sql } from 'drizzle-orm'

import type { Cut } from '../domain/analysis/analyser.ts'
import type { CardBill, Cards, Classifiable } from '../domain/classification/rule.ts'
import { kstDate } from '../domain/time.ts'
import type { Tx, UserId } from './database.ts'
import { toInstant } from './instants.ts'

/**
 * Rows as one cut holds them: of each institution what was live in the collection that the cut names. The number of the
 * snapshot was fetched once and is passed on, so that no two statements can see two snapshots.
 */
export const inCut = (alias: string, userId: UserId, snapshotNo: number) => sql`
  FROM snapshot_institutions si
  JOIN ${sql.identifier(alias)} r ON r.user_id = si.user_id AND r.institution_id = si.institution_id
    AND r.introduced_seq <= si.seq AND (r.removed_seq IS NULL OR r.removed_seq > si.seq)
  WHERE si.user_id = ${userId} AND si.snapshot_no = ${snapshotNo}`

/**
 * Every transaction of a cut, with what its account is, or was when it was last listed: the bookings of a card or a loan
 * that is gone are not a deposit account's. Amounts are text, exactly as stored.
 */
export function transactionsOfCut(tx: Tx, userId: UserId, snapshotNo: number): Promise<Classifiable[]> {
  return tx.execute<Classifiable>(sql`
    SELECT t.id::text, t.institution_id AS "institutionId", t.account_key::text AS account,
      coalesce(a.kind, CASE WHEN t.status IS NULL THEN 'deposit' ELSE 'credit_card' END) AS "accountKind",
      t.occurred_on::text AS "occurredOn",
      t.occurred_at::text AS "occurredAt", t.time_known AS "timeKnown", t.direction, t.amount::text, t.currency,
      t.type_code AS "typeCode", t.type_text AS "typeText", t.description,
      t.principal::text, t.interest::text, t.status, t.approved_amount::text AS "approvedAmount",
      t.changed_at::text AS "changedAt", t.krw_amount::text AS "krwAmount"
    FROM (SELECT r.* ${inCut('transactions', userId, snapshotNo)}) t
    LEFT JOIN (
      SELECT DISTINCT ON (a.institution_id, a.natural_key) a.institution_id, a.natural_key, a.kind
      FROM accounts a JOIN snapshot_institutions si ON si.user_id = a.user_id
        AND si.institution_id = a.institution_id AND si.snapshot_no = ${snapshotNo} AND a.introduced_seq <= si.seq
      WHERE a.user_id = ${userId} ORDER BY a.institution_id, a.natural_key, a.introduced_seq DESC
    ) a ON a.institution_id = t.institution_id AND a.natural_key = t.account_key
    ORDER BY t.occurred_at, t.id`)
}

/** What card companies of a cut say besides approvals. */
export async function cardsOfCut(tx: Tx, userId: UserId, snapshotNo: number): Promise<Cards> {
  const [companies, bills] = await Promise.all([
    tx.execute<Cards['companies'][number]>(sql`
      SELECT si.institution_id AS "institutionId", i.name
      FROM snapshot_institutions si JOIN institutions i USING (institution_id)
      WHERE si.user_id = ${userId} AND si.snapshot_no = ${snapshotNo} AND si.seq IS NOT NULL AND i.industry = 'card'
      ORDER BY si.institution_id`),
    tx.execute<CardBill>(sql`
      SELECT r.institution_id AS "institutionId", r.due_on::text AS "dueOn", r.amount::text, r.currency
      ${inCut('bills', userId, snapshotNo)} ORDER BY r.due_on, r.institution_id, r.natural_key`),
  ])
  return { companies, bills }
}

/** What analysers see of a cut; classified transactions included. */
export async function readCut(tx: Tx, userId: UserId, snapshotNo: number, classSeq: number): Promise<Cut> {
  const [[head], institutions, accounts, balances, transactions, categories] = await Promise.all([
    tx.execute<{ cutAt: string }>(sql`
      SELECT cut_at AS "cutAt" FROM snapshots WHERE user_id = ${userId} AND snapshot_no = ${snapshotNo}`),
    tx.execute<Cut['institutions'][number]>(sql`
      SELECT si.institution_id AS "institutionId", i.name, si.state, si.as_of AS "asOf"
      FROM snapshot_institutions si JOIN institutions i USING (institution_id)
      WHERE si.user_id = ${userId} AND si.snapshot_no = ${snapshotNo} ORDER BY si.institution_id`),
    tx.execute<Cut['accounts'][number]>(sql`
      SELECT r.natural_key::text AS key, r.institution_id AS "institutionId", r.name, r.kind, r.status,
        r.is_shared AS "isShared" ${inCut('accounts', userId, snapshotNo)} ORDER BY r.id`),
    tx.execute<Cut['balances'][number]>(sql`
      SELECT r.account_key::text AS account, r.currency, r.amount::text, r.side
      ${inCut('balances', userId, snapshotNo)} ORDER BY r.id`),
    transactionsOfCut(tx, userId, snapshotNo),
    tx.execute<{ id: string; category: string }>(sql`
      SELECT transaction_id::text AS id, category FROM classifications
      WHERE user_id = ${userId} AND introduced_class_seq <= ${classSeq}
        AND (removed_class_seq IS NULL OR removed_class_seq > ${classSeq})`),
  ])
  const cutAt = toInstant(head!.cutAt)
  const byId = new Map(categories.map(({ id, category }) => [id, category]))
  return {
    asOf: cutAt.toISOString(),
    today: kstDate(cutAt),
    institutions: institutions.map((row) => ({
      ...row,
      asOf: row.asOf === null ? null : toInstant(row.asOf).toISOString(),
    })),
    accounts,
    balances,
    transactions: transactions.map((row) => ({ ...row, category: byId.get(row.id) ?? 'unknown' })),
  }
}
