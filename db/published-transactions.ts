import { type SQL, sql } from 'drizzle-orm'

import type { Tx, UserId } from './database.ts'
import { type Readable, withoutHidden } from './hidden.ts'

/** Where a page of transactions ended: the newest row that was not yet given lies before it. */
export type Place = { occurredAt: string; id: string }

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

/** All of what is given must hold; days are Korea's, both inclusive. */
export type TransactionFilter = {
  institution?: string | undefined
  account?: string | undefined
  from?: string | undefined
  to?: string | undefined
  /** A leaf ('income.salary'), or a group ('income') for all of its leaves. */
  category?: string | undefined
  /** Anywhere in the description, whatever the case. */
  text?: string | undefined
  direction?: 'in' | 'out' | undefined
  currency?: string | undefined
  minAmount?: string | undefined
  maxAmount?: string | undefined
}

export type TransactionPage = { limit: number; after: Place | null; filter?: TransactionFilter }

/**
 * One page, newest first. The index by time is walked backwards from the place where the page before ended, so a page
 * without filters costs as much as it has rows; filters only leave rows out of the walk.
 */
export const readTransactions = (
  tx: Tx,
  userId: UserId,
  { snapshotNo, classSeq, hidden }: Readable,
  { limit, after, filter = {} }: TransactionPage,
): Promise<TransactionView[]> =>
  tx.execute<TransactionView>(sql`
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
      ${after ? sql`AND (t.occurred_at, t.id) < (${after.occurredAt}::timestamp, ${after.id}::int8)` : sql``}
      ${withoutHidden(hidden)} ${conditions(filter)}
    ORDER BY t.occurred_at DESC, t.id DESC LIMIT ${limit}`)

function conditions({
  institution,
  account,
  from,
  to,
  category,
  text,
  direction,
  currency,
  ...filter
}: TransactionFilter): SQL {
  const { minAmount, maxAmount } = filter
  const all = [
    institution !== undefined && sql`t.institution_id = ${institution}`,
    account !== undefined && sql`t.account_key = ${account}::uuid`,
    // The index is by time; a day that an institution names differs from its time by a day at most. As timestamps: under
    // row-level security an index is not asked by an operator that may fail, and comparing with a date may.
    from !== undefined &&
      sql`t.occurred_on >= ${from}::date AND t.occurred_at >= (${from}::date - 1)::timestamp`,
    to !== undefined && sql`t.occurred_on <= ${to}::date AND t.occurred_at < (${to}::date + 2)::timestamp`,
    category !== undefined && (category.includes('.') ? sql`k.category = ${category}` : ofGroup(category)),
    // Institutions write the same sign in one part or in several; whoever looks for it need not know.
    text !== undefined && sql`normalize(t.description, NFC) ILIKE ${`%${escaped(text)}%`}`,
    direction !== undefined && sql`t.direction = ${direction}`,
    currency !== undefined && sql`t.currency = ${currency}`,
    minAmount !== undefined && sql`t.amount >= ${minAmount}::numeric`,
    maxAmount !== undefined && sql`t.amount <= ${maxAmount}::numeric`,
  ]
  const given = all.filter((condition) => condition !== false)
  return given.length === 0 ? sql`` : sql`AND ${sql.join(given, sql` AND `)}`
}

// 'unknown' has no leaves: it stands for itself.
const ofGroup = (group: string): SQL =>
  sql`(k.category = ${group} OR starts_with(k.category, ${`${group}.`}))`

/** Whoever looks for '50%' looks for a percent sign. */
const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`)
