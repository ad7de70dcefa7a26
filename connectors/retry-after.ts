// A wait longer than a day is a mistake or an attack: 429 with 10^9 seconds would be 31 years.
const LONGEST_MS = 24 * 60 * 60 * 1000
// "0" means "you may try", not "try in a loop".
const SHORTEST_MS = 1000
const HTTP_DATE =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** The instant a Retry-After header names, at most a day away; null if it names none (absent, negative, past, garbage). */
export function retryAfter(header: string | undefined, now: Date): Date | null {
  const waitMs = statedWaitMs(header?.trim() ?? '', now)
  if (waitMs === null) return null
  return new Date(now.getTime() + Math.max(SHORTEST_MS, Math.min(LONGEST_MS, waitMs)))
}

function statedWaitMs(text: string, now: Date): number | null {
  if (/^\d+$/.test(text)) return Number(text) * 1000
  if (!HTTP_DATE.test(text)) return null
  const waitMs = Date.parse(text) - now.getTime()
  return waitMs >= 0 ? waitMs : null
}
