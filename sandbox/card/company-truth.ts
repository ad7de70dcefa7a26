import type { Institution } from '../institutions.ts'
import { dayOf, dayText, monthDigits, monthOf, startOf, timeDigits } from '../kst.ts'
import type { Window } from '../ledger.ts'
import { decimal } from '../money.ts'
import type { Bill } from '../people/cards/bills.ts'
import { billsAt, type CardHolding } from '../people/cards/card-holding.ts'
import { advancesAt, longLoansAt } from '../people/cards/card-loans.ts'
import { pointsAt } from '../people/cards/points.ts'
import type { LoanRow } from '../people/loan-schedule.ts'
import { countUntil } from '../people/view.ts'
import { agreements, paymentsAt } from './payments.ts'

export type BillTruth = {
  seqno?: string
  chargeMonth: string
  amount: string
  paidOn: string
  /** What the detail serves: rows, and the sums of `paid_amt` and of `credit_fee_amt`. */
  charges: { count: number; paid: string; fees: string }
}
/** What a person has at a card company besides the cards. */
export type CardCompanyTruth = {
  institutionId: string
  points: { name: string; remaining: string; expiring: string }
  /** Of the months of the days. */
  bills: BillTruth[]
  payments: { seqno?: string; dueOn: string; amount: string }[]
  revolving: { agreedOn: string; left: string }[]
  advances: { drawnAt: string; amount: string; left: string; dueOn: string }[]
  longLoans: {
    loanNum: string
    name: string
    principal: string
    left: string
    transactions: { count: number; principal: string; interest: string }
  }[]
}

/** The truth about what a person has at a card company besides the cards. */
export function companyTruth(
  holding: CardHolding,
  { institutionId }: Institution,
  window: Window,
): CardCompanyTruth {
  const { from, through, at } = window
  const points = pointsAt(holding, at)
  return {
    institutionId,
    points: {
      name: points.name,
      remaining: String(points.remaining),
      expiring: String(points.expiring),
    },
    bills: billsAt(holding, at)
      .filter(({ month }) => month >= monthOf(from) && month <= monthOf(through))
      .map(billTruth),
    payments: paymentsAt(holding, at).map(({ round, paidAt, amount }) => ({
      ...(round.seqno === undefined ? {} : { seqno: round.seqno }),
      dueOn: dayText(dayOf(paidAt)),
      amount: decimal(amount),
    })),
    revolving: agreements(holding, at).map(({ agreedOn, left }) => ({
      agreedOn: dayText(agreedOn),
      left: decimal(left),
    })),
    advances: advancesAt(holding, at).map((advance) => ({
      drawnAt: timeDigits(advance.at),
      amount: decimal(advance.amount),
      left: decimal(advance.left),
      dueOn: dayText(dayOf(advance.dueAt)),
    })),
    longLoans: longLoansAt(holding, at).map((loan) => ({
      loanNum: loan.loanNum,
      name: loan.name,
      principal: decimal(loan.terms.principal),
      left: decimal(loan.left),
      transactions: loanSums(loan.rows, window),
    })),
  }
}

function billTruth({ round, month, amount, paidAt, charges }: Bill): BillTruth {
  return {
    ...(round.seqno === undefined ? {} : { seqno: round.seqno }),
    chargeMonth: monthDigits(month),
    amount: decimal(amount),
    paidOn: dayText(dayOf(paidAt)),
    charges: {
      count: charges.length,
      paid: decimal(charges.reduce((sum, { paid }) => sum + paid, 0n)),
      fees: decimal(charges.reduce((sum, { fee }) => sum + fee, 0n)),
    },
  }
}

function loanSums(rows: readonly LoanRow[], { from, through, at }: Window) {
  const seen = rows.slice(
    countUntil(rows, startOf(from) - 1),
    countUntil(rows, Math.min(startOf(through + 1) - 1, at)),
  )
  return {
    count: seen.length,
    principal: decimal(seen.reduce((sum, row) => sum + row.principal, 0n)),
    interest: decimal(seen.reduce((sum, row) => sum + row.interest, 0n)),
  }
}
