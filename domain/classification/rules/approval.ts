import type { Rule } from '../rule.ts'

/** A cancelled approval comes to nothing. What others bought is not known yet: that is spending without a category. */
export const approval: Rule = {
  name: 'approval',
  classify: ({ status }) =>
    status === 'cancelled' ? { category: 'transfer.cancelled', confidence: '0.98' } : null,
}
