import { type Decimal, amountText, decimal, sum } from '../money.ts'
import { isCard } from '../reading.ts'
import type { Analyser, Cut, Document } from './analyser.ts'

type Balance = Cut['balances'][number]
type Institution = Cut['institutions'][number]

/** What a person has and owes, by currency, at each institution and in all. What nobody said is null, never zero. */
export const balances: Analyser = {
  name: 'balances',
  version: 1,
  required: true,
  needs: ['accounts', 'balances'],
  analyse: (cut) => {
    const present = new Set(cut.institutions.filter(isPresent).map(({ institutionId }) => institutionId))
    const institutionOf = new Map(cut.accounts.map(({ key, institutionId }) => [key, institutionId]))
    const used = cut.balances.filter(({ account }) => present.has(institutionOf.get(account) ?? ''))
    const missing = cut.institutions.filter((institution) => !isPresent(institution))
    const unknown = accountsWithoutBalance(cut, used)
    return {
      asOf: cut.asOf,
      isComplete: missing.length === 0 && unknown.length === 0,
      missing: missing.map(({ institutionId }) => institutionId),
      total: present.size > 0 ? totals(used) : null,
      institutions: cut.institutions.map((institution) => ofInstitution(institution, cut, used)),
      lineage: {
        balances: { used: used.length, leftOut: { institutionNotInCut: cut.balances.length - used.length } },
        accounts: { total: cut.accounts.length, withoutBalance: unknown.length },
      },
    }
  },
}

const isPresent = ({ state }: Institution): boolean => state !== 'absent'

function ofInstitution(institution: Institution, cut: Cut, used: readonly Balance[]): Document {
  const { institutionId, name, state, asOf } = institution
  const keys = new Set(
    cut.accounts.filter((account) => account.institutionId === institutionId).map(({ key }) => key),
  )
  const own = used.filter(({ account }) => keys.has(account))
  const accountsUnknown = accountsWithoutBalance(cut, used).filter(({ key }) => keys.has(key)).length
  const reason = !isPresent(institution)
    ? 'institution_absent'
    : own.length === 0 && accountsUnknown > 0
      ? 'no_balance_said'
      : null
  return { institutionId, name, state, asOf, totals: reason ? null : totals(own), reason, accountsUnknown }
}

// A closed account has nothing to say; one that is open or not shared has a balance that we do not know. A card has none:
// what it spent is in the next bill, and a net worth with both would count it, the bill and the money that pays it.
function accountsWithoutBalance(cut: Cut, used: readonly Balance[]): Cut['accounts'] {
  const said = new Set(used.map(({ account }) => account))
  return cut.accounts.filter(
    ({ key, kind, status }) => status === 'active' && !isCard(kind) && !said.has(key),
  )
}

function totals(rows: readonly Balance[]): Document[] {
  const currencies = [...new Set(rows.map(({ currency }) => currency))].toSorted()
  return currencies.map((currency) => {
    const ofSide = (side: Balance['side']): Decimal =>
      sum(
        rows
          .filter((row) => row.currency === currency && row.side === side)
          .map((row) => decimal(row.amount)),
      )
    const assets = ofSide('asset')
    const debts = ofSide('debt')
    return {
      currency,
      assets: amountText(assets),
      debts: amountText(debts),
      net: amountText(assets.minus(debts)),
    }
  })
}
