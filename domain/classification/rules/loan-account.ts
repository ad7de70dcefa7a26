import { canonicalAmount, decimal } from '../../money.ts'
import type { Classifiable, Decision, Rule } from '../rule.ts'

/** Rows of a loan account: interest where nothing else was paid, otherwise principal drawn or repaid. */
export const loanAccount: Rule = {
  name: 'loan-account',
  classify: (row) => (row.accountKind === 'loan' ? partOf(row) : null),
}

/** Which part of a loan its row moved; an instalment of both is principal, since it cannot be two categories. */
export function partOf(loanRow: Classifiable): Decision | null {
  const { principal, interest, amount, typeCode } = loanRow
  const isAllInterest = interest !== null && canonicalAmount(interest) === canonicalAmount(amount)
  if (isAllInterest && decimal(amount).gt(0)) return { category: 'finance.loan_interest', confidence: '0.98' }
  if (principal !== null && decimal(principal).gt(0))
    return { category: 'finance.loan_principal', confidence: '0.95' }
  // 01 is a drawdown, 02 a repayment; what a correction or another row moved was not said.
  return typeCode === '01' || typeCode === '02'
    ? { category: 'finance.loan_principal', confidence: '0.8' }
    : null
}
