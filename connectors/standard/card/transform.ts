import { numberTwins } from '../../../domain/occurrences.ts'
import type {
  AccountRow,
  BillLineRow,
  BillRow,
  CardKind,
  ContractRow,
  Identity,
  KnownAccount,
  PointRow,
} from '../../../domain/reading.ts'
import { nothingAgreed } from '../terms.ts'
import type { Bill, BillLine, Card, CardBasic, Payment, Point } from './answers.ts'

const PREFIX = 'card|'

/** The company's own name of a card is the key of all calls; its number is masked by the company already. */
export const cardIdentity = (cardId: string): Identity => `${PREFIX}${cardId}`
export const cardIdOf = (identity: Identity): string => identity.slice(PREFIX.length)

// 03 is a debit card with a small line of credit.
const KINDS: Record<string, CardKind> = { '01': 'credit_card', '02': 'check_card', '03': 'check_card' }

/** The card as listed; null where its type is none we know, since a guess would pair it with the wrong side of a bank. */
export function toCard(sent: Card, known: KnownAccount | undefined): AccountRow | null {
  const kind = KINDS[sent.card_type]
  if (!kind) return null
  return {
    identity: cardIdentity(sent.card_id),
    number: sent.card_num,
    roundNo: null,
    name: sent.card_name ?? '',
    kind,
    typeCode: sent.card_type,
    // The list has no state: a card whose own calls called it closed stays closed, and is not asked about again.
    status: known?.status ?? 'active',
    // Not said is not consented.
    isShared: sent.is_consent === true,
    isOverdraft: null,
    isForeign: null,
    isFamily: sent.card_member === null ? null : sent.card_member === '2',
  }
}

export const nothingOfCards = {
  annualFee: null,
  brand: null,
  payingBank: null,
  payingAccountMasked: null,
  leastPayment: null,
  leastPercent: null,
  agreedPercent: null,
}

export const cardContract =
  (account: Identity) =>
  (sent: CardBasic): ContractRow => ({
    ...nothingAgreed,
    identity: `contract|card-002|${account}`,
    account,
    openedOn: sent.issue_date,
    card: {
      ...nothingOfCards,
      annualFee: sent.annual_fee,
      brand: sent.card_brand,
      payingBank: sent.linked_bank_code,
      // The account itself is the bank's to show, by a consent of its own.
      payingAccountMasked: sent.account_num === null ? null : lastFour(sent.account_num),
    },
  })

const lastFour = (number: string): string => number.slice(-4).padStart(number.length, '*')

export const toPoint = (sent: Point): PointRow => ({
  identity: `point|${sent.point_name}`,
  name: sent.point_name,
  remaining: sent.remain_point_amt,
  expiring: sent.expiring_point_amt,
})

/** A month may have several bills, told apart by their round. */
export const billIdentity = (month: string, roundNo: string | null): Identity =>
  `bill|${month}|${roundNo ?? ''}`

const noParts = {
  lumpSum: null,
  installments: null,
  shortTermLoan: null,
  longTermLoan: null,
  revolving: null,
  other: null,
}

export const toBill = (sent: Bill): BillRow => ({
  identity: billIdentity(sent.charge_month, sent.seqno),
  stage: 'charged',
  month: sent.charge_month,
  roundNo: sent.seqno,
  dueOn: sent.paid_out_date,
  amount: sent.charge_amt,
  currency: 'KRW',
  ...noParts,
})

/** What is announced to be due. No part of any balance: the same purchases stand in the next bill, and in approvals. */
export const toPayment = (sent: Payment): BillRow => ({
  identity: `payment|${sent.pay_due_date}|${sent.seqno ?? ''}`,
  stage: 'upcoming',
  month: null,
  roundNo: sent.seqno,
  dueOn: sent.pay_due_date,
  amount: sent.pay_amt,
  currency: 'KRW',
  lumpSum: sent.lump_sum_amt,
  installments: sent.monthly_amt,
  shortTermLoan: sent.loan_short_amt,
  longTermLoan: sent.loan_long_amt,
  revolving: sent.revolving_amt,
  other: sent.etc_amt,
})

/** All lines of one bill. Numbered ones that came twice are one; others may be genuine twins, and are counted. */
export function billLines(bill: Identity, sent: readonly BillLine[]): BillLineRow[] {
  const once = new Map(sent.filter(isNumbered).map((line) => [content(line), line]))
  const lines = [...once.values(), ...sent.filter((line) => !isNumbered(line))]
  return numberTwins(lines, (line) => lineKey(bill, line), content).map(({ row, identity }) => ({
    identity,
    bill,
    account: cardIdentity(row.card_id),
    usedOn: row.paid_dtime.on,
    usedAt: row.paid_dtime.at,
    timeKnown: row.paid_dtime.timeKnown,
    amount: row.paid_amt,
    currency: row.currency_code,
    fee: row.credit_fee_amt,
    installments: row.total_install_cnt,
    installmentNo: row.cur_install_cnt,
    left: row.balance_amt,
    typeCode: row.prod_type,
    description: row.merchant_name,
    merchantNo: row.merchant_regno,
  }))
}

function lineKey(
  bill: Identity,
  { card_id, paid_dtime, trans_no, paid_amt, cur_install_cnt }: BillLine,
): string {
  const of = trans_no === null ? [paid_dtime.sent, paid_amt] : [paid_dtime.on, trans_no]
  return `line|${JSON.stringify([bill, card_id, ...of, cur_install_cnt])}`
}

const content = (line: BillLine): string => JSON.stringify(line)
const isNumbered = ({ trans_no }: BillLine): boolean => trans_no !== null
