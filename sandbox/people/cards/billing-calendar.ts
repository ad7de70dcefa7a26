import { calendar, DAY_MS, type Day, dayOf, firstDayOf, type Month, monthOf, startOf } from '../../kst.ts'

/*
 * The bill of a month is for what was used in the month before, is made up on the 3rd and paid on the payment day.
 */

const ISSUED_AFTER_MS = 2 * DAY_MS + 6 * 3600_000
/** Morning of the payment day: the bank books it at seven. */
const PAID_AFTER_MS = 7 * 3600_000

/** What was used before this instant is on the bill of this month or on an earlier one. */
export function cutoffOf(month: Month): number {
  return startOf(firstDayOf(month))
}

/** From when on the bill is there. */
export function issuedAt(month: Month): number {
  return cutoffOf(month) + ISSUED_AFTER_MS
}

/** The first month whose bill has what is used at an instant. */
export function billedIn(at: number): Month {
  return monthOf(dayOf(at)) + 1
}

/** The payment day of a month, moved to a Monday from a weekend. */
export function paymentDay(month: Month, payDate: number): Day {
  const day = firstDayOf(month) + payDate - 1
  const { weekday } = calendar(day)
  return weekday === 6 ? day + 2 : weekday === 0 ? day + 1 : day
}

export function paidAt(month: Month, payDate: number): number {
  return startOf(paymentDay(month, payDate)) + PAID_AFTER_MS
}
