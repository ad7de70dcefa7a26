import type { Rule } from '../rule.ts'
import { saidOf } from '../words.ts'

// Paying a tax by card has a fee too, and that is tax.
const TAX = /국세|지방세|세금/

/**
 * Fees that call themselves one. Code 99 alone means "another debit": without the word it is not enough, and with it
 * the institution itself has booked a fee.
 */
export const fee: Rule = {
  name: 'fee',
  classify: (row) => {
    const said = saidOf(row)
    if (row.direction !== 'out' || !said.includes('수수료') || TAX.test(said)) return null
    return { category: 'finance.fee', confidence: row.typeCode === '99' ? '0.97' : '0.9' }
  },
}
