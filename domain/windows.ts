import { instantOfKst, kstDate, kstDateTime, plusDays } from './time.ts'

/** Days of the week as operators write them; in the order of Date's own count. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
export type Weekday = (typeof WEEKDAYS)[number]

/** From a time of the day until another, 'HH:mm' in Korea; an end that is not later than the beginning is the next day's. */
export type OpenSpan = { from: string; to: string }

/** Announced: nothing is read from its beginning until its end. */
export type Maintenance = { from: Date; to: Date; text: string }

/** When an institution may be read. No hours: at any time. A day without spans: not at all. */
export type Windows = {
  hours: Readonly<Partial<Record<Weekday, readonly OpenSpan[]>>> | null
  maintenance: readonly Maintenance[]
}

export const ALWAYS_OPEN: Windows = { hours: null, maintenance: [] }

/** Why nothing may be read now, and from when on something may be again. */
export type Closed = { until: Date; because: 'maintenance' | 'hours'; text: string | null }

/**
 * Whether an institution may not be read at an instant, and until when: what lies end to end, or overlaps, is one wait.
 * Null: it may be read. Null for ever where no hours are left: such windows are refused when they are set.
 */
export function closedAt({ hours, maintenance }: Windows, now: Date): Closed | null {
  const first = closure(hours, maintenance, now)
  if (!first) return null
  let until = first.until
  // Each turn passes the end of a maintenance, or comes to an opening in front of one: there are no more turns than that.
  for (let turn = 0; turn <= 2 * maintenance.length; turn += 1) {
    const next = closure(hours, maintenance, until)
    if (!next) break
    until = next.until
  }
  return { ...first, until }
}

/** The same windows in one order, so that what was said twice can be seen to be the same. */
export function inOrder({ hours, maintenance }: Windows): Windows {
  const days = WEEKDAYS.flatMap((day): [Weekday, OpenSpan[]][] => {
    const spans = hours?.[day] ?? []
    return spans.length > 0 ? [[day, spans.map(({ from, to }) => ({ from, to })).toSorted(byBeginning)]] : []
  })
  return {
    hours: hours && Object.fromEntries(days),
    maintenance: maintenance
      .map(({ from, to, text }) => ({ from, to, text }))
      .toSorted((one, other) => Number(one.from) - Number(other.from)),
  }
}

const byBeginning = (one: OpenSpan, other: OpenSpan): number => minutes(one.from) - minutes(other.from)

/** Whether any time of the week is left at which it is open. */
export const isEverOpen = ({ hours }: Windows): boolean =>
  hours === null || WEEKDAYS.some((day) => (hours[day] ?? []).length > 0)

/** The one reason why it is closed at an instant, until its own end; a maintenance explains more than a closed counter. */
function closure(hours: Windows['hours'], maintenance: readonly Maintenance[], now: Date): Closed | null {
  const announced = maintenance.find(({ from, to }) => from <= now && now < to)
  if (announced) return { until: announced.to, because: 'maintenance', text: announced.text }
  if (hours === null) return null
  const spans = spansAround(hours, now)
  if (spans.some(({ from, to }) => from <= now && now < to)) return null
  const next = spans.map(({ from }) => from).filter((from) => from > now)
  if (next.length === 0) return null
  return { until: new Date(Math.min(...next.map(Number))), because: 'hours', text: null }
}

/** The spans of yesterday, which may reach over midnight, until those of this day next week. */
function spansAround(hours: NonNullable<Windows['hours']>, now: Date): { from: Date; to: Date }[] {
  const today = kstDate(now)
  return [-1, 0, 1, 2, 3, 4, 5, 6, 7].flatMap((days) => {
    const day = plusDays(today, days)
    return (hours[weekdayOf(day)] ?? []).map(({ from, to }) => ({
      from: at(day, from),
      to: at(minutes(to) > minutes(from) ? day : plusDays(day, 1), to),
    }))
  })
}

const weekdayOf = (day: string): Weekday => WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()]!

/** '24:00' is the midnight at the end of a day. */
const at = (day: string, time: string): Date =>
  time === '24:00' ? instantOfKst(`${plusDays(day, 1)} 00:00:00`) : instantOfKst(`${day} ${time}:00`)

const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

/** In words, for whoever waits: 'maintenance until 2026-11-22 06:00 (core banking)'. */
export const closedInWords = ({ until, because, text }: Closed): string =>
  because === 'maintenance'
    ? `maintenance, until ${kstDateTime(until).slice(0, 16)} in Korea: ${text}`
    : `outside its hours, until ${kstDateTime(until).slice(0, 16)} in Korea`
