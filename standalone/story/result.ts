import {
  balancesIn,
  cashFlowIn,
  type InstitutionReading,
  type RefreshAnswer,
  type SnapshotAnswer,
} from './api-answers.ts'

export type InstitutionResult = {
  institutionId: string
  name: string
  state: InstitutionReading['state']
  outcome: InstitutionReading['outcome']
  accounts: number
  transactions: number
  /** Of the last attempt; null if there was none. */
  ms: number | null
  failure: { name: string; says: string } | null
  /** By currency, debts taken off; null if the institution did not say it. */
  balances: ReadonlyMap<string, string> | null
}

export type Result = {
  snapshot: { no: number; status: 'complete' | 'partial' } | null
  refresh: { no: number; state: RefreshAnswer['state']; because: readonly string[] }
  institutions: InstitutionResult[]
  accounts: number
  transactions: number
  /** By currency, debts taken off; null if nothing is known. */
  total: ReadonlyMap<string, string> | null
  thisMonth: { month: string; flows: readonly { currency: string; in: string; out: string }[] } | null
}

/** What a refresh has brought, from what the API answered about it. */
export function resultOf(
  refresh: RefreshAnswer,
  snapshot: SnapshotAnswer | undefined,
  transactionCounts: ReadonlyMap<string, number>,
): Result {
  const balances = balancesIn(snapshot)
  const accountsOf = (institutionId: string) =>
    snapshot?.accounts.filter((account) => account.institutionId === institutionId).length ?? 0
  const balancesOf = (institutionId: string) =>
    byCurrency(balances?.institutions.find((each) => each.institutionId === institutionId)?.totals)
  return {
    snapshot: refresh.snapshot && { no: refresh.snapshot.snapshotNo, status: refresh.snapshot.status },
    refresh: {
      no: refresh.refreshNo,
      state: refresh.state,
      because: refresh.closedBecause.map(({ says }) => says),
    },
    institutions: refresh.institutions.map(
      ({ institutionId, name, state, outcome, failure, durationMs }) => ({
        institutionId,
        name,
        state,
        outcome,
        accounts: accountsOf(institutionId),
        transactions: transactionCounts.get(institutionId) ?? 0,
        ms: durationMs,
        failure,
        balances: balancesOf(institutionId),
      }),
    ),
    accounts: snapshot?.accounts.length ?? 0,
    transactions: [...transactionCounts.values()].reduce((sum, count) => sum + count, 0),
    total: byCurrency(balances?.total),
    thisMonth: cashFlowIn(snapshot)?.thisMonth ?? null,
  }
}

export const isComplete = ({ snapshot, refresh }: Result): boolean =>
  snapshot?.status === 'complete' && refresh.state === 'succeeded'

const byCurrency = (totals: readonly { currency: string; net: string }[] | null | undefined) =>
  totals ? new Map(totals.map(({ currency, net }) => [currency, net])) : null
