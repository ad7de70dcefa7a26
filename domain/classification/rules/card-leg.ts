import type { Rule } from '../rule.ts'

/** The account's side of a debit card: the approval is the spending, with its shop and its later states. */
export const cardLeg: Rule = {
  name: 'card-leg',
  classify: (row, { cardLegs }) => {
    const approval = cardLegs.get(row.id)
    if (!approval) return null
    return {
      category: 'transfer.card_payment',
      confidence: row.timeKnown && approval.timeKnown ? '0.95' : '0.85',
    }
  },
}
