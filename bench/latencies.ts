import { random, seedOf } from '../sandbox/random.ts'

/** How long institutions take for one call. */
export type Latency = { name: string; drawMs: (...place: string[]) => number }

export const BANK_APIS = [
  'bank-001',
  'bank-002',
  'bank-003',
  'bank-004',
  'bank-008',
  'bank-009',
  'bank-010',
] as const

/**
 * Lognormal around a median. The same place (refresh, institution, API) always draws the same: whatever is compared
 * meets equal latencies, however its calls arrive.
 */
export const lognormal = (p50: number, sigma: number): Latency => ({
  name: `lognormal, p50 ${p50} ms, σ ${sigma}`,
  drawMs: (...place) => p50 * Math.exp(sigma * random(seedOf('latency', ...place)).normal()),
})

export const always = (ms: number): Latency => ({ name: `${ms} ms a call`, drawMs: () => ms })
