/** Korean time: institutions speak it without a zone, so every text here is Asia/Seoul (UTC+9, no summer time). */

const KST_OFFSET_MS = 9 * 3600_000
export const DAY_MS = 86_400_000

/** A calendar day in Korea, counted from 1970-01-01. */
export type Day = number

/** A day taken apart: month 1–12, weekday 0 = Sunday. */
export type Calendar = { day: Day; year: number; month: number; date: number; weekday: number }

/** The Korean day an instant falls on. */
export function dayOf(instantMs: number): Day {
  return Math.floor((instantMs + KST_OFFSET_MS) / DAY_MS)
}

/** The instant at which a Korean day begins. */
export function startOf(day: Day): number {
  return day * DAY_MS - KST_OFFSET_MS
}

export function calendar(day: Day): Calendar {
  const at = new Date(day * DAY_MS)
  return {
    day,
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    date: at.getUTCDate(),
    weekday: at.getUTCDay(),
  }
}

/** The day of YYYY-MM-DD or YYYYMMDD; undefined if there is no such day. */
export function dayFrom(text: string): Day | undefined {
  const parts = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text)
  if (!parts) return undefined
  const day = Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])) / DAY_MS
  return dayDigits(day) === `${parts[1]}${parts[2]}${parts[3]}` ? day : undefined
}

/** YYYY-MM-DD. */
export function dayText(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** YYYYMMDD. */
export function dayDigits(day: Day): string {
  return dayText(day).replaceAll('-', '')
}

/** YYYYMMDDhhmmss. */
export function timeDigits(instantMs: number): string {
  return new Date(instantMs + KST_OFFSET_MS).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')
}

/** The instant of YYYYMMDDhhmmss; undefined if there is no such time. */
export function instantFrom(digits: string): number | undefined {
  const day = dayFrom(digits.slice(0, 8))
  const time = /^(\d{2})(\d{2})(\d{2})$/.exec(digits.slice(8))
  if (day === undefined || !time) return undefined
  const [hour, minute, second] = [Number(time[1]), Number(time[2]), Number(time[3])]
  if (hour > 23 || minute > 59 || second > 59) return undefined
  return startOf(day) + ((hour * 60 + minute) * 60 + second) * 1000
}

/** The same date some months away; the last day of the month where that date does not exist. */
export function addMonths(day: Day, months: number): Day {
  const { year, month, date } = calendar(day)
  const first = Date.UTC(year, month - 1 + months, 1)
  const last = Date.UTC(year, month + months, 0)
  return Math.min(first / DAY_MS + date - 1, last / DAY_MS)
}

/** The Sunday that begins the week of a day. */
export function weekOf(day: Day): Day {
  return day - calendar(day).weekday
}

/** A calendar month, counted from January of the year 0. */
export type Month = number

export function monthOf(day: Day): Month {
  const { year, month } = calendar(day)
  return year * 12 + month - 1
}

export function firstDayOf(month: Month): Day {
  return Date.UTC(Math.floor(month / 12), month % 12, 1) / DAY_MS
}

/** YYYYMM. */
export function monthDigits(month: Month): string {
  return dayDigits(firstDayOf(month)).slice(0, 6)
}

/** The month of YYYYMM; undefined if there is no such month. */
export function monthFrom(digits: string): Month | undefined {
  const day = /^\d{6}$/.test(digits) ? dayFrom(`${digits}01`) : undefined
  return day === undefined ? undefined : monthOf(day)
}
