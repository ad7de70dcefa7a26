import { describe, expect, test } from 'vitest'

import { growth, median, medianOfRounds, percentile } from './statistics.ts'

describe('percentiles', () => {
  test('lie between neighbours by proportion', () => {
    expect(percentile([10, 20, 30, 40], 0.5)).toBe(25)
    expect(percentile([40, 10, 30, 20], 0.95)).toBeCloseTo(38.5)
  })

  test('of one value are that value, of none are unknown', () => {
    expect(percentile([7], 0.99)).toBe(7)
    expect(percentile([], 0.5)).toBeNull()
  })

  test('do not sort what they were given', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })
})

test('one noisy round does not move the median of rounds', () => {
  expect(
    medianOfRounds([
      [1, 2, 3],
      [2, 2, 2],
      [900, 1000, 1100],
    ]),
  ).toBe(2)
})

test('counters that appeared in between count from nought', () => {
  expect(growth({ plans: 3 }, { plans: 5, attempts: 4 })).toEqual({ plans: 2, attempts: 4 })
})
