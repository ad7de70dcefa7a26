import { DAY_MS, dayFrom, dayOf, dayText, instantFrom, startOf, timeDigits } from './kst.ts'

/** The institutions' time. Data, tokens and quotas follow it; call times in the log are real time. */
export type Clock = {
  now: () => number
  /** Moves forward; throws a RangeError if asked to go back. */
  advance: (milliseconds: number) => void
  set: (instantMs: number) => void
  read: () => ClockReading
  /** What a restart needs to go on. */
  saved: () => SavedClock
}
export type ClockReading = { now: string; kst: string; today: string; controlled: boolean }
export type SavedClock = { controlledNow?: number | undefined; offsetMs: number }

/** Noon: the day's salary is there, its evening is not. */
const START_OF_CONTROLLED_DAY_MS = DAY_MS / 2

/** With `today` the clock stands still and moves only when told; without, it is the real one plus an offset. */
export function createClock(today: string | undefined, saved: SavedClock | undefined): Clock {
  let controlledNow = saved ? saved.controlledNow : controlledStart(today)
  let offsetMs = saved?.offsetMs ?? 0
  const now = () => controlledNow ?? Date.now() + offsetMs
  const advance = (milliseconds: number) => {
    if (!(milliseconds >= 0)) throw new RangeError('the clock moves forward only')
    if (controlledNow === undefined) offsetMs += milliseconds
    else controlledNow += milliseconds
  }
  return {
    now,
    advance,
    set: (instantMs) => advance(instantMs - now()),
    read: () => ({
      now: new Date(now()).toISOString(),
      kst: timeDigits(now()),
      today: dayText(dayOf(now())),
      controlled: controlledNow !== undefined,
    }),
    saved: () => ({ controlledNow, offsetMs }),
  }
}

function controlledStart(today: string | undefined): number | undefined {
  if (today === undefined) return undefined
  const instant = instantOf(today)
  if (instant === undefined) throw new RangeError('today: expected YYYY-MM-DD')
  return instant
}

/** Reads an instant: YYYY-MM-DD (noon in Korea), YYYYMMDDhhmmss, milliseconds, or ISO 8601 with a zone. */
export function instantOf(text: string): number | undefined {
  const day = dayFrom(text)
  if (day !== undefined && text.includes('-')) return startOf(day) + START_OF_CONTROLLED_DAY_MS
  if (/^\d{14}$/.test(text)) return instantFrom(text)
  if (/^\d{11,13}$/.test(text)) return Number(text)
  if (!/(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined
  const instant = Date.parse(text)
  return Number.isNaN(instant) ? undefined : instant
}
