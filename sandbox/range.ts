import { Refusal } from './answer.ts'
import { type Ask, refuse } from './ask.ts'
import { addMonths, type Day, dayFrom, dayOf } from './kst.ts'

/** Both days included. */
export type Range = { from: Day; through: Day }

/** The range of a transaction read, if this kind of call may span it. */
export function rangeOf(ask: Ask, scheduledSpan: { days: number } | { months: number }): Range {
  const from = dayFrom(ask.params['from_date'] ?? '')
  const through = dayFrom(ask.params['to_date'] ?? '')
  if (from === undefined || through === undefined || from > through) throw new Refusal('40001')
  if (from < addMonths(dayOf(ask.now), -60))
    throw refuse(ask, 'older-than-five-years', '40304', 'from_date more than five years ago')
  const latest = latestEnd(ask, from, scheduledSpan)
  if (through > latest)
    throw refuse(ask, 'span-too-long', '40004', `${through - from + 1} days as ${ask.apiType}`)
  return { from, through }
}

/** user-search reads what the user looks for and is bound by the five years only. */
function latestEnd(ask: Ask, from: Day, scheduledSpan: { days: number } | { months: number }): Day {
  if (ask.apiType === 'user-search') return Infinity
  if (ask.apiType !== 'scheduled') return addMonths(from, 12)
  return 'days' in scheduledSpan ? from + scheduledSpan.days - 1 : addMonths(from, scheduledSpan.months)
}
