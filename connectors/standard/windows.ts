import type { ApiType } from '../../domain/reading.ts'
import { type KstDate, plusDays, plusMonths } from '../../domain/time.ts'

/** Days, both inclusive. */
export type Window = { from: KstDate; to: KstDate }

/** The longest span a scheduled call may ask for: 31 days, or three months where the contract says so. */
export type ScheduledSpan = '31 days' | '3 months'

type Asked = { today: KstDate; historyMonths: number; apiType: ApiType }

/** Bookings are posted late and corrected for some days; what is a week old is read once more. */
const BOOKINGS_READ_AGAIN_DAYS = 7
/**
 * Approvals are cancelled and amended later: a purchase is billed up to 45 days after it, can be disputed until it is
 * paid, and shops take goods and tickets back for a month or two. 92 days hold three billing months; at 60 approvals a
 * month that is 180 rows, one page.
 */
export const APPROVALS_READ_AGAIN_DAYS = 92
/** A bill changes until it is paid, and its month is named after the day of payment: this month and the two before. */
const BILLS_READ_AGAIN_MONTHS = 2
const SCHEDULED_BILL_MONTHS = 3
// What one call may ask for when the person is there; a search may go back as far as institutions must answer.
const CALL_MONTHS = 12
const SEARCH_MONTHS = 60

/**
 * The days to read, in one call: from some days before where the last reading ended, or as far back as a first reading
 * goes, until today. A scheduled call may neither span as much nor be made twice a week: it goes on from where the last
 * one ended and, by at least 24 new days a week, catches up without leaving a hole. Once it has caught up it reads as
 * much of the old again as its span has room for; the rest waits for the person.
 */
export function windowToRead(
  readUntil: KstDate | null,
  span: ScheduledSpan,
  asked: Asked,
  readAgainDays: number = BOOKINGS_READ_AGAIN_DAYS,
): Window {
  const { today, historyMonths, apiType } = asked
  const longest = apiType === 'user-search' ? SEARCH_MONTHS : CALL_MONTHS
  const wanted = readUntil ? plusDays(readUntil, -readAgainDays) : firstDay(today, historyMonths)
  const from = clamp(firstDay(today, longest), wanted, today)
  if (apiType !== 'scheduled') return { from, to: today }
  const earliest = earliestScheduled(today, span)
  if (!readUntil) return { from: clamp(from, earliest, today), to: today }
  const goingOn = plusDays(readUntil, -BOOKINGS_READ_AGAIN_DAYS)
  const start = clamp(from, earliest < goingOn ? earliest : goingOn, today)
  const last = span === '31 days' ? plusDays(start, 30) : plusDays(plusMonths(start, 3), -1)
  return { from: start, to: clamp(start, last, today) }
}

/** The months of bills to read, in one call and by the same rules; both ends count. Its last day is today, or a month's. */
export function monthsToRead(readUntil: KstDate | null, { today, historyMonths, apiType }: Asked): Window {
  const thisMonth = firstOf(today)
  const back = (months: number) => plusMonths(thisMonth, 1 - months)
  const longest = back(apiType === 'user-search' ? SEARCH_MONTHS : CALL_MONTHS)
  const wanted = readUntil ? plusMonths(firstOf(readUntil), -BILLS_READ_AGAIN_MONTHS) : back(historyMonths)
  const from = clamp(longest, wanted, thisMonth)
  if (apiType !== 'scheduled') return { from, to: today }
  const earliest = back(SCHEDULED_BILL_MONTHS)
  const goingOn = readUntil ? firstOf(readUntil) : earliest
  const start = clamp(from, earliest < goingOn ? earliest : goingOn, thisMonth)
  return { from: start, to: clamp(start, plusDays(plusMonths(start, SCHEDULED_BILL_MONTHS), -1), today) }
}

const firstOf = (day: KstDate): KstDate => `${day.slice(0, 7)}-01`

/** Twelve months that end today begin a day after today's date a year ago: both ends count. */
const firstDay = (today: KstDate, months: number): KstDate => plusDays(plusMonths(today, -months), 1)

const earliestScheduled = (today: KstDate, span: ScheduledSpan): KstDate =>
  span === '31 days' ? plusDays(today, -30) : firstDay(today, 3)

const clamp = (least: KstDate, day: KstDate, most: KstDate): KstDate =>
  day < least ? least : day > most ? most : day
