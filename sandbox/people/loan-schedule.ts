import { addMonths, calendar, type Day, startOf } from '../kst.ts'
import type { Thousandths } from '../money.ts'
import type { LoanTerms } from './profile.ts'

/** A row of the loan side. */
export type LoanRow = {
  at: number
  /** 01 drawdown, 02 repayment. */
  type: '01' | '02'
  amount: Thousandths
  balance: Thousandths
  principal: Thousandths
  interest: Thousandths
  /** Days the interest is for, both included. */
  interestFrom: Day
  interestTo: Day
  transNo: string
}

/** 600: fifty years of months, more than any loan here. */
const MAX_INSTALMENTS = 600

/** Every row of a loan from its drawdown until it is paid back: equal principal, interest in whole won. */
export function loanSchedule(terms: LoanTerms, drawnOn: Day): LoanRow[] {
  const rows: LoanRow[] = [drawdown(terms, drawnOn)]
  let balance = terms.principal
  let paidOn = drawnOn
  for (let number = 1; balance > 0n && number <= MAX_INSTALMENTS; number += 1) {
    const on = repaymentDay(drawnOn, terms.repayDate, number)
    const interest = ((balance * BigInt(terms.milliPercent)) / 1_200_000_000n) * 1000n
    const principal = balance < terms.monthlyPrincipal ? balance : terms.monthlyPrincipal
    balance -= principal
    rows.push({
      at: startOf(on) + 6 * 3600_000,
      type: '02',
      amount: principal + interest,
      balance,
      principal,
      interest,
      interestFrom: paidOn,
      interestTo: on - 1,
      transNo: String(number + 1).padStart(9, '0'),
    })
    paidOn = on
  }
  return rows
}

/** The so-manieth repayment day: that date of the so-manieth month after the drawdown. */
export function repaymentDay(drawnOn: Day, repayDate: number, number: number): Day {
  const { date } = calendar(drawnOn)
  return addMonths(drawnOn - date + 1, number) + repayDate - 1
}

function drawdown(terms: LoanTerms, drawnOn: Day): LoanRow {
  const { principal } = terms
  return {
    at: startOf(drawnOn) + 11 * 3600_000,
    type: '01',
    amount: principal,
    balance: principal,
    principal: 0n,
    interest: 0n,
    interestFrom: drawnOn,
    interestTo: drawnOn,
    transNo: '000000001',
  }
}
