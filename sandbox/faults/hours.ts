import { instantOf } from '../clock.ts'
import { DAY_MS, dayOf, startOf } from '../kst.ts'

type Span = { from?: string | undefined; until?: string | undefined }

const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)$/

/** When what is open now will end; undefined: it is closed, Infinity: never. */
export function openUntil({ from, until }: Span, now: number): number | undefined {
  const [opens, closes] = [timeOfDay(from), timeOfDay(until)]
  if (opens !== undefined && closes !== undefined) return openHoursUntil(opens, closes, now)
  const start = from === undefined ? -Infinity : (instantOf(from) ?? Infinity)
  const end = until === undefined ? Infinity : (instantOf(until) ?? -Infinity)
  return now >= start && now < end ? end : undefined
}

/** What is wrong with a span; undefined: nothing. */
export function spanFault({ from, until }: Span): string | undefined {
  const areHours = [from, until].map((text) => timeOfDay(text) !== undefined)
  if (areHours.includes(true)) return areHours.includes(false) ? 'from and until: both HH:MM' : undefined
  const isWrong = [from, until].some((text) => text !== undefined && instantOf(text) === undefined)
  return isWrong ? 'from, until: HH:MM in Korea (both), or ISO 8601 with a zone, or milliseconds' : undefined
}

/** Hours over midnight began yesterday or end tomorrow. */
function openHoursUntil(opens: number, closes: number, now: number): number | undefined {
  const today = startOf(dayOf(now))
  const lasts = (closes - opens + DAY_MS) % DAY_MS
  for (const day of [today - DAY_MS, today])
    if (now >= day + opens && now < day + opens + lasts) return day + opens + lasts
  return undefined
}

/** Milliseconds since midnight. */
function timeOfDay(text: string | undefined): number | undefined {
  const parts = TIME_OF_DAY.exec(text ?? '')
  return parts ? (Number(parts[1]) * 60 + Number(parts[2])) * 60_000 : undefined
}
