import { kindOf } from '../classification/categories.ts'
import { amountText, decimal, sum } from '../money.ts'
import { monthOf } from '../time.ts'
import type { Analyser, Cut, Document } from './analyser.ts'
import { cashFlowInsights } from './cash-flow-insights.ts'
import { groupBy } from './group.ts'

type Transaction = Cut['transactions'][number]

// Why a transaction is no part of money in or out. The first reason that holds is named.
const LEFT_OUT: readonly { reason: string; holds: (transaction: Transaction) => boolean }[] = [
  { reason: 'notADepositAccount', holds: ({ accountKind }) => accountKind !== 'deposit' },
  { reason: 'ownTransfer', holds: ({ category }) => category === 'transfer.own' },
  { reason: 'cancelled', holds: ({ category }) => category === 'transfer.cancelled' },
  { reason: 'directionNotSaid', holds: ({ direction }) => direction === null },
]

/** Money into and out of deposit accounts by month and currency, with what it was; moves that net to nothing are left out. */
export const cashFlow: Analyser = {
  name: 'cash-flow',
  version: 2,
  required: true,
  needs: ['transactions'],
  analyse: ({ asOf, today, institutions, transactions }) => {
    const missing = institutions.filter(({ state }) => state === 'absent')
    const used = transactions.filter((transaction) => whyLeftOut(transaction) === null)
    const months = byMonthAndCurrency(used)
    return {
      asOf,
      isComplete: missing.length === 0,
      missing: missing.map(({ institutionId }) => institutionId),
      thisMonth: { month: monthOf(today), flows: months.filter(({ month }) => month === monthOf(today)) },
      months,
      lineage: { transactions: transactions.length, used: used.length, leftOut: countLeftOut(transactions) },
      insights: cashFlowInsights(used, monthOf(today)),
    }
  },
}

const whyLeftOut = (transaction: Transaction): string | null =>
  LEFT_OUT.find(({ holds }) => holds(transaction))?.reason ?? null

const countLeftOut = (transactions: readonly Transaction[]): Document =>
  Object.fromEntries(
    LEFT_OUT.map(({ reason }) => [reason, transactions.filter((each) => whyLeftOut(each) === reason).length]),
  )

type Flow = { in: string; out: string; net: string; transactions: number }
type MonthFlow = Flow & {
  month: string
  currency: string
  /** How many transactions no rule could name; they are in the sums all the same. */
  unknown: number
  byKind: (Flow & { kind: string })[]
  byCategory: (Flow & { category: string; kind: string })[]
}

// Newest month first; within a month by currency.
function byMonthAndCurrency(rows: readonly Transaction[]): MonthFlow[] {
  return groupBy(rows, ({ occurredOn }) => monthOf(occurredOn))
    .toReversed()
    .flatMap(([month, ofMonth]) =>
      groupBy(ofMonth, ({ currency }) => currency).map(([currency, members]) => ({
        month,
        currency,
        ...flow(members),
        unknown: members.filter(({ category }) => category === 'unknown').length,
        byKind: groupBy(members, kindOfRow).map(([kind, each]) => ({ kind, ...flow(each) })),
        byCategory: groupBy(members, ({ category }) => category).map(([category, each]) => ({
          category,
          kind: kindOf(category) ?? 'unknown',
          ...flow(each),
        })),
      })),
    )
}

const kindOfRow = ({ category }: Transaction): string => kindOf(category) ?? 'unknown'

function flow(rows: readonly Transaction[]): Flow {
  const totalOf = (direction: 'in' | 'out') =>
    sum(rows.filter((row) => row.direction === direction).map(({ amount }) => decimal(amount)))
  const into = totalOf('in')
  const out = totalOf('out')
  return {
    in: amountText(into),
    out: amountText(out),
    net: amountText(into.minus(out)),
    transactions: rows.length,
  }
}
