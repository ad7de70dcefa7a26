import type { Classifiable, Rule } from '../rule.ts'

// Deposit accounts: 06 gives a withdrawal back, 07 takes a deposit back.
const UNDOES = new Set(['06', '07'])

/** Whether a row says of itself that it undoes another. */
export const isCancellation = (row: Classifiable): boolean =>
  row.accountKind === 'deposit' && UNDOES.has(row.typeCode)

/** A booking that was undone and the booking that undoes it come to nothing together. */
export const cancelled: Rule = {
  name: 'cancelled',
  classify: (row, { cancelled: pairs }) => {
    if (pairs.has(row.id)) return { category: 'transfer.cancelled', confidence: '0.95' }
    // The booking it undoes may be older than what was read.
    return isCancellation(row) ? { category: 'transfer.cancelled', confidence: '0.8' } : null
  },
}
