import { type Thousandths, won } from '../../money.ts'
import type { Approval } from './card.ts'

/** An approval as the company shows it at an instant. */
export type ApprovalState = {
  /** 01 approved, 02 cancelled, 03 amended. */
  status: '01' | '02' | '03'
  changedAt?: number
  /** What counts: nothing once cancelled. */
  amount: Thousandths
  /** What counted last, cancelled or not. */
  last: Thousandths
}

export function stateAt({ amount, changes }: Approval, at: number): ApprovalState {
  let state: ApprovalState = { status: '01', amount, last: amount }
  for (const change of changes) {
    if (change.at > at) break
    state =
      change.to === 'cancelled'
        ? { status: '02', changedAt: change.at, amount: 0n, last: state.last }
        : { status: '03', changedAt: change.at, amount: change.to, last: change.to }
  }
  return state
}

/** An amount of this approval in whole won. */
export function inWon({ abroad }: Approval, amount: Thousandths): Thousandths {
  return abroad ? won((amount * abroad.rate) / 1_000_000n) : amount
}
