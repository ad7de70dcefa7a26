import { Refusal } from '../answer.ts'
import { type Ask, refuse } from '../ask.ts'
import { dayOf, type Month, monthFrom, monthOf } from '../kst.ts'

/** Months in one call, the first and the last included. */
const SPANS = { scheduled: 3, 'user-consent': 12, 'user-refresh': 12, 'user-search': Infinity }

/** The months of a read of bills, if this kind of call may span them. */
export function monthsOf(ask: Ask): { from: Month; through: Month } {
  const from = monthFrom(ask.params['from_month'] ?? '')
  const through = monthFrom(ask.params['to_month'] ?? '')
  if (from === undefined || through === undefined || from > through) throw new Refusal('40001')
  if (from < monthOf(dayOf(ask.now)) - 60)
    throw refuse(ask, 'older-than-five-years', '40304', 'from_month more than five years ago')
  const span = through - from + 1
  if (span > SPANS[ask.apiType])
    throw refuse(ask, 'span-too-long', '40004', `${span} months as ${ask.apiType}`)
  return { from, through }
}
