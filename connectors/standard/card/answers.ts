import { z } from 'zod'

import * as field from '../fields.ts'
import type { Listing } from '../paging.ts'

/*
 * What card companies answer, field by field. Only what is used is named; what an answer is worth nothing without is
 * needed, the rest may be missing: consents to merchants and the habits of companies differ.
 */

const card = z.object({
  card_id: field.neededText,
  card_num: field.neededText,
  is_consent: field.flag,
  card_name: field.text,
  card_member: field.text,
  card_type: field.neededText,
})

export const cardBasic = z.object({
  linked_bank_code: field.text,
  account_num: field.text,
  card_brand: field.text,
  annual_fee: field.amount,
  issue_date: field.day,
})

const point = z.object({
  point_name: field.neededText,
  remain_point_amt: field.neededAmount,
  expiring_point_amt: field.amount,
})

const bill = z.object({
  seqno: field.text,
  charge_amt: field.neededAmount,
  charge_month: field.neededMonth,
  paid_out_date: field.neededDay,
})

const billLine = z.object({
  card_id: field.neededText,
  paid_dtime: field.moment,
  trans_no: field.text,
  paid_amt: field.neededAmount,
  currency_code: field.currency,
  merchant_name: field.text,
  merchant_regno: field.text,
  credit_fee_amt: field.amount,
  total_install_cnt: field.count,
  cur_install_cnt: field.count,
  balance_amt: field.amount,
  prod_type: field.neededText,
})

const payment = z.object({
  seqno: field.text,
  pay_due_date: field.neededDay,
  pay_amt: field.neededAmount,
  lump_sum_amt: field.amount,
  monthly_amt: field.amount,
  loan_short_amt: field.amount,
  revolving_amt: field.amount,
  loan_long_amt: field.amount,
  etc_amt: field.amount,
})

const revolving = z.object({
  req_date: field.neededDay,
  end_date: field.day,
  close_date: field.day,
  min_pay_rate: field.rate,
  min_pay_amt: field.amount,
  agreed_pay_rate: field.rate,
  agreed_pay_amt: field.amount,
  remained_amt: field.neededUnsignedAmount,
})

const approval = z
  .object({
    approved_dtime: field.moment,
    approved_num: field.neededText,
    status: field.neededText,
    pay_type: field.neededText,
    trans_dtime: field.optionalMoment,
    merchant_name: field.text,
    merchant_regno: field.text,
    approved_amt: field.neededUnsignedAmount,
    modified_amt: field.unsignedAmount,
    total_install_cnt: field.count,
    country_code: field.text,
    currency_code: field.currency,
    krw_amt: field.unsignedAmount,
  })
  .refine(({ status }) => STATUSES.has(status), { error: 'a state of an approval', path: ['status'] })
  // Neither the first amount nor nothing is what an amended approval counts.
  .refine(({ status, modified_amt }) => status !== '03' || modified_amt !== null, {
    error: 'the new amount',
    path: ['modified_amt'],
  })

const STATUSES = new Set(['01', '02', '03'])

export const loansHeld = z.object({
  is_loan_short_term: field.neededFlag,
  is_loan_long_term: field.neededFlag,
})

const shortTermLoan = z.object({
  loan_dtime: field.moment,
  loan_amt: field.neededUnsignedAmount,
  balance_amt: field.neededUnsignedAmount,
  pay_due_date: field.day,
  int_rate: field.rate,
})

const longTermLoan = z.object({
  loan_num: field.neededText,
  loan_dtime: field.moment,
  loan_name: field.text,
  loan_amt: field.neededUnsignedAmount,
  int_rate: field.rate,
  exp_date: field.day,
  balance_amt: field.neededUnsignedAmount,
  repay_method: field.text,
})

export const cardList: Listing<Card> = { list: 'card_list', count: 'card_cnt', row: card }
export const pointList: Listing<Point> = { list: 'point_list', count: 'point_cnt', row: point }
export const billList: Listing<Bill> = { list: 'bill_list', count: 'bill_cnt', row: bill }
export const billLineList: Listing<BillLine> = {
  list: 'bill_detail_list',
  count: 'bill_detail_cnt',
  row: billLine,
}
export const paymentList: Listing<Payment> = { list: 'pay_list', count: 'pay_cnt', row: payment }
export const revolvingList: Listing<Revolving> = {
  list: 'revolving_list',
  count: 'revolving_cnt',
  row: revolving,
}
export const approvalList: Listing<SentApproval> = {
  list: 'approved_list',
  count: 'approved_cnt',
  row: approval,
}
export const shortTermList: Listing<ShortTermLoan> = {
  list: 'short_term_list',
  count: 'short_term_cnt',
  row: shortTermLoan,
}
export const longTermList: Listing<LongTermLoan> = {
  list: 'long_term_list',
  count: 'long_term_cnt',
  row: longTermLoan,
}

export type Card = z.infer<typeof card>
export type CardBasic = z.infer<typeof cardBasic>
export type Point = z.infer<typeof point>
export type Bill = z.infer<typeof bill>
export type BillLine = z.infer<typeof billLine>
export type Payment = z.infer<typeof payment>
export type Revolving = z.infer<typeof revolving>
export type SentApproval = z.infer<typeof approval>
export type LoansHeld = z.infer<typeof loansHeld>
export type ShortTermLoan = z.infer<typeof shortTermLoan>
export type LongTermLoan = z.infer<typeof longTermLoan>
