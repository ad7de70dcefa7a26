import { expect, test } from 'vitest'

import { type EndedCall, tallied } from '../domain/call-statistics.ts'
import { callDeadlineMs } from './call-deadline.ts'

const calls = (count: number, ms: number, failure: EndedCall['failure'] = null): EndedCall[] =>
  Array.from({ length: count }, () => ({ failure, ms }))

const CEILING_MS = 20_000
const deadline = (...ended: EndedCall[][]): number => callDeadlineMs(tallied(ended.flat()), CEILING_MS)

test('is three times what ninety-nine calls in a hundred stay under, once two hundred are known', () => {
  expect(deadline(calls(199, 1_000))).toBe(CEILING_MS)
  const found = deadline(calls(200, 1_000))
  expect(found).toBeGreaterThan(3 * 800)
  expect(found).toBeLessThanOrEqual(3 * 1_000)
})

test('is never under two seconds, nor above the ceiling', () => {
  expect(deadline(calls(500, 12))).toBe(2_000)
  expect(deadline(calls(500, 15_000))).toBe(CEILING_MS)
  expect(callDeadlineMs(tallied(calls(500, 3_000)), 5_000)).toBe(5_000)
})

test('grows where it cuts off more than one call in a hundred: it cannot shut itself off', () => {
  const before = deadline(calls(1_000, 1_000))
  const after = deadline(calls(1_000, 1_000), calls(15, before + 1, 'InstitutionTooSlow'))
  expect(after).toBeGreaterThan(2 * before)
})

test('does not shrink because an institution refuses at once', () => {
  expect(deadline(calls(300, 1_000), calls(5_000, 1, 'InstitutionUnavailable'))).toBe(
    deadline(calls(300, 1_000)),
  )
})
