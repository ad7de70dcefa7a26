import { sql } from 'drizzle-orm'

import type { PartReason, PartState } from '../domain/refresh.ts'
import { inCut } from './cut-rows.ts'
import type { Tx, UserId } from './database.ts'
import { isHidden, type Readable, withoutHidden } from './hidden.ts'
import { toInstantOrNull } from './instants.ts'
import { readTransactions, type TransactionPage } from './published-transactions.ts'

export type { TransactionView } from './published-transactions.ts'

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

/** A document, or the name of why there is none. */
export type StoredAnalysis = {
  analyser: string
  version: number
  document: unknown
  failure: string | null
}

export type AccountFilter = { institution?: string | undefined; kind?: string | undefined }

/** What of one snapshot can be read, by its number and nothing else. */
export const createPublishedRows = (tx: Tx, userId: UserId, head: Readable) => ({
  accounts: (filter: AccountFilter = {}) => readAccounts(tx, userId, head, filter),
  transactions: (page: TransactionPage) => readTransactions(tx, userId, head, page),
  descriptions: (ids: readonly string[]) => readDescriptions(tx, userId, ids),
  documents: async (analyser?: string) =>
    head.analyses === 'here' ? readDocuments(tx, userId, head.snapshotNo, analyser) : [],
})

export type PublishedRows = ReturnType<typeof createPublishedRows>

/**
 * How each institution stands. One whose consent has ended since it was read is `hidden`, in every snapshot and for good,
 * and stands as one that was deleted does: what is given under a later consent is in later snapshots.
 */
export async function readCoverage(
  tx: Tx,
  userId: UserId,
  snapshotNo: number,
): Promise<{ coverage: Coverage[]; hidden: string[] }> {
  const rows = await tx.execute<Omit<Coverage, 'asOf'> & { asOf: string | null; isHidden: boolean }>(sql`
    SELECT si.institution_id AS "institutionId", i.name, si.state, si.as_of AS "asOf", si.reason,
      si.is_required AS "isRequired", jsonb_array_length(si.gaps) AS gaps, ${isHidden} AS "isHidden"
    FROM snapshot_institutions si JOIN institutions i USING (institution_id)
    JOIN user_institutions ui USING (user_id, institution_id)
    WHERE si.user_id = ${userId} AND si.snapshot_no = ${snapshotNo} ORDER BY si.institution_id`)
  const coverage = rows.map(({ isHidden: isGone, ...row }) =>
    isGone ? { ...row, ...GONE } : { ...row, asOf: toInstantOrNull(row.asOf) },
  )
  return {
    coverage,
    hidden: rows.flatMap((row) => (row.isHidden ? row.institutionId : [])),
  }
}

/** As a deletion leaves a part. */
const GONE = {
  state: 'absent',
  asOf: null,
  reason: 'ConsentEnded',
  isRequired: false,
  gaps: 0,
} as const satisfies Partial<Coverage>

/**
 * What analysers made of it: with one of them named, the others' documents stay where they are. Where there is no row at
 * all, they were taken out together with data they were made from.
 */
const readDocuments = async (
  tx: Tx,
  userId: UserId,
  snapshotNo: number,
  analyser: string | null = null,
): Promise<StoredAnalysis[]> =>
  tx.execute<StoredAnalysis>(sql`
    SELECT analyser, version, failure,
      CASE WHEN analyser = ${analyser} OR ${analyser}::text IS NULL THEN document END AS document
    FROM analyses WHERE user_id = ${userId} AND snapshot_no = ${snapshotNo} ORDER BY analyser`)

/** What transactions say of themselves, by id; for ids that a document of the snapshot names. */
async function readDescriptions(
  tx: Tx,
  userId: UserId,
  ids: readonly string[],
): Promise<Map<string, string | null>> {
  const rows = await tx.execute<{ id: string; description: string | null }>(sql`
    SELECT id::text, description FROM transactions
    WHERE user_id = ${userId} AND id = ANY (${sql.param([...ids])}::text[]::int8[])`)
  return new Map(rows.map(({ id, description }) => [id, description]))
}

async function readAccounts(
  tx: Tx,
  userId: UserId,
  { snapshotNo, hidden }: Readable,
  { institution, kind }: AccountFilter,
): Promise<AccountView[]> {
  const shown = withoutHidden(hidden)
  const ofInstitution = institution === undefined ? sql`` : sql`AND si.institution_id = ${institution}`
  const ofKind = kind === undefined ? sql`` : sql`AND r.kind = ${kind}`
  const [rows, balances] = await Promise.all([
    tx.execute<Omit<AccountView, 'balances'>>(sql`
      SELECT r.natural_key::text AS "accountKey", r.institution_id AS "institutionId", r.name,
        r.number_masked AS "numberMasked", r.kind, r.status, r.is_shared AS "isShared"
      ${inCut('accounts', userId, snapshotNo)} ${shown} ${ofInstitution} ${ofKind} ORDER BY r.institution_id, r.id`),
    tx.execute<AccountView['balances'][number] & { accountKey: string }>(sql`
      SELECT r.account_key::text AS "accountKey", r.currency, trim_scale(r.amount)::text AS amount, r.side,
        trim_scale(r.available)::text AS available
      ${inCut('balances', userId, snapshotNo)} ${shown} ${ofInstitution} ORDER BY r.currency, r.id`),
  ])
  const byAccount = new Map<string, AccountView['balances']>()
  for (const { accountKey, ...balance } of balances)
    byAccount.set(accountKey, [...(byAccount.get(accountKey) ?? []), balance])
  return rows.map((row) => ({ ...row, balances: byAccount.get(row.accountKey) ?? [] }))
}
