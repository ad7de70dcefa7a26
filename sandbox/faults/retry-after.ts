/**
 * What stands in Retry-After: seconds (0, negative and 10^9 too), any text, an HTTP date so many seconds from now,
 * or how long the hours of the rule still last.
 */
export type RetryAfter = number | string | { dateInSeconds: number } | { untilEnd: true }

/** As it goes over the wire. Dates are of real time, as the Date header beside it is. */
export function retryAfterText(
  retryAfter: RetryAfter,
  { realNow, endsInMs }: { realNow: number; endsInMs: number | undefined },
): string {
  if (typeof retryAfter !== 'object') return String(retryAfter)
  if ('dateInSeconds' in retryAfter) return new Date(realNow + retryAfter.dateInSeconds * 1000).toUTCString()
  return String(Math.max(1, Math.ceil((endsInMs ?? 0) / 1000)))
}

export function isRetryAfter(value: unknown): value is RetryAfter {
  if (typeof value === 'number') return Number.isFinite(value)
  // What may stand in a header at all.
  if (typeof value === 'string') return /^[\x20-\x7e]{0,200}$/.test(value)
  if (typeof value !== 'object' || value === null) return false
  return 'dateInSeconds' in value ? Number.isFinite(value.dateInSeconds) : 'untilEnd' in value
}
