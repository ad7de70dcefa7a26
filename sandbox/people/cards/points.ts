import type { CardHolding } from './card-holding.ts'

/** A point for every 200 won of a paid bill. */
const WON_A_POINT = 200n
/** Half of the points are spent with every sixth bill. */
const BILLS_UNTIL_SPENT = 6
/** One in twelve expires by the end of the month after next. */
const EXPIRING_SHARE = 12n

/** What a person has collected at an instant. */
export function pointsAt({ bills, profile: { points } }: CardHolding, at: number) {
  const paid = bills.filter((bill) => bill.paidAt <= at).toSorted((one, other) => one.paidAt - other.paidAt)
  let remaining = points.opening
  for (const [index, { amount }] of paid.entries()) {
    if (amount > 0n) remaining += amount / 1000n / WON_A_POINT
    if ((index + 1) % BILLS_UNTIL_SPENT === 0) remaining -= remaining / 2n
  }
  return { name: points.name, remaining, expiring: remaining / EXPIRING_SHARE }
}
