import type { ContractRow } from '../../domain/reading.ts'

/** Terms of which nothing was said. */
export const nothingAgreed = {
  currency: null,
  openedOn: null,
  maturesOn: null,
  ratePercent: null,
  committed: null,
  monthlyPayment: null,
  principal: null,
  method: null,
  repaymentDay: null,
  nextRepaymentOn: null,
} satisfies Partial<ContractRow>
