import type { Rule } from '../rule.ts'
import { partOf } from './loan-account.ts'

/** The deposit account's end of money that went into, or came out of, the person's own loan account. */
export const loanLeg: Rule = {
  name: 'loan-leg',
  classify: (row, { loanLegs }) => {
    const loanRow = loanLegs.get(row.id)
    const part = loanRow && row.accountKind === 'deposit' ? partOf(loanRow) : null
    return part && { category: part.category, confidence: '0.9' }
  },
}
