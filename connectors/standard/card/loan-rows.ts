import type { AccountRow, BalanceRow, ContractRow, Identity } from '../../../domain/reading.ts'
import { nothingAgreed } from '../terms.ts'
import type { LongTermLoan, Revolving, ShortTermLoan } from './answers.ts'
import { nothingOfCards } from './transform.ts'

/*
 * What a card company lends is a loan like a bank's: an account, what is owed on it, and its terms. Purchases that are
 * not yet paid are none of it: they are in the next bill, which is no balance, or net worth would count them, the bill
 * and the money that pays it.
 */

type Named = { identity: Identity; number: string; name: string; typeCode: string; isEnded?: boolean }

const loanAccount = ({ identity, number, name, typeCode, isEnded = false }: Named): AccountRow => ({
  identity,
  number,
  roundNo: null,
  name,
  kind: 'loan',
  typeCode,
  status: isEnded ? 'inactive' : 'active',
  isShared: true,
  isOverdraft: null,
  isForeign: null,
})

const owed = (account: Identity, amount: string): BalanceRow => ({
  identity: `balance|${account}`,
  account,
  currency: 'KRW',
  amount,
  side: 'debt',
  available: null,
})

/** A cash advance has no number: its second and its amount name it. */
const shortTerm = ({ loan_dtime, loan_amt }: ShortTermLoan): Identity =>
  `loan|short-term|${loan_dtime.sent}|${loan_amt}`

export const shortTermAccount = (sent: ShortTermLoan): AccountRow =>
  loanAccount({ identity: shortTerm(sent), number: '', name: '단기카드대출', typeCode: 'short-term' })

export const shortTermBalance = (sent: ShortTermLoan): BalanceRow => owed(shortTerm(sent), sent.balance_amt)

export const shortTermContract = (sent: ShortTermLoan): ContractRow => ({
  ...nothingAgreed,
  identity: `contract|${shortTerm(sent)}`,
  account: shortTerm(sent),
  currency: 'KRW',
  openedOn: sent.loan_dtime.on,
  maturesOn: sent.pay_due_date,
  ratePercent: sent.int_rate,
  principal: sent.loan_amt,
  nextRepaymentOn: sent.pay_due_date,
})

const longTerm = (loanNumber: string): Identity => `loan|long-term|${loanNumber}`

export const longTermAccount = ({ loan_num, loan_name }: LongTermLoan): AccountRow =>
  loanAccount({
    identity: longTerm(loan_num),
    number: loan_num,
    name: loan_name ?? '',
    typeCode: 'long-term',
  })

export const isLongTerm = ({ kind, typeCode }: Pick<AccountRow, 'kind' | 'typeCode'>): boolean =>
  kind === 'loan' && typeCode === 'long-term'

export const longTermBalance = ({ loan_num, balance_amt }: LongTermLoan): BalanceRow =>
  owed(longTerm(loan_num), balance_amt)

export const longTermContract = (sent: LongTermLoan): ContractRow => ({
  ...nothingAgreed,
  identity: `contract|${longTerm(sent.loan_num)}`,
  account: longTerm(sent.loan_num),
  currency: 'KRW',
  openedOn: sent.loan_dtime.on,
  maturesOn: sent.exp_date,
  ratePercent: sent.int_rate,
  principal: sent.loan_amt,
  method: sent.repay_method,
})

const revolving = ({ req_date }: Revolving): Identity => `loan|revolving|${req_date}`

export const revolvingAccount = (sent: Revolving): AccountRow =>
  loanAccount({
    identity: revolving(sent),
    number: '',
    name: '일부결제금액이월약정',
    typeCode: 'revolving',
    isEnded: sent.close_date !== null,
  })

/** What of earlier bills was carried over. */
export const revolvingBalance = (sent: Revolving): BalanceRow => owed(revolving(sent), sent.remained_amt)

export const revolvingContract = (sent: Revolving): ContractRow => ({
  ...nothingAgreed,
  identity: `contract|${revolving(sent)}`,
  account: revolving(sent),
  currency: 'KRW',
  openedOn: sent.req_date,
  maturesOn: sent.end_date,
  monthlyPayment: sent.agreed_pay_amt,
  card: {
    ...nothingOfCards,
    leastPayment: sent.min_pay_amt,
    leastPercent: sent.min_pay_rate,
    agreedPercent: sent.agreed_pay_rate,
  },
})
