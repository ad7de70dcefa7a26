import { expect, test } from 'vitest'

import type { Call } from '../sandbox/call-log.ts'
import { mostAtOnce, readingsOf } from './at-once.ts'

test('what overlaps is under way at once, whatever order it comes in', () => {
  const intervals = [
    { from: 50, to: 60 },
    { from: 0, to: 10 },
    { from: 5, to: 20 },
    { from: 8, to: 9 },
  ]
  expect(mostAtOnce(intervals)).toBe(3)
  expect(mostAtOnce([])).toBe(0)
})

test('what begins in the moment in which another ends is not beside it', () => {
  expect(
    mostAtOnce([
      { from: 10, to: 20 },
      { from: 0, to: 10 },
    ]),
  ).toBe(1)
})

test('a reading lasts from the first call of its person to the last answer, the pauses between included', () => {
  const call = (person: string, at: number, endedAt: number | null) => ({ person, at, endedAt }) as Call
  const calls = [call('a', 0, 10), call('b', 12, 15), call('a', 20, 30), call('b', 31, null)]
  expect(readingsOf(calls, 40)).toEqual([
    { from: 0, to: 30 },
    { from: 12, to: 40 },
  ])
})
