import { sql } from 'drizzle-orm'

import type { Cut } from '../domain/analysis/analyser.ts'
import type { Classifiable } from '../domain/classification/rule.ts'
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

/** Every transaction of a cut, with what its account is. Amounts are text, exactly as stored. */
export function transactionsOfCut(tx: Tx, userId: UserId, snapshotNo: number): Promise<Classifiable[]> {
  return tx.execute<Classifiable>(sql`
    SELECT t.id::text, t.institution_id AS "institutionId", t.account_key::text AS account,
      coalesce(a.kind, 'deposit') AS "accountKind", t.occurred_on::text AS "occurredOn",
      t.occurred_at::text AS "occurredAt", t.time_known AS "timeKnown", t.direction, t.amount::text, t.currency,
      t.type_code AS "typeCode", t.type_text AS "typeText", t.description,
      t.principal::text, t.interest::text
    FROM (SELECT r.*, si.seq ${inCut('transactions', userId, snapshotNo)}) t
    LEFT JOIN accounts a ON a.user_id = t.user_id AND a.institution_id = t.institution_id
      AND a.natural_key = t.account_key
      AND a.introduced_seq <= t.seq AND (a.removed_seq IS NULL OR a.removed_seq > t.seq)
    ORDER BY t.occurred_at, t.id`)
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
