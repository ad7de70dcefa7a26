import { z } from 'zod'

import { bookingFields } from '../bookings.ts'
import * as field from '../fields.ts'
import type { Listing } from '../paging.ts'

/*
 * What banks answer, field by field. Only what is used is named; what an answer is worth nothing without is needed, the
 * rest may be missing: consents to memos and the habits of institutions differ.
 */

const bankAccount = z.object({
  account_num: field.neededText,
  seqno: field.text,
  is_consent: field.flag,
  is_foreign_deposit: field.flag,
  is_minus: field.flag,
  prod_name: field.text,
  account_type: field.neededText,
  account_status: field.neededText,
})

const depositBasic = z.object({
  currency_code: field.currency,
  saving_method: field.text,
  issue_date: field.day,
  exp_date: field.day,
  commit_amt: field.amount,
  monthly_paid_in_amt: field.amount,
})

const depositDetail = z.object({
  currency_code: field.currency,
  balance_amt: field.neededAmount,
  withdrawable_amt: field.amount,
})

const depositTransaction = z.object({ ...bookingFields, trans_class: field.text, trans_memo: field.text })

export const loanBasic = z.object({
  issue_date: field.day,
  exp_date: field.day,
  last_offered_rate: field.rate,
  repay_date: field.dayOfMonth,
  repay_method: field.text,
})

/** The part of a loan's detail that is terms; of an overdraft's, all that is used. */
export const creditTerms = z.object({
  currency_code: field.currency,
  loan_principal: field.amount,
  next_repay_date: field.day,
})

/** What is owed has no sign; a negative debt would be a guess. */
export const loanDetail = creditTerms.extend({ balance_amt: field.neededUnsignedAmount })

export const accountList: Listing<BankAccount> = {
  list: 'account_list',
  count: 'account_cnt',
  row: bankAccount,
}
export const depositBasicList: Listing<DepositBasic> = {
  list: 'basic_list',
  count: 'basic_cnt',
  row: depositBasic,
}
export const depositDetailList: Listing<DepositDetail> = {
  list: 'detail_list',
  count: 'detail_cnt',
  row: depositDetail,
}
export const depositTransactionList: Listing<DepositTransaction> = {
  list: 'trans_list',
  count: 'trans_cnt',
  row: depositTransaction,
}

export type BankAccount = z.infer<typeof bankAccount>
export type DepositBasic = z.infer<typeof depositBasic>
export type DepositDetail = z.infer<typeof depositDetail>
export type DepositTransaction = z.infer<typeof depositTransaction>
export type LoanBasic = z.infer<typeof loanBasic>
export type CreditTerms = z.infer<typeof creditTerms>
export type LoanDetail = z.infer<typeof loanDetail>
