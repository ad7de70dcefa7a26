import { describe, expect, test } from 'vitest'

import { differenceOfMedians } from './difference.ts'

/** Always the same numbers between 0 and 1. */
function drawer() {
  let state = 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

const noisy = (middle: number, draw: () => number) => Array.from({ length: 300 }, () => middle + draw() - 0.5)

describe('the difference of two medians', () => {
  test('of the same kind holds zero within its bounds', () => {
    const draw = drawer()
    const { low, high } = differenceOfMedians(noisy(5, draw), noisy(5, draw), draw)
    expect(low).toBeLessThan(0)
    expect(high).toBeGreaterThan(0)
  })

  test('is found, with its sign, where there is one', () => {
    const draw = drawer()
    const { is, low, high } = differenceOfMedians(noisy(5.3, draw), noisy(5, draw), draw)
    expect(is).toBeCloseTo(0.3, 0)
    expect(low).toBeGreaterThan(0)
    expect(high).toBeLessThan(0.6)
  })
})
