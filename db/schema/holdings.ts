import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  check,
  date,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'

import { amount, bytes, quantity, rate, version, wallClock } from './columns.ts'
import { userInstitutions } from './people.ts'

type VersionColumns = {
  userId: AnyPgColumn
  id: AnyPgColumn
  institutionId: AnyPgColumn
  naturalKey: AnyPgColumn
  removedSeq: AnyPgColumn
}

/** A row is live in the collections from introduced_seq up to (not including) removed_seq; one live row per key. */
const versioned = (name: string, t: VersionColumns) => [
  primaryKey({ columns: [t.userId, t.id] }),
  foreignKey({
    columns: [t.userId, t.institutionId],
    foreignColumns: [userInstitutions.userId, userInstitutions.institutionId],
  }),
  uniqueIndex(`one_live_row_in_${name}`)
    .on(t.userId, t.institutionId, t.naturalKey)
    .where(sql`removed_seq IS NULL`),
  // What may be purged: small, since most rows are live.
  index(`gone_from_${name}`)
    .on(t.userId, t.institutionId, t.removedSeq)
    .where(sql`removed_seq IS NOT NULL`),
]

export const accounts = pgTable(
  'accounts',
  {
    ...version(),
    numberSealed: bytes('number_sealed').notNull(),
    numberMasked: text('number_masked').notNull(),
    roundNo: text('round_no'),
    name: text('name').notNull(),
    kind: text('kind').notNull(),
    typeCode: text('type_code').notNull(),
    status: text('status').notNull(),
    isShared: boolean('is_shared').notNull(),
    isOverdraft: boolean('is_overdraft'),
    isForeign: boolean('is_foreign'),
    isFamily: boolean('is_family'),
  },
  (t) => versioned('accounts', t),
)

export const balances = pgTable(
  'balances',
  {
    ...version(),
    accountKey: uuid('account_key').notNull(),
    currency: text('currency').notNull(),
    amount: amount('amount').notNull(),
    side: text('side').notNull(),
    available: amount('available'),
  },
  (t) => versioned('balances', t),
)

export const contracts = pgTable(
  'contracts',
  {
    ...version(),
    accountKey: uuid('account_key').notNull(),
    currency: text('currency'),
    openedOn: date('opened_on', { mode: 'string' }),
    maturesOn: date('matures_on', { mode: 'string' }),
    ratePercent: rate('rate_percent'),
    committed: amount('committed'),
    monthlyPayment: amount('monthly_payment'),
    principal: amount('principal'),
    method: text('method'),
    repaymentDay: integer('repayment_day'),
    nextRepaymentOn: date('next_repayment_on', { mode: 'string' }),
    annualFee: amount('annual_fee'),
    cardBrand: text('card_brand'),
    payingBank: text('paying_bank'),
    payingAccountMasked: text('paying_account_masked'),
    leastPayment: amount('least_payment'),
    leastPercent: rate('least_percent'),
    agreedPercent: rate('agreed_percent'),
  },
  (t) => versioned('contracts', t),
)

export const holdings = pgTable(
  'holdings',
  {
    ...version(),
    accountKey: uuid('account_key').notNull(),
    name: text('name').notNull(),
    quantity: quantity('quantity'),
    value: amount('value'),
    currency: text('currency').notNull(),
  },
  (t) => versioned('holdings', t),
)

export const transactions = pgTable(
  'transactions',
  {
    ...version(),
    accountKey: uuid('account_key').notNull(),
    occurredOn: date('occurred_on', { mode: 'string' }).notNull(),
    occurredAt: wallClock('occurred_at').notNull(),
    timeKnown: boolean('time_known').notNull(),
    direction: text('direction'),
    amount: amount('amount').notNull(),
    currency: text('currency').notNull(),
    balanceAfter: amount('balance_after'),
    typeCode: text('type_code').notNull(),
    typeText: text('type_text'),
    description: text('description'),
    principal: amount('principal'),
    interest: amount('interest'),
    // Card approvals only, null on every other row: one stream of rows for readers, rules and analysers.
    approvalNo: text('approval_no'),
    status: text('status'),
    approvedAmount: amount('approved_amount'),
    changedAt: wallClock('changed_at'),
    installments: integer('installments'),
    merchantNo: text('merchant_no'),
    country: text('country'),
    krwAmount: amount('krw_amount'),
  },
  (t) => [
    ...versioned('transactions', t),
    index('transactions_by_time').on(t.userId, t.occurredAt, t.id),
    check(
      'an_approval_says_what_was_approved',
      sql`(status IN ('approved', 'cancelled', 'amended')) IS NOT FALSE AND (status IS NULL) = (approved_amount IS NULL)`,
    ),
    index('transactions_by_account').on(t.userId, t.institutionId, t.accountKey, t.occurredOn),
  ],
)

export const points = pgTable(
  'points',
  {
    ...version(),
    name: text('name').notNull(),
    remaining: amount('remaining').notNull(),
    expiring: amount('expiring'),
  },
  (t) => versioned('points', t),
)

export const bills = pgTable(
  'bills',
  {
    ...version(),
    stage: text('stage').notNull(),
    month: text('month'),
    roundNo: text('round_no'),
    dueOn: date('due_on', { mode: 'string' }).notNull(),
    amount: amount('amount').notNull(),
    currency: text('currency').notNull(),
    lumpSum: amount('lump_sum'),
    installments: amount('installments'),
    shortTermLoan: amount('short_term_loan'),
    longTermLoan: amount('long_term_loan'),
    revolving: amount('revolving'),
    other: amount('other'),
  },
  (t) => versioned('bills', t),
)

export const billLines = pgTable(
  'bill_lines',
  {
    ...version(),
    billKey: uuid('bill_key').notNull(),
    accountKey: uuid('account_key').notNull(),
    usedOn: date('used_on', { mode: 'string' }).notNull(),
    usedAt: wallClock('used_at').notNull(),
    timeKnown: boolean('time_known').notNull(),
    amount: amount('amount').notNull(),
    currency: text('currency').notNull(),
    fee: amount('fee'),
    installments: integer('installments'),
    installmentNo: integer('installment_no'),
    amountLeft: amount('amount_left'),
    typeCode: text('type_code').notNull(),
    description: text('description'),
    merchantNo: text('merchant_no'),
  },
  (t) => [
    ...versioned('bill_lines', t),
    index('bill_lines_by_bill').on(t.userId, t.institutionId, t.billKey),
  ],
)
