import type { Rule } from '../rule.ts'
import { saysInterest } from '../words.ts'

/** Interest received. Code 98 alone means "another credit": with the word it is sure, without it not enough. */
export const interest: Rule = {
  name: 'interest',
  classify: (row) => {
    if (row.accountKind === 'loan' || row.direction !== 'in' || !saysInterest(row)) return null
    return { category: 'income.interest', confidence: row.typeCode === '98' ? '0.98' : '0.9' }
  },
}
