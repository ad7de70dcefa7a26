import { kindOf } from '../classification/categories.ts'
import { monthOf, plusMonths } from '../time.ts'
import type { Analyser, Cut } from './analyser.ts'
import { groupBy } from './group.ts'
import { type Evidence, evidenceOf } from './insight.ts'
import { spendingInsights } from './spending-insights.ts'
import { asSums, isUnclear, spentBy, type Sums } from './spending-sums.ts'

type Transaction = Cut['transactions'][number]

// A year of months to look back on, and the one before the first of them to compare it with.
const MONTHS = 13
const COUNTERPARTIES = 10

/** Accounts that pay. A loan account’s own rows are the other side of what one of these paid. */
const PAYING: ReadonlySet<string> = new Set(['deposit', 'credit_card', 'check_card'])

/** Why a transaction is no spending. The first reason that holds is named. */
const LEFT_OUT: readonly { reason: string; holds: (transaction: Transaction) => boolean }[] = [
  { reason: 'notAPayingAccount', holds: ({ accountKind }) => !PAYING.has(accountKind) },
  { reason: 'neutral', holds: ({ category }) => kindOf(category) === 'neutral' },
  { reason: 'income', holds: ({ category }) => kindOf(category) === 'income' },
  { reason: 'directionNotSaid', holds: ({ direction }) => direction === null },
  { reason: 'unknownMoneyIn', holds: (row) => row.direction === 'in' && isUnclear(row) },
]

/**
 * Money spent by Korean month, currency and category, refunds taken off, with the month before and what stands behind.
 * Money out that nobody could name stands apart, since it may be no spending.
 */
export const spending: Analyser = {
  name: 'spending',
  version: 1,
  required: false,
  needs: ['transactions'],
  analyse: ({ asOf, today, institutions, transactions }) => {
    const missing = institutions.filter(({ state }) => state === 'absent')
    const counted = transactions.filter((transaction) => whyLeftOut(transaction) === null)
    const months = monthsOf(counted, beginningOf(transactions), today)
    return {
      asOf,
      today,
      isComplete: missing.length === 0,
      missing: missing.map(({ institutionId }) => institutionId),
      months,
      lineage: {
        transactions: transactions.length,
        used: counted.length,
        leftOut: countLeftOut(transactions),
      },
      insights: spendingInsights(months, counted, today),
    }
  },
}

const whyLeftOut = (transaction: Transaction): string | null =>
  LEFT_OUT.find(({ holds }) => holds(transaction))?.reason ?? null

const countLeftOut = (transactions: readonly Transaction[]): Record<string, number> =>
  Object.fromEntries(
    LEFT_OUT.map(({ reason }) => [reason, transactions.filter((each) => whyLeftOut(each) === reason).length]),
  )

/** The first day that anything is known of: a month that began before it is not known whole. */
const beginningOf = (transactions: readonly Transaction[]): string | null =>
  transactions.map(({ occurredOn }) => occurredOn).toSorted()[0] ?? null

export type SpendingMonth = Sums & {
  month: string
  currency: string
  /** Up to which day of it was counted, if it has not ended. */
  through: string | null
  /** The month before, up to the same day if this one has not ended; null where it is not known whole. */
  before: { month: string; through: string | null; spent: string } | null
  categories: (Sums & { category: string; before: string | null; evidence: Evidence })[]
  /** Money out of bank accounts that nobody could name: some of it may be spending. */
  unclear: { out: string; transactions: number; evidence: Evidence }
  /** Whoever got most, by what their transactions say of them: whose name it is stands there, and nowhere else. */
  counterparties: (Sums & { evidence: Evidence })[]
  /** Spending whose counterparty was not said. */
  nameless: { spent: string; transactions: number }
}

// Newest month first; within a month by currency.
function monthsOf(rows: readonly Transaction[], begins: string | null, today: string): SpendingMonth[] {
  const first = monthOf(plusMonths(`${monthOf(today)}-01`, 1 - MONTHS))
  return groupBy(rows, ({ currency }) => currency)
    .flatMap(([currency, all]) =>
      groupBy(all, ({ occurredOn }) => monthOf(occurredOn))
        .filter(([month]) => month >= first)
        .map(([month, ofMonth]) => monthFor(month, currency, ofMonth, { all, begins, today })),
    )
    .toSorted((a, b) =>
      a.month === b.month ? (a.currency < b.currency ? -1 : 1) : a.month < b.month ? 1 : -1,
    )
}

type Whole = { all: readonly Transaction[]; begins: string | null; today: string }

function monthFor(
  month: string,
  currency: string,
  rows: readonly Transaction[],
  whole: Whole,
): SpendingMonth {
  const through = month === monthOf(whole.today) ? whole.today : null
  const spent = rows.filter((row) => !isUnclear(row))
  const unclear = rows.filter(isUnclear)
  const earlier = monthBefore(month, through, whole)
  const named = groupBy(
    spent.filter(({ description }) => nameIn(description) !== null),
    ({ description }) => nameIn(description) ?? '',
  )
  const nameless = spent.filter(({ description }) => nameIn(description) === null)
  return {
    month,
    currency,
    through,
    ...asSums(spent),
    before: earlier && { month: earlier.month, through: earlier.through, spent: asSums(earlier.rows).spent },
    categories: categoriesOf(spent, earlier?.rows ?? null),
    unclear: { out: asSums(unclear).out, transactions: unclear.length, evidence: evidenceOf(unclear) },
    counterparties: named
      .map(([, each]) => ({ ...asSums(each), evidence: evidenceOf(each) }))
      .toSorted((a, b) => spentBy(b).cmp(spentBy(a)))
      .slice(0, COUNTERPARTIES),
    nameless: { spent: asSums(nameless).spent, transactions: nameless.length },
  }
}

/** Spaces and the width of letters are noise of the wire; nothing else is guessed at. */
export const nameIn = (description: string | null): string | null =>
  description?.normalize('NFKC').replaceAll(/\s+/g, ' ').trim() || null

type Earlier = { month: string; through: string | null; rows: readonly Transaction[] }

function monthBefore(month: string, through: string | null, { all, begins }: Whole): Earlier | null {
  const firstDay = plusMonths(`${month}-01`, -1)
  if (begins === null || begins > firstDay) return null
  const until = through === null ? null : plusMonths(through, -1)
  const rows = all.filter(
    (row) =>
      monthOf(row.occurredOn) === monthOf(firstDay) &&
      (until === null || row.occurredOn <= until) &&
      !isUnclear(row),
  )
  return { month: monthOf(firstDay), through: until, rows }
}

/** Every category of this month, and those of the month before that have nothing now. Largest first. */
function categoriesOf(rows: readonly Transaction[], earlier: readonly Transaction[] | null) {
  const names = new Set([...rows, ...(earlier ?? [])].map(({ category }) => category))
  return [...names]
    .map((category) => {
      const of = (each: readonly Transaction[]) => each.filter((row) => row.category === category)
      return {
        category,
        ...asSums(of(rows)),
        before: earlier === null ? null : asSums(of(earlier)).spent,
        evidence: evidenceOf(of(rows)),
      }
    })
    .toSorted((a, b) => spentBy(b).cmp(spentBy(a)) || (a.category < b.category ? -1 : 1))
}
