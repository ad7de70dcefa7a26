import { pairUp } from './context.ts'
import type { Cards, Classifiable, Classification, Rule } from './rule.ts'
import { rules, strongerThanPairs } from './rules.ts'

export type { Cards, Classifiable, Classification } from './rule.ts'

/** Grows with every change that can give any transaction another category: what was classified before is then stale. */
export const CLASSIFIER_VERSION: number = 3

/**
 * Gives every transaction of one person exactly one classification, in the order of the input. The order of the input
 * changes no category, and the same rows always get the same answer.
 */
export function classify(
  transactions: readonly Classifiable[],
  cards?: Cards,
  by: readonly Rule[] = rules,
): Classification[] {
  const context = pairUp(transactions, strongerThanPairs, cards)
  return transactions.map((transaction) => {
    for (const rule of by) {
      const decision = rule.classify(transaction, context)
      if (decision) return { transactionId: transaction.id, rule: rule.name, ...decision }
    }
    return { transactionId: transaction.id, category: 'unknown', rule: 'none', confidence: '0' }
  })
}
