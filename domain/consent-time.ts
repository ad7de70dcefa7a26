const DAY_MS = 86_400_000

/** A consent may be renewed in its last days; before, only what makes it wider goes through a new authorization. */
export const RENEWABLE_DAYS = 30

/** How many days ahead a person is told that a consent ends. */
export const NOTICE_DAYS = [30, 7, 1] as const
export type NoticeDays = (typeof NOTICE_DAYS)[number]

/** The law's choice of a cycle: a week to a month. */
export const CYCLE_DAYS = { least: 7, most: 31 } as const

export const cycleMsOf = (days: number): number => days * DAY_MS
export const cycleDaysOf = (ms: number): number => Math.round(ms / DAY_MS)

/** Until when a consent lasts that is given now: as long as allowed unless said otherwise. Null: it is too long, or over. */
export function endOf(asked: Date | null, now: Date, longestDays: number): Date | null {
  const latest = new Date(now.getTime() + longestDays * DAY_MS)
  if (asked === null) return latest
  return asked > now && asked <= latest ? asked : null
}

/** From when on a consent may be renewed. */
export const renewableFrom = (endsAt: Date): Date => new Date(endsAt.getTime() - RENEWABLE_DAYS * DAY_MS)

/** Days until the end, begun ones counted; 0 once it is over. */
export const daysLeft = (endsAt: Date, now: Date): number =>
  Math.max(0, Math.ceil((endsAt.getTime() - now.getTime()) / DAY_MS))

/**
 * Which notice is due now: the nearest one whose day has come. One that was missed is not told late beside it, and none
 * is told of a day before the consent was given.
 */
export function dueNotice(
  { grantedAt, endsAt }: { grantedAt: Date; endsAt: Date },
  now: Date,
): NoticeDays | null {
  if (now >= endsAt) return null
  const due = NOTICE_DAYS.filter((days) => {
    const from = new Date(endsAt.getTime() - days * DAY_MS)
    return from <= now && from >= grantedAt
  })
  return due.at(-1) ?? null
}
