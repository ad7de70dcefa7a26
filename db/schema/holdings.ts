import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
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
  },
  (t) => [
    ...versioned('transactions', t),
    index('transactions_by_time').on(t.userId, t.occurredAt, t.id),
    index('transactions_by_account').on(t.userId, t.institutionId, t.accountKey, t.occurredOn),
  ],
)
