import type { ApiType } from '../../domain/reading.ts'
import { type KstDate, plusDays, plusMonths } from '../../domain/time.ts'

/** Days, both inclusive. */
export type Window = { from: KstDate; to: KstDate }

/** The longest span a scheduled call may ask for: 31 days, or three months where the contract says so. */
export type ScheduledSpan = '31 days' | '3 months'

type Asked = { today: KstDate; historyMonths: number; apiType: ApiType }

// Bookings are posted late and corrected for some days; what is a week old is read once more.
const READ_AGAIN_DAYS = 7
// What one call may ask for when the person is there; a search may go back as far as institutions must answer.
const CALL_MONTHS = 12
const SEARCH_MONTHS = 60

/**
 * The days to read, in one call: from a week before where the last reading ended, or as far back as a first reading
 * goes, until today. A scheduled call may neither span as much nor be made twice a week: it goes on from where the last
 * one ended and, by at least 24 new days a week, catches up without leaving a hole.
 */
export function windowToRead(readUntil: KstDate | null, span: ScheduledSpan, asked: Asked): Window {
  const { today, historyMonths, apiType } = asked
  const longest = apiType === 'user-search' ? SEARCH_MONTHS : CALL_MONTHS
  const wanted = readUntil ? plusDays(readUntil, -READ_AGAIN_DAYS) : firstDay(today, historyMonths)
  const from = clamp(firstDay(today, longest), wanted, today)
  if (apiType !== 'scheduled') return { from, to: today }
  if (!readUntil) return { from: clamp(from, earliestScheduled(today, span), today), to: today }
  const last = span === '31 days' ? plusDays(from, 30) : plusDays(plusMonths(from, 3), -1)
  return { from, to: clamp(from, last, today) }
}

/** Twelve months that end today begin a day after today's date a year ago: both ends count. */
const firstDay = (today: KstDate, months: number): KstDate => plusDays(plusMonths(today, -months), 1)

const earliestScheduled = (today: KstDate, span: ScheduledSpan): KstDate =>
  span === '31 days' ? plusDays(today, -30) : firstDay(today, 3)

const clamp = (least: KstDate, day: KstDate, most: KstDate): KstDate =>
  day < least ? least : day > most ? most : day
