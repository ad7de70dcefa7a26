import { DAY_MS } from '../../kst.ts'
import type { Thousandths } from '../../money.ts'
import { countUntil } from '../view.ts'
import { billedIn, paidAt } from './billing-calendar.ts'
import type { CardHolding } from './card-holding.ts'
import type { Advance, BankAccount } from './card.ts'

/** An advance that is paid back stays in the list for a month, with nothing owed. */
const SHOWN_AFTER_MS = 31 * DAY_MS

export type AdvanceState = Advance & { dueAt: number; left: Thousandths; paidFrom: BankAccount }
export type LongLoanState = CardHolding['longLoans'][number] & { left: Thousandths; paidFrom: BankAccount }

/** Advances that the company lists at an instant. */
export function advancesAt({ advances, profile, cards }: CardHolding, at: number): AdvanceState[] {
  return advances.flatMap((advance) => {
    const card = cards.find(({ key }) => key === advance.card)
    const round = profile.rounds.find(({ key }) => key === card?.round)
    if (!round || advance.at > at) return []
    const dueAt = paidAt(billedIn(advance.at), round.payDate)
    if (dueAt + SHOWN_AFTER_MS <= at) return []
    return [{ ...advance, dueAt, left: dueAt <= at ? 0n : advance.amount, paidFrom: round.paidFrom }]
  })
}

/** Long-term loans that were drawn by an instant. */
export function longLoansAt({ longLoans, profile }: CardHolding, at: number): LongLoanState[] {
  return longLoans.flatMap((loan) => {
    const round = profile.rounds.find(({ key }) => key === loan.round)
    const latest = loan.rows[countUntil(loan.rows, at) - 1]
    return round && latest ? [{ ...loan, left: latest.balance, paidFrom: round.paidFrom }] : []
  })
}
