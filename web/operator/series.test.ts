import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { barsOf, pathOf, roundUp, type Span, type Step } from './series.js'

const STEP_MS = 60_000
const FROM = Date.parse('2026-11-22T00:00:00.000Z')
const span: Span = { from: FROM, to: FROM + 10 * STEP_MS, stepMs: STEP_MS }
const size = { width: 100, height: 20 }

const at = (minute: number): string => new Date(FROM + minute * STEP_MS).toISOString()
const makeStep = (minute: number, calls: number, failed = 0): Step => ({ at: at(minute), calls, failed })

describe('a bar', () => {
  test('lies where its step does, as high as it has calls', () => {
    const [first, second] = barsOf([makeStep(0, 10), makeStep(5, 5)], span, size)
    expect(first!.x).toBe(0)
    expect(second!.x).toBe(50)
    expect(first!.answered.height).toBe(18)
    expect(second!.answered.height).toBe(9)
    expect(first!.answered.y + first!.answered.height).toBe(20)
  })

  test('has what failed on top of what was answered', () => {
    const [bar] = barsOf([makeStep(3, 10, 5)], span, size)
    expect(bar!.failed.y + bar!.failed.height).toBe(bar!.answered.y)
    expect(bar!.failed.height).toBe(9)
  })

  test('of one failed call among thousands can be seen', () => {
    expect(barsOf([makeStep(3, 5_000, 1)], span, size)[0]!.failed.height).toBeGreaterThanOrEqual(2)
    expect(barsOf([makeStep(3, 5_000, 0)], span, size)[0]!.failed.height).toBe(0)
  })

  test('lies within the picture, whatever its step has', () => {
    const steps = fc.array(
      fc
        .tuple(fc.integer({ min: -2, max: 12 }), fc.nat(9_000), fc.nat(9_000))
        .map(([minute, calls, failed]) => makeStep(minute, calls + 1, Math.min(failed, calls + 1))),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(steps, (given) => {
        for (const bar of barsOf(given, span, size)) {
          expect(bar.x).toBeGreaterThanOrEqual(0)
          expect(bar.x).toBeLessThanOrEqual(100)
          expect(bar.width).toBeGreaterThan(0)
          expect(bar.failed.y).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })
})

test('a percentile is joined to that of the step before, and broken where none is known', () => {
  const points = [
    { at: at(0), ms: 500 },
    { at: at(1), ms: 1_000 },
    { at: at(2), ms: null },
    { at: at(3), ms: 250 },
  ]
  const path = pathOf(points, span, size, 1_000)
  expect(path.match(/M/g)).toHaveLength(2)
  expect(path.match(/L/g)).toHaveLength(1)
  expect(path).toContain(',0')
  expect(pathOf([], span, size, 1_000)).toBe('')
})

test('what lies beyond the axis is drawn at its end', () => {
  expect(pathOf([{ at: at(0), ms: 90_000 }], span, size, 1_000)).toMatch(/,0 /)
})

test.each([
  [1, 1],
  [1_000, 1_000],
  [1_001, 2_000],
  [2_400, 5_000],
  [19_000, 20_000],
  [60_000, 100_000],
])('an axis for %i reaches %i', (value, reach) => {
  expect(roundUp(value)).toBe(reach)
})
