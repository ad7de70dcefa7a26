/** A calendar day in Korea, 'YYYY-MM-DD'. */
export type KstDate = string
/** A wall-clock time in Korea without a zone, 'YYYY-MM-DD HH:mm:ss', as institutions keep it. */
export type KstDateTime = string

// Korea has had one offset and no summer time since 1988; the history Moa reads is five years at most.
const KST_OFFSET_MS = 9 * 60 * 60 * 1000
const DAY_MS = 24 * 60 * 60 * 1000

/** The day in Korea at an instant. */
export const kstDate = (instant: Date): KstDate =>
  new Date(instant.getTime() + KST_OFFSET_MS).toISOString().slice(0, 10)

/** The wall clock in Korea at an instant, to the second. */
export const kstDateTime = (instant: Date): KstDateTime =>
  new Date(instant.getTime() + KST_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')

/** The instant at which the clock in Korea shows this. */
export const instantOfKst = (at: KstDateTime): Date => new Date(`${at.replace(' ', 'T')}+09:00`)

/** The day some days later (or earlier). */
export const plusDays = (day: KstDate, days: number): KstDate =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)

/** The same day of the month some months later (or earlier); the month's last day where there is no such day. */
export function plusMonths(day: KstDate, months: number): KstDate {
  const [year = 0, month = 1, dayOfMonth = 1] = day.split('-').map(Number)
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0))
  return new Date(
    Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), Math.min(dayOfMonth, last.getUTCDate())),
  )
    .toISOString()
    .slice(0, 10)
}

/** 'YYYY-MM' of a wall-clock time, or of a day. */
export const monthOf = (at: KstDateTime): string => at.slice(0, 7)

/** Whether eight digits name a day that exists ('20240231' does not). */
export function isCompactDate(text: string): boolean {
  if (!/^\d{8}$/.test(text)) return false
  const day = fromCompactDate(text)
  const parsed = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().slice(0, 10) === day
}

/** Whether fourteen digits name a second that exists. */
export function isCompactDateTime(text: string): boolean {
  return (
    /^\d{14}$/.test(text) &&
    isCompactDate(text.slice(0, 8)) &&
    Number(text.slice(8, 10)) < 24 &&
    Number(text.slice(10, 12)) < 60 &&
    Number(text.slice(12, 14)) < 60
  )
}

/** '20261122' → '2026-11-22'. The text was checked before. */
export const fromCompactDate = (text: string): KstDate =>
  `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`

/** '20261122093000' → '2026-11-22 09:30:00'. The text was checked before. */
export const fromCompactDateTime = (text: string): KstDateTime =>
  `${fromCompactDate(text)} ${text.slice(8, 10)}:${text.slice(10, 12)}:${text.slice(12, 14)}`

/** '2026-11-22' → '20261122'. */
export const toCompactDate = (day: KstDate): string => day.replaceAll('-', '')
