import { describe, expect, test } from 'vitest'

import { expiryOf, isDue, isOver, tokenLimits } from './token-life.ts'

const STORED = new Date('2026-11-22T00:00:00Z')
const MINUTE = 60_000
const at = (ms: number): Date => new Date(STORED.getTime() + ms)

/** A token that lives so long, looked at after so long. */
const seen = (lifeMs: number, ageMs: number) => ({
  storedAt: STORED,
  expiresAt: at(lifeMs),
  readAt: at(ageMs),
})

describe('an access token', () => {
  test.each([
    // what is said of it, how long it lives, how old it is, how long a reading may take, whether it is renewed first
    ['that lives for days is not renewed early', 90 * 1_440 * MINUTE, 80 * 1_440 * MINUTE, 2 * MINUTE, false],
    ['that ends within the reading is renewed before it', 60 * MINUTE, 59 * MINUTE, 2 * MINUTE, true],
    ['that ends with the reading is renewed before it', 60 * MINUTE, 58 * MINUTE, 2 * MINUTE, true],
    ['that outlives the reading by a little is used', 60 * MINUTE, 58 * MINUTE - 1, 2 * MINUTE, false],
    ['that has ended is renewed', 60 * MINUTE, 61 * MINUTE, 2 * MINUTE, true],
    ['shorter than a reading is used for half of its life', MINUTE, 29_999, 2 * MINUTE, false],
    ['shorter than a reading is renewed in the other half', MINUTE, 30_000, 2 * MINUTE, true],
    ['that was just renewed is used, however short it lives', 2, 0, 2 * MINUTE, false],
  ])('%s', (_, lifeMs, ageMs, readingMs, renewed) => {
    expect(isDue(seen(lifeMs, ageMs), readingMs)).toBe(renewed)
  })

  test('is over from the instant it ends', () => {
    expect(isOver(seen(MINUTE, MINUTE - 1))).toBe(false)
    expect(isOver(seen(MINUTE, MINUTE))).toBe(true)
  })

  test('ends so many seconds after it was asked for, not after it came', () => {
    expect(expiryOf(STORED, 90)).toEqual(at(90_000))
  })
})

test('a lease outlives its call, and whoever waits outlives the lease', () => {
  for (const callMs of [100, 20_000, 60_000]) {
    const { leaseMs, waitMs } = tokenLimits(callMs)
    expect(leaseMs).toBeGreaterThanOrEqual(callMs + 5_000)
    expect(waitMs).toBeGreaterThanOrEqual(leaseMs + 5_000)
    expect(waitMs).toBeLessThanOrEqual(callMs + 10_000)
  }
})
