import type { FailureName } from './failures.ts'
import type { KstDate, KstDateTime } from './time.ts'

/**
 * What tells one asset or row of an institution from another, in that institution's own words (an account number, a
 * transaction number with its day, …). It may hold personal data: only its keyed hash is ever stored or shown.
 */
export type Identity = string

/** Why a call is made; the header x-api-type. A wrong value is a billing error. */
export type ApiType = 'scheduled' | 'user-consent' | 'user-refresh' | 'user-search'

export type AccountKind = 'deposit' | 'investment' | 'loan' | CardKind

/** A card is an account that holds nothing: what it spent stands in approvals, what is owed for it in bills. */
export type CardKind = 'credit_card' | 'check_card'

export const isCard = (kind: string): kind is CardKind => kind === 'credit_card' || kind === 'check_card'

/** One account as its list names it. */
export type AccountRow = {
  identity: Identity
  /** In the clear here; sealed before it is stored. */
  number: string
  roundNo: string | null
  name: string
  kind: AccountKind
  /** The institution's own code of the kind ('1001'), kept as it is. */
  typeCode: string
  status: 'active' | 'inactive'
  /** Whether the consent covers this asset: if not, nothing but this row is known of it. */
  isShared: boolean
  isOverdraft: boolean | null
  isForeign: boolean | null
  /** Cards: held by another member of the family, who spends on the same bill. */
  isFamily?: boolean | null
}

/** What an account holds or owes in one currency. */
export type BalanceRow = {
  identity: Identity
  account: Identity
  currency: string
  /** Canonical decimal text. For a debt: what is owed, positive. */
  amount: string
  side: 'asset' | 'debt'
  available: string | null
}

/** The terms of an account: rate in percent, dates, amounts; null where the institution did not say. */
export type ContractRow = {
  identity: Identity
  account: Identity
  currency: string | null
  openedOn: KstDate | null
  maturesOn: KstDate | null
  ratePercent: string | null
  /** Agreed total, monthly instalment, original principal or credit line. */
  committed: string | null
  monthlyPayment: string | null
  principal: string | null
  method: string | null
  repaymentDay: number | null
  nextRepaymentOn: KstDate | null
  /** Absent on everything but cards and what card companies lend. */
  card?: CardTerms
}

/** What only a card, or a revolving agreement of a card company, has agreed. */
export type CardTerms = {
  annualFee: string | null
  brand: string | null
  /** Which bank pays, in the code of banks (not an organisation code), and the last characters of its account. */
  payingBank: string | null
  payingAccountMasked: string | null
  /** Revolving: the least to be paid, and the share that is paid as agreed. */
  leastPayment: string | null
  leastPercent: string | null
  agreedPercent: string | null
}

/** What is held of something that has a quantity (investments; no bank sends any). */
export type HoldingRow = {
  identity: Identity
  account: Identity
  name: string
  quantity: string | null
  value: string | null
  currency: string
}

/** One booking on one account, or one approval on one card. */
export type TransactionRow = {
  identity: Identity
  account: Identity
  occurredOn: KstDate
  /** Midnight where the institution keeps only the day; then timeKnown is false. */
  occurredAt: KstDateTime
  timeKnown: boolean
  /** Seen from the account: money into it, out of it, or not said. Never guessed. */
  direction: 'in' | 'out' | null
  /** Canonical decimal text, never negative. */
  amount: string
  currency: string
  balanceAfter: string | null
  /** The institution's own code and words. */
  typeCode: string
  typeText: string | null
  description: string | null
  /** Loans: which part of the amount was principal, and which interest. */
  principal: string | null
  interest: string | null
  /** Absent on everything but card approvals. */
  approval?: Approval
}

export type ApprovalStatus = 'approved' | 'cancelled' | 'amended'

/**
 * What only a card approval has. It is one row for ever: a cancellation or an amendment is its new state, whose amount
 * is what counts from then on (nothing, once it is cancelled).
 */
