import { type Random, seedOf } from '../random.ts'

/** How long an institution takes: fixed, or lognormal around a median or an own mean, with a slow mode beside it. */
export type Latency =
  | number
  | ({ sigma: number; slow?: { share: number; p50: number; sigma: number } | undefined } & (
      | { p50: number }
      /** Each institution has one of these means, drawn by the seed, times `times`. */
      | { means: readonly number[]; times?: number | undefined }
    ))

/** The longest drawn latency: no client waits longer for a call. */
const MAX_LATENCY_MS = 60_000

/** One draw. The same seed gives an institution the same mean. */
export function drawnLatency(
  latency: Latency | undefined,
  institutionId: string,
  seed: string,
  luck: () => Random,
): number {
  if (latency === undefined) return 0
  if (typeof latency === 'number') return Math.min(latency, MAX_LATENCY_MS)
  const { slow, sigma } = latency
  const isSlow = slow !== undefined && luck().chance(slow.share)
  const drawn = isSlow
    ? lognormal(slow.p50, slow.sigma, luck())
    : lognormal(medianOf(latency, institutionId, seed), sigma, luck())
  return Math.min(drawn, MAX_LATENCY_MS)
}

/** A lognormal's mean is its median × e^(σ²/2). */
function medianOf(latency: Exclude<Latency, number>, institutionId: string, seed: string): number {
  if ('p50' in latency) return latency.p50
  const { means, times = 1, sigma } = latency
  const mean = means[seedOf(seed, 'mean', institutionId) % means.length] ?? 0
  return (mean * times) / Math.exp(sigma ** 2 / 2)
}

function lognormal(p50: number, sigma: number, luck: Random): number {
  return p50 * Math.exp(sigma * luck.normal())
}
