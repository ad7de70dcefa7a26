import type { Rule } from './rule.ts'
import { approval } from './rules/approval.ts'
import { cancelled } from './rules/cancelled.ts'
import { cardBill } from './rules/card-bill.ts'
import { cardLeg } from './rules/card-leg.ts'
import { fee } from './rules/fee.ts'
import { interest } from './rules/interest.ts'
import { loanAccount } from './rules/loan-account.ts'
import { loanLeg } from './rules/loan-leg.ts'
import { loanWords } from './rules/loan-words.ts'
import { memo } from './rules/memo.ts'
import { ownTransfer } from './rules/own-transfer.ts'
import { salary } from './rules/salary.ts'
import { shop } from './rules/shop.ts'

/** Rules whose word beats an equal amount on another account: such a row is never an end of an own transfer. */
export const strongerThanPairs: readonly Rule[] = [
  approval,
  cardLeg,
  cancelled,
  loanAccount,
  loanLeg,
  loanWords,
  fee,
  cardBill,
  salary,
  interest,
]

/** Every rule, the one that decides first on top: one file each, and one line here or above. */
export const rules: readonly Rule[] = rulesWith(shop)

/** The same with another reader of shops' names. */
export function rulesWith(shopRule: Rule): readonly Rule[] {
  return [...strongerThanPairs, ownTransfer, memo, shopRule]
}
