import { expect, test } from 'vitest'

import { readConfig } from '../config.ts'
import { createPolicy, READING_SETTINGS } from './policy.ts'

test('gives a first reading more time, and a year to bring', () => {
  const { spanMonths, limitsFor } = createPolicy(readConfig(READING_SETTINGS, {}))
  expect(spanMonths).toBe(12)
  expect(limitsFor(false)).toEqual({
    callMs: 20_000,
    attemptMs: 120_000,
    readingMs: 300_000,
    heartbeatMs: 10_000,
    quickTries: 3,
    waitsMs: [60_000, 600_000, 3_600_000, 21_600_000],
  })
  expect(limitsFor(true)).toEqual({ ...limitsFor(false), attemptMs: 600_000, readingMs: 1_800_000 })
})
