import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { drawRetry, earnRetries, newRetryAllowance, type RetryAllowance } from './retry-allowance.ts'

const SECOND = 1_000
const START = Date.UTC(2026, 10, 23)

/** How many retries are granted at this moment. */
function drain(allowance: RetryAllowance, now: number): { granted: number; left: RetryAllowance } {
  let left = allowance
  for (let granted = 0; ; granted += 1) {
    const drawn = drawRetry(left, now)
    left = drawn.allowance
    if (!drawn.isGranted) return { granted, left }
  }
}

test('ten first tries earn one retry, and a long calm no more than twenty', () => {
  const { left } = drain(newRetryAllowance(START), START)
  expect(
    [9, 10, 99, 200, 5_000].map((tries) => drain(earnRetries(left, tries, START), START).granted),
  ).toEqual([0, 1, 9, 20, 20])
})

test('an institution that is hardly ever read may be retried, too: twice, and then once in half a minute', () => {
  const { granted, left } = drain(newRetryAllowance(START), START)
  expect(granted).toBe(2)
  const after = (ms: number) => drain(left, START + ms).granted
  expect([29, 30, 59, 60, 3_600].map((seconds) => after(seconds * SECOND))).toEqual([0, 1, 1, 2, 2])
})

test('time alone fills it to the floor and never beyond', () => {
  const earned = earnRetries(newRetryAllowance(START), 50, START)
  expect(drain(earned, START + 3_600 * SECOND).granted).toBe(7)
})

test('over any time no more is granted than was earned, the floor and what was there', () => {
  const step = fc.record({
    ms: fc.nat(60 * SECOND),
    firstTries: fc.nat(30),
    retries: fc.nat(30),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let allowance = newRetryAllowance(START)
      let now = START
      let tries = 0
      let granted = 0
      for (const { ms, firstTries, retries } of steps) {
        now += ms
        tries += firstTries
        allowance = earnRetries(allowance, firstTries, now)
        for (let i = 0; i < retries; i += 1) {
          const drawn = drawRetry(allowance, now)
          allowance = drawn.allowance
          if (drawn.isGranted) granted += 1
        }
        expect(granted).toBeLessThanOrEqual(2 + tries / 10 + (now - START) / (30 * SECOND))
        expect(JSON.parse(JSON.stringify(allowance))).toEqual(allowance)
      }
    }),
  )
})

test('the order of what happens at one instant changes nothing of what may be spent', () => {
  const events = fc.array(fc.oneof(fc.nat(20), fc.constant('draw' as const)), { maxLength: 20 })
  fc.assert(
    fc.property(events, events, (first, second) => {
      const spent = (order: readonly (number | 'draw')[]) => {
        let allowance: RetryAllowance = { tenths: 0, countedAt: START }
        let granted = 0
        for (const event of order) {
          if (event !== 'draw') allowance = earnRetries(allowance, event, START)
          else {
            const drawn = drawRetry(allowance, START)
            allowance = drawn.allowance
            granted += Number(drawn.isGranted)
          }
        }
        return granted * 10 + allowance.tenths
      }
      const earned = [...first, ...second].reduce<number>(
        (sum, event) => sum + (event === 'draw' ? 0 : event),
        0,
      )
      expect(spent([...first, ...second])).toBeLessThanOrEqual(earned)
      expect(spent([...second, ...first])).toBeLessThanOrEqual(earned)
    }),
  )
})
