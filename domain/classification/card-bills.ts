import { canonicalAmount } from '../money.ts'
import { plusDays } from '../time.ts'
import { type Dated, momentOf, nearestPairs } from './nearest-pairs.ts'
import type { CardBill, Cards, Classifiable } from './rule.ts'
import { bareName, saidOf, wordsOf } from './words.ts'

const DAY_MS = 24 * 60 * 60 * 1000
// Collected on the due day, or after the holidays that it falls on: the longest of them are five days.
const DAYS_LATE = 5
const DAYS_EARLY = 1
const REACH_MS = (DAYS_LATE + 1) * DAY_MS
// Whoever is named is paid before whoever is not.
const UNNAMED_MS = 30 * DAY_MS

type Due = Dated & { bill: CardBill; name: string }

/** Which withdrawals pay a bill: its amount, about its day, and nothing in words that speaks against it. */
export function billPayments(
  deposits: readonly Classifiable[],
  { companies, bills }: Cards,
): Map<string, CardBill> {
  const names = new Map(companies.map(({ institutionId, name }) => [institutionId, bareName(name)]))
  const due = bills.map((bill, at): Due => {
    const { dueOn, institutionId } = bill
    const place = { occurredOn: dueOn, occurredAt: `${dueOn} 00:00:00`, timeKnown: false }
    return { id: `${institutionId} ${dueOn} ${at}`, ...place, bill, name: names.get(institutionId) ?? '' }
  })
  const pairs = nearestPairs<Classifiable, Due>(
    deposits.filter(({ direction }) => direction === 'out'),
    due,
    {
      group: (row) => {
        const { currency, amount } = 'bill' in row ? row.bill : row
        return `${currency} ${canonicalAmount(amount)}`
      },
      reachMs: REACH_MS,
      distance,
    },
  )
  return new Map(pairs.map(([booking, { bill }]) => [booking.id, bill]))
}

function distance(booking: Classifiable, due: Due): number | null {
  const { occurredOn } = booking
  if (occurredOn < plusDays(due.occurredOn, -DAYS_EARLY) || occurredOn > plusDays(due.occurredOn, DAYS_LATE))
    return null
  const isNamed = due.name !== '' && saidOf(booking).includes(due.name)
  if (!isNamed && !saysCard(booking)) return null
  return Math.abs(momentOf(booking) - momentOf(due)) + (isNamed ? 0 : UNNAMED_MS)
}

/** Speaks of a card, or of nothing: an amount to the won on its day is enough then. */
const saysCard = (booking: Classifiable): boolean =>
  /카드|card/.test(saidOf(booking)) || wordsOf(booking.description) === ''
