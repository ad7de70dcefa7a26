import type { AccountKind, ApprovalStatus } from '../reading.ts'
import type { KstDate, KstDateTime } from '../time.ts'

/** What classification may know of a transaction. All of them belong to one person. */
export type Classifiable = {
  id: string
  institutionId: string
  /** An opaque key, equal for rows of one account. */
  account: string
  accountKind: AccountKind
  occurredOn: KstDate
  occurredAt: KstDateTime
  timeKnown: boolean
  direction: 'in' | 'out' | null
  /** Decimal text, never negative. */
  amount: string
  currency: string
  typeCode: string
  typeText: string | null
  description: string | null
  /** What was bought, where the institution names it. */
  goods?: string | null
  principal: string | null
  interest: string | null
  /** Card approvals only, null on every other row. `amount` is what counts now, this is what was approved first. */
  status: ApprovalStatus | null
  approvedAmount: string | null
  changedAt: KstDateTime | null
  /** Approved in another currency: what the company takes it for in won. */
  krwAmount: string | null
}

/** What card companies say besides approvals, of the same person. */
export type Cards = {
  companies: readonly { institutionId: string; name: string }[]
  bills: readonly CardBill[]
}

/** What a company charges on a day, whether it is paid yet or not. */
export type CardBill = { institutionId: string; dueOn: KstDate; amount: string; currency: string }

/** One transaction's category, with how it was decided and how sure. */
export type Classification = {
  transactionId: string
  /** A leaf of the taxonomy, or 'unknown'. */
  category: string
  /** The name of the rule that decided. */
  rule: string
  /** Decimal text from '0' to '1'. */
  confidence: string
}

/** What a rule says when it knows; null when it does not. `rule`: which part of it decided, if it has several. */
export type Decision = Pick<Classification, 'category' | 'confidence'> & { rule?: string }

/** Which rows of the same person belong together, by transaction id. Every pair of rows stands here from both sides. */
export type Context = {
  /** The account's side of what a debit card was used for, and what was given back of it: by booking, the approval. */
  cardLegs: ReadonlyMap<string, Classifiable>
  /** A withdrawal that pays a bill. */
  cardBills: ReadonlyMap<string, CardBill>
  /** The card companies whose purchases are known. */
  companies: Cards['companies']
  /** A booking and the booking that undoes it. */
  cancelled: ReadonlyMap<string, Classifiable>
  /** A row of a deposit account and the loan account's row of the same money. */
  loanLegs: ReadonlyMap<string, Classifiable>
  /** The two ends of a transfer between the person's own accounts. */
  ownLegs: ReadonlyMap<string, Classifiable>
}

/** One reason for a category. It sees one row and what belongs to it, and says nothing rather than guess. */
export type Rule = {
  name: string
  classify: (transaction: Classifiable, context: Context) => Decision | null
}
