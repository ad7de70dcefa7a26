import { type Day, dayOf, startOf } from '../../kst.ts'
import type { Thousandths } from '../../money.ts'
import { seedOf } from '../../random.ts'
import { stateAt } from './approval-state.ts'
import type { Approval } from './card.ts'

/** What a shop sent in after an approval: written once, never changed; what is given back is a row of its own. */
export type Purchase = { number: string; on: Day; approval: Approval; amount: Thousandths }

/** A shop sends in what it sold two days later. */
const SENT_IN_AFTER_DAYS = 2
/** A day's purchases are shown from seven in the morning on. */
const SHOWN_AFTER_MS = 7 * 3600_000

/** The rows of an approval that the company shows at an instant, oldest first. */
export function purchasesOf(approval: Approval, at: number): Purchase[] {
  const first = dayOf(approval.at) + SENT_IN_AFTER_DAYS
  const steps = [first, ...approval.changes.map((change) => dayOf(change.at) + 1).filter((on) => on > first)]
  let before = 0n
  return steps.flatMap((on, index) => {
    const now = stateAt(approval, startOf(on) - 1).amount
    const amount = now - before
    before = now
    if (amount === 0n || startOf(on) + SHOWN_AFTER_MS > at) return []
    const serial = seedOf(approval.key, `${index}`).toString().padStart(10, '0')
    return [{ number: `P${serial}`, on, approval, amount }]
  })
}
