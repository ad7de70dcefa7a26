import { loanBalanceAt } from './bank/loan.ts'
import type { CardTruth } from './card/card-truth.ts'
import type { CardCompanyTruth } from './card/company-truth.ts'
import type { Institution } from './institutions.ts'
import { type Day, startOf } from './kst.ts'
import { decimal, type Thousandths } from './money.ts'
import { isCredit, type Ledger } from './people/history.ts'
import { accountsAt, balancesAt, countUntil, isClosed } from './people/view.ts'
import type { World } from './world.ts'

/** What is true of an account: balances as of `at`, transactions from and through these days, seen at `at`. */
export type AccountTruth = {
  institutionId: string
  accountNum: string
  seqno?: string
  name: string
  accountType: string
  status: 'active' | 'closed'
  isConsent: boolean
  isMinus: boolean
  isForeign: boolean
  balances: { currency: string; balance: string }[]
  transactions: { count: number; sumIn: Record<string, string>; sumOut: Record<string, string> }
  loan?: { balance: string; transactions: { count: number; principal: string; interest: string } }
}
export type Truth = {
  person: string
  at: string
  /** At banks. */
  accounts: AccountTruth[]
  cards: CardTruth[]
  cardCompanies: CardCompanyTruth[]
}
export type Window = { from: Day; through: Day; at: number }

/** The truth about a person at an institution, by which what a client stored can be judged. */
export function truthOf(
  world: World,
  person: string,
  institution: Institution,
  window: Window,
): AccountTruth[] {
  const holding = world.histories.holding(person, institution, world.clock.now())
  return accountsAt(holding, window.at).map((ledger) => {
    const { accountNum, seqno, prodName, accountType, isConsent, loan, deposit } = ledger.account
    return {
      institutionId: institution.institutionId,
      accountNum,
      ...(seqno === undefined ? {} : { seqno }),
      name: prodName,
      accountType,
      status: isClosed(holding, ledger, window.at) ? 'closed' : 'active',
      isConsent,
      isMinus: deposit?.overdraftLimit !== undefined,
      isForeign: deposit?.isForeign ?? false,
      balances: balancesOf(ledger, window.at),
      transactions: depositSums(ledger, window),
      ...(loan || deposit?.overdraftLimit !== undefined ? { loan: loanSums(ledger, window) } : {}),
    }
  })
}

function balancesOf(ledger: Ledger, at: number): AccountTruth['balances'] {
  if (ledger.account.loan) return [{ currency: 'KRW', balance: decimal(loanBalanceAt(ledger, at)) }]
  return [...balancesAt(ledger, at)].map(([currency, balance]) => ({ currency, balance: decimal(balance) }))
}

function depositSums({ rows }: Ledger, window: Window): AccountTruth['transactions'] {
  const sums = { in: new Map<string, Thousandths>(), out: new Map<string, Thousandths>() }
  const seen = within(rows, window)
  for (const { type, currency, amount } of seen) {
    const side = isCredit(type) ? sums.in : sums.out
    side.set(currency, (side.get(currency) ?? 0n) + amount)
  }
  return { count: seen.length, sumIn: texts(sums.in), sumOut: texts(sums.out) }
}

function loanSums(ledger: Ledger, window: Window): NonNullable<AccountTruth['loan']> {
  const seen = within(ledger.loanRows, window)
  return {
    balance: decimal(loanBalanceAt(ledger, window.at)),
    transactions: {
      count: seen.length,
      principal: decimal(seen.reduce((sum, row) => sum + row.principal, 0n)),
      interest: decimal(seen.reduce((sum, row) => sum + row.interest, 0n)),
    },
  }
}

function within<T extends { at: number }>(rows: readonly T[], { from, through, at }: Window): readonly T[] {
  return rows.slice(
    countUntil(rows, startOf(from) - 1),
    countUntil(rows, Math.min(startOf(through + 1) - 1, at)),
  )
}

function texts(sums: ReadonlyMap<string, Thousandths>): Record<string, string> {
  return Object.fromEntries([...sums].map(([currency, sum]) => [currency, decimal(sum)]))
}
