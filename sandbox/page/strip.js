/** The moving strip of an institution: pure, so that it can be tested without a browser. */

/** The last minute, the newest on the right. */
export const STRIP_MS = 60_000
/** Calls of one institution that are drawn; of more the latest. */
const MAX_DRAWN = 3000
/** A short call is still a line that one can see. */
const THINNEST_PX = 1.5

/** How a call ended, in one word; the colours are by these. */
export function outcomeOf({ endedAt, aborted, status, fault }) {
  if (endedAt === null) return 'going'
  if (aborted) return 'cut'
  if (status === 429) return 'limited'
  if (status >= 500) return 'failed'
  if (status >= 300) return 'refused'
  return fault === null ? 'good' : 'spoiled'
}

/** Puts calls into the strips by institution; a call that ended takes the place of its beginning. */
export function remember(strips, calls, now) {
  for (const call of calls) {
    const strip = strips.get(call.institutionId) ?? new Map()
    strip.set(call.no, call)
    strips.set(call.institutionId, strip)
  }
  for (const strip of strips.values())
    for (const [no, call] of strip)
      if (strip.size > MAX_DRAWN || (call.endedAt !== null && call.endedAt < now - STRIP_MS)) strip.delete(no)
}

/** Where the bars of a strip stand. Calls that overlap share its height by lanes. */
export function barsOf(calls, { now, width, lanes }) {
  const toX = (at) => width - ((now - at) / STRIP_MS) * width
  const busyUntil = Array.from({ length: lanes }, () => -Infinity)
  return [...calls].map((call) => {
    const [start, end] = [toX(call.at), toX(call.endedAt ?? now)]
    const free = busyUntil.findIndex((until) => until <= start)
    const lane = free === -1 ? call.no % lanes : free
    const drawn = Math.max(end - start, THINNEST_PX)
    busyUntil[lane] = start + drawn
    return { x: Math.max(0, start), width: Math.min(drawn, width), lane, outcome: outcomeOf(call) }
  })
}

/** What a strip says in words: calls of the minute, how many did not go well, and the median of those that ended. */
export function wordsOf(calls) {
  const all = [...calls]
  const ended = all.filter(({ endedAt }) => endedAt !== null)
  if (all.length === 0) return 'no calls in the last minute'
  const bad = ended.filter((call) => outcomeOf(call) !== 'good').length
  const times = ended.map(({ ms }) => ms).toSorted((one, other) => one - other)
  const median = times.length === 0 ? '–' : `${times[Math.floor(times.length / 2)]} ms`
  return `${all.length} calls, ${bad} not well, ${all.length - ended.length} under way, median ${median}`
}