export type Approval = {
  number: string
  status: ApprovalStatus
  /** What was approved first, in the row's currency. */
  approvedAmount: string
  /** When it was cancelled or amended. */
  changedAt: KstDateTime | null
  /** In how many parts it is paid; null where it is paid at once. */
  installments: number | null
  merchantNo: string | null
  /** Overseas: where, and what the company takes it for in won. As sent: of an amended one nobody says of which amount. */
  country: string | null
  krwAmount: string | null
}

/** Points of one scheme. */
export type PointRow = { identity: Identity; name: string; remaining: string; expiring: string | null }

/** What a card company charges on one day for all its cards: a bill, or what it announces to be due. */
export type BillRow = {
  identity: Identity
  stage: 'charged' | 'upcoming'
  /** 'YYYY-MM'; null where only the day was said. */
  month: string | null
  /** A month may have several bills. */
  roundNo: string | null
  dueOn: KstDate
  amount: string
  currency: string
  /** Parts of the amount; null where they were not said. */
  lumpSum: string | null
  installments: string | null
  shortTermLoan: string | null
  longTermLoan: string | null
  revolving: string | null
  other: string | null
}

/** One line of a bill: a purchase, or this month's part of one. */
export type BillLineRow = {
  identity: Identity
  bill: Identity
  account: Identity
  usedOn: KstDate
  usedAt: KstDateTime
  timeKnown: boolean
  amount: string
  currency: string
  fee: string | null
  installments: number | null
  installmentNo: number | null
  /** What is left to pay after this part. */
  left: string | null
  typeCode: string
  description: string | null
  merchantNo: string | null
}

export type RowsOf = {
  accounts: AccountRow
  balances: BalanceRow
  contracts: ContractRow
  holdings: HoldingRow
  transactions: TransactionRow
  points: PointRow
  bills: BillRow
  bill_lines: BillLineRow
}

/** Names of what is versioned: every row of a user's data belongs to one of these. */
export type Kind = keyof RowsOf

/** How far one API of one asset has been read. Moves only in the transaction that applies its rows. */
export type Mark = {
  /** null for what belongs to no account: the list of them, bills, points. */
  asset: Identity | null
  /** The contract's name of the API, e.g. 'bank-004'. */
  api: string
  searchTimestamp: string | null
  /** Transactions and bills: the last day that was asked for. */
  readUntil: KstDate | null
}

/** Which live rows a section speaks of: whatever lies inside and was not sent again is gone. */
export type Extent = {
  /** An account, or the bill whose lines these are. null: every row of this kind that the institution has. */
  asset: Identity | null
  /** Sources are apart: an overdraft's deposit side and loan side do not remove each other's rows. */
  api: string
  /** Transactions, and bills by their months: the days asked for, both inclusive. */
  window: { from: KstDate; to: KstDate } | null
}

/**
 * One API of one asset, read to its end. 'full' is the whole truth inside its extent; 'upToDate' means that the
 * institution says nothing changed: an empty list and no change are different answers.
 */
export type Section = {
  [K in Kind]: { kind: K; extent: Extent; mark: Mark } & (
    | { outcome: 'full'; rows: RowsOf[K][] }
    | { outcome: 'upToDate' }
  )
}[Kind]

/** An asset that could not be read although its institution could. It keeps its rows and its mark. */
export type Gap = { asset: Identity | null; api: string; failure: FailureName }

/** What one reading of one institution brought. */
export type Reading = { sections: Section[]; gaps: Gap[] }

/** An account as it is stored, for a reading that is told "unchanged" about the list. */
export type KnownAccount = Pick<
  AccountRow,
  | 'identity'
  | 'number'
  | 'roundNo'
  | 'name'
  | 'kind'
  | 'typeCode'
  | 'status'
  | 'isShared'
  | 'isOverdraft'
  | 'isForeign'
  | 'isFamily'
>
