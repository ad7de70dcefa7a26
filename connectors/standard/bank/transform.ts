import type {
  AccountKind,
  AccountRow,
  BalanceRow,
  ContractRow,
  Identity,
  TransactionRow,
} from '../../../domain/reading.ts'
import { booking, identified } from '../bookings.ts'
import { nothingAgreed } from '../terms.ts'
import type {
  BankAccount,
  CreditTerms,
  DepositBasic,
  DepositDetail,
  DepositTransaction,
  LoanBasic,
  LoanDetail,
} from './answers.ts'
import { directionsByBalance } from './direction.ts'

/** Number and round number name an account: a number alone may stand for several contracts. */
export const accountIdentity = (number: string, roundNo: string | null): Identity =>
  `account|${number}|${roundNo ?? ''}`

const KINDS: Record<string, AccountKind> = { 1: 'deposit', 2: 'investment', 3: 'loan' }

/** The account as listed; null where its kind is none we know, since a guess would put debts among savings. */
export function toAccount(sent: BankAccount): AccountRow | null {
  const kind = KINDS[sent.account_type.slice(0, 1)]
  if (!kind) return null
  return {
    identity: accountIdentity(sent.account_num, sent.seqno),
    number: sent.account_num,
    roundNo: sent.seqno,
    name: sent.prod_name ?? '',
    kind,
    typeCode: sent.account_type,
    // Only 01 is documented; nothing else may be asked about.
    status: sent.account_status === '01' ? 'active' : 'inactive',
    // Not said is not consented.
    isShared: sent.is_consent === true,
    isOverdraft: sent.is_minus,
    isForeign: sent.is_foreign_deposit,
  }
}

export const depositContract =
  (account: Identity) =>
  (sent: DepositBasic): ContractRow => ({
    ...nothingAgreed,
    identity: `contract|bank-002|${account}|${sent.currency_code}`,
    account,
    currency: sent.currency_code,
    openedOn: sent.issue_date,
    maturesOn: sent.exp_date,
    committed: sent.commit_amt,
    monthlyPayment: sent.monthly_paid_in_amt,
    method: sent.saving_method,
  })

export const depositBalance =
  (account: Identity) =>
  (sent: DepositDetail): BalanceRow => ({
    identity: `balance|bank-003|${account}|${sent.currency_code}`,
    account,
    currency: sent.currency_code,
    amount: sent.balance_amt,
    side: 'asset',
    available: sent.withdrawable_amt,
  })

export const loanContract =
  (account: Identity) =>
  (sent: LoanBasic): ContractRow => ({
    ...nothingAgreed,
    identity: `contract|bank-008|${account}`,
    account,
    openedOn: sent.issue_date,
    maturesOn: sent.exp_date,
    ratePercent: sent.last_offered_rate,
    method: sent.repay_method,
    repaymentDay: sent.repay_date,
  })

/** The part of a loan's detail that is terms and not a balance. For a credit line some banks send the limit here. */
export const loanTerms =
  (account: Identity) =>
  (sent: CreditTerms): ContractRow => ({
    ...nothingAgreed,
    identity: `contract|bank-009|${account}`,
    account,
    currency: sent.currency_code,
    principal: sent.loan_principal,
    nextRepaymentOn: sent.next_repay_date,
  })

export const loanBalance =
  (account: Identity) =>
  (sent: LoanDetail): BalanceRow => ({
    identity: `balance|bank-009|${account}|${sent.currency_code}`,
    account,
    currency: sent.currency_code,
    amount: sent.balance_amt,
    side: 'debt',
    available: null,
  })

const DEPOSIT_DIRECTIONS: Record<string, 'in' | 'out'> = {
  '01': 'in',
  '02': 'out',
  '03': 'in',
  '04': 'in',
  '05': 'out',
  '06': 'in',
  '07': 'out',
  '98': 'in',
  '99': 'out',
}

/** All transactions that were read of one deposit account; an unknown code is settled by the balances, or not at all. */
export function depositTransactions(
  account: Identity,
  sent: readonly DepositTransaction[],
): TransactionRow[] {
  const rows = sent.map((row) => ({
    number: row.trans_no,
    sentTime: row.trans_dtime.sent,
    row: {
      ...booking(account, row),
      direction: DEPOSIT_DIRECTIONS[row.trans_type] ?? null,
      typeText: row.trans_class,
      description: row.trans_memo,
      principal: null,
      interest: null,
    },
  }))
  const settled = directionsByBalance(rows.map(({ row }) => row))
  return identified(rows.map((numbered, at) => ({ ...numbered, row: settled[at] ?? numbered.row })))
}
