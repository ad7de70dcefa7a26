import { z } from 'zod'

import { numberTwins } from '../../domain/occurrences.ts'
import type { Identity, TransactionRow } from '../../domain/reading.ts'
import * as field from './fields.ts'
import type { Listing } from './paging.ts'
import type { Twins } from './twins.ts'

/** What every booking has, at whatever institution. */
export const bookingFields = {
  trans_dtime: field.moment,
  trans_no: field.text,
  trans_type: field.neededText,
  currency_code: field.currency,
  trans_amt: field.neededUnsignedAmount,
  balance_amt: field.amount,
}

const sentBooking = z.object(bookingFields)
const loanTransaction = z.object({ ...bookingFields, principal_amt: field.amount, int_amt: field.amount })

/** Bookings of a loan: banks and card companies send the same fields. */
export const loanTransactionList: Listing<LoanTransaction> = {
  list: 'trans_list',
  count: 'trans_cnt',
  row: loanTransaction,
}

/** A numbered booking that came twice is one, as below; others may have twins. */
export const bookingTwins: Twins<SentBooking> = {
  isOne: ({ trans_no }) => trans_no !== null,
  dayOf: ({ trans_dtime }) => trans_dtime.on,
}

export type SentBooking = z.infer<typeof sentBooking>
export type LoanTransaction = z.infer<typeof loanTransaction>

// Seen from the loan account: a drawdown leaves it, a repayment comes in. A correction (03) may be either.
const LOAN_DIRECTIONS: Record<string, 'in' | 'out'> = { '01': 'out', '02': 'in' }

/** All transactions that were read of one loan. */
export function loanTransactions(account: Identity, sent: readonly LoanTransaction[]): TransactionRow[] {
  return identified(
    sent.map((row) => ({
      number: row.trans_no,
      sentTime: row.trans_dtime.sent,
      row: {
        ...booking(account, row),
        direction: LOAN_DIRECTIONS[row.trans_type] ?? null,
        typeText: null,
        description: null,
        principal: row.principal_amt,
        interest: row.int_amt,
      },
    })),
  )
}

export function booking(account: Identity, sent: SentBooking) {
  return {
    account,
    occurredOn: sent.trans_dtime.on,
    occurredAt: sent.trans_dtime.at,
    timeKnown: sent.trans_dtime.timeKnown,
    amount: sent.trans_amt,
    currency: sent.currency_code,
    balanceAfter: sent.balance_amt,
    typeCode: sent.trans_type,
  }
}

type Numbered = { number: string | null; sentTime: string; row: Omit<TransactionRow, 'identity'> }

/**
 * Gives every row its identity, over all pages and ranges together. A numbered row that came twice is one row (pages
 * overlap); rows without a number may be genuine twins, two fees in one second that leave the same balance behind, and
 * are counted: which of them came on two pages has been settled before (twins.ts). Banks reuse numbers, too: then they are
 * twins.
 */
export function identified(rows: readonly Numbered[]): TransactionRow[] {
  const content = (row: Numbered) => JSON.stringify(row)
  const once = new Map(rows.filter(({ number }) => number !== null).map((row) => [content(row), row]))
  const unnumbered = rows.filter(({ number }) => number === null)
  return numberTwins([...once.values(), ...unnumbered], transactionKey, content).map(({ row, identity }) => ({
    identity,
    ...row.row,
  }))
}

function transactionKey({ number, sentTime, row }: Numbered): string {
  const parts =
    number === null
      ? [row.account, sentTime, row.typeCode, row.currency, row.amount, row.balanceAfter]
      : [row.account, row.occurredOn, number, row.typeCode]
  return `transaction|${JSON.stringify(parts)}`
}
