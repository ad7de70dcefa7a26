import type { FailureName } from './failures.ts'
import type { KstDate, KstDateTime } from './time.ts'

/**
 * What tells one asset or row of an institution from another, in that institution's own words (an account number, a
 * transaction number with its day, …). It may hold personal data: only its keyed hash is ever stored or shown.
 */
export type Identity = string

/** Why a call is made; the header x-api-type. A wrong value is a billing error. */
export type ApiType = 'scheduled' | 'user-consent' | 'user-refresh' | 'user-search'

export type AccountKind = 'deposit' | 'investment' | 'loan'

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

/** One booking on one account. */
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
}

export type RowsOf = {
  accounts: AccountRow
  balances: BalanceRow
  contracts: ContractRow
  holdings: HoldingRow
  transactions: TransactionRow
}

/** Names of what is versioned: every row of a user's data belongs to one of these. */
export type Kind = keyof RowsOf

/** How far one API of one asset has been read. Moves only in the transaction that applies its rows. */
export type Mark = {
  /** null for the list of accounts itself. */
  asset: Identity | null
  /** The contract's name of the API, e.g. 'bank-004'. */
  api: string
  searchTimestamp: string | null
  /** Transactions: the last day that was asked for. */
  readUntil: KstDate | null
}

/** Which live rows a section speaks of: whatever lies inside and was not sent again is gone. */
export type Extent = {
  /** null: every row of this kind that the institution has. */
  asset: Identity | null
  /** Sources are apart: an overdraft's deposit side and loan side do not remove each other's rows. */
  api: string
  /** Transactions only: the days asked for, both inclusive. */
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
>
