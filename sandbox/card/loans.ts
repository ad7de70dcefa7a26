import { type Answer, data, Refusal } from '../answer.ts'
import { amountOf, type Ask, entitlement, refuse } from '../ask.ts'
import { dayDigits, dayOf, startOf, timeDigits } from '../kst.ts'
import { decimal } from '../money.ts'
import { pageFor } from '../pages.ts'
import { type AdvanceState, advancesAt, type LongLoanState, longLoansAt } from '../people/cards/card-loans.ts'
import type { LoanRow } from '../people/loan-schedule.ts'
import { countUntil } from '../people/view.ts'
import { rangeOf } from '../range.ts'
import { holdingOf } from './card.ts'
import { counted, whole } from './whole.ts'

/** 카드-010: whether there is anything owed. */
export function loansHeld(ask: Ask): Answer {
  const holding = holdingOf(ask)
  return whole(ask, '', (at) => ({
    is_loan_short_term: String(advancesAt(holding, at).some(({ left }) => left > 0n)),
    is_loan_long_term: String(longLoansAt(holding, at).some(({ left }) => left > 0n)),
  }))
}

/** 카드-011: cash advances. */
export function shortTermLoans(ask: Ask): Answer {
  const holding = holdingOf(ask)
  return whole(ask, '', (at) => counted('short_term', advancesAt(holding, at).map(advanceRow)))
}

/** 카드-012: long-term loans. */
export function longTermLoans(ask: Ask): Answer {
  const holding = holdingOf(ask)
  return whole(ask, '', (at) =>
    counted(
      'long_term',
      longLoansAt(holding, at).map((loan) => loanRow(ask, loan, at)),
    ),
  )
}

/** 카드-013: drawdown and repayments of a long-term loan, newest first. */
export function longTermTransactions(ask: Ask): Answer {
  const { from, through } = rangeOf(ask, { days: 31 })
  const asked = ask.params['loan_num']
  if (!asked || asked.length > 20) throw new Refusal('40001')
  const loan = longLoansAt(holdingOf(ask), ask.now).find(({ loanNum }) => loanNum === asked)
  if (!loan) throw refuse(ask, 'unknown-asset', '40402', 'no such loan')
  const first = countUntil(loan.rows, startOf(from) - 1)
  const end = countUntil(loan.rows, Math.min(startOf(through + 1) - 1, ask.now))
  const page = pageFor(ask, { scope: `${asked}|${from}|${through}`, total: Math.max(0, end - first) })
  const use = entitlement(ask, asked, page.isFirst)
  if (page.nextPage === undefined) use()
  const top = first + page.total
  const rows = loan.rows.slice(top - page.to, top - page.from).toReversed()
  return data({
    ...(page.nextPage === undefined ? {} : { next_page: page.nextPage }),
    ...counted(
      'trans',
      rows.map((row) => transactionRow(ask, asked, row)),
    ),
  })
}

function advanceRow({ at, amount, left, dueAt, milliPercent, paidFrom }: AdvanceState): object {
  return {
    loan_dtime: timeDigits(at),
    loan_amt: decimal(amount),
    balance_amt: decimal(left),
    pay_due_date: dayDigits(dayOf(dueAt)),
    int_rate: (milliPercent / 1000).toFixed(1),
    repay_org_code: paidFrom.bankCode,
    repay_account_num: paidFrom.accountNum,
  }
}

function loanRow(ask: Ask, loan: LongLoanState, at: number): object {
  const { loanNum, name, openedOn, expiresOn, rate, terms, left, paidFrom, rows } = loan
  const latest = rows[countUntil(rows, at) - 1]
  return {
    loan_num: loanNum,
    loan_dtime: dayDigits(openedOn),
    loan_cnt: '1',
    loan_type: '신용대출',
    loan_name: name,
    loan_amt: amountOf(ask, terms.principal),
    int_rate: rate,
    exp_date: dayDigits(expiresOn),
    balance_amt: amountOf(ask, left),
    // 02 equal principal
    repay_method: '02',
    int_amt: amountOf(ask, latest?.interest ?? 0n),
    repay_org_code: paidFrom.bankCode,
    repay_account_num: paidFrom.accountNum,
  }
}

function transactionRow(ask: Ask, loanNum: string, row: LoanRow): object {
  return {
    loan_num: loanNum,
    trans_dtime: timeDigits(row.at),
    trans_no: row.transNo,
    trans_type: row.type,
    currency_code: 'KRW',
    trans_amt: amountOf(ask, row.amount),
    balance_amt: amountOf(ask, row.balance),
    principal_amt: amountOf(ask, row.principal),
    int_amt: amountOf(ask, row.interest),
  }
}
