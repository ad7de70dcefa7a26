import type { Rule } from '../rule.ts'
import { saidOf, saysInterest } from '../words.ts'

// 현금서비스 and 카드론 are what card companies lend, for weeks and for years; the bill that pays them back is a bill.
const REPAID = /(대출|현금서비스|카드론).*상환|원리금|원금상환/
const DRAWN = /대출실행|약정대출|현금서비스|카드론|[단장]기카드대출/

/** Loans that only the deposit account's words tell of. A row that says interest is interest. */
export const loanWords: Rule = {
  name: 'loan-words',
  classify: (row) => {
    if (row.accountKind !== 'deposit') return null
    if (row.direction === 'out' && saysInterest(row))
      return { category: 'finance.loan_interest', confidence: '0.9' }
    const words = row.direction === 'out' ? REPAID : DRAWN
    return row.direction !== null && words.test(saidOf(row))
      ? { category: 'finance.loan_principal', confidence: '0.9' }
      : null
  },
}
