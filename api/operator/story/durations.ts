const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long something lasts, with the two units that matter: `0.8 s`, `12 s`, `9 min 5 s`, `2 h 13 min`, `1 d 3 h`. */
export function lasting(ms: number): string {
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
  if (ms < MINUTE) return `${Math.floor(ms / 1_000)} s`
  if (ms < HOUR) return both(ms, MINUTE, 'min', 1_000, 's')
  if (ms < DAY) return both(ms, HOUR, 'h', MINUTE, 'min')
  return both(ms, DAY, 'd', HOUR, 'h')
}

function both(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % large) / small)
  return `${Math.floor(ms / large)} ${largeUnit}${rest > 0 ? ` ${rest} ${smallUnit}` : ''}`
}

/** From one instant to another, never less than nothing: two clocks may differ by milliseconds. */
export const between = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from))
