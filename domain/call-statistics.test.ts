import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  BUCKET_COUNT,
  BUCKETS_MS,
  type EndedCall,
  leastSamplesFor,
  merged,
  percentile,
  samplesOf,
  sharesOf,
  slowerThan,
  tallied,
} from './call-statistics.ts'
import { FAILURES, type FailureName } from './failures.ts'

const answeredIn = (ms: number): EndedCall => ({ failure: null, ms })
const failedBy = (failure: FailureName, ms = 5): EndedCall => ({ failure, ms })
const times = <T>(count: number, of: T): T[] => Array.from({ length: count }, () => of)

const someCalls = fc.array(
  fc.record({
    failure: fc.option(fc.constantFrom(...(Object.keys(FAILURES) as FailureName[]))),
    ms: fc.integer({ min: 0, max: 30_000 }),
  }),
  { maxLength: 300 },
)

test('bounds grow, by a quarter or so, and stored rows have one bucket more than there are bounds', () => {
  for (const [at, bound] of BUCKETS_MS.entries())
    if (at > 0) expect(bound).toBeGreaterThan(BUCKETS_MS[at - 1]!)
  for (const [at, bound] of BUCKETS_MS.entries())
    if (at > 3) expect(bound / BUCKETS_MS[at - 1]!).toBeLessThanOrEqual(1.3)
  expect(BUCKET_COUNT).toBe(32)
})

test('calls are counted with how they ended; how long they took only where an answer was waited for', () => {
  const counted = tallied([
    answeredIn(120),
    answeredIn(125),
    failedBy('InstitutionTooSlow', 20_003),
    failedBy('InstitutionUnavailable', 1),
    failedBy('InstitutionUnavailable', 2),
  ])
  expect(counted.calls).toBe(5)
  expect(counted.failures).toEqual({ InstitutionTooSlow: 1, InstitutionUnavailable: 2 })
  expect(samplesOf(counted)).toBe(3)
  expect(counted.latency[BUCKETS_MS.indexOf(125)]).toBe(2)
  expect(counted.latency.at(-1)).toBe(1)
})

test('parts of time, put together in any order and grouping, are the whole', () => {
  fc.assert(
    fc.property(someCalls, fc.nat(300), fc.nat(300), (calls, one, other) => {
      const [first, second] = [Math.min(one, other), Math.max(one, other)]
      const parts = [calls.slice(0, first), calls.slice(first, second), calls.slice(second)].map(tallied)
      expect(merged(parts)).toEqual(tallied(calls))
      expect(merged([merged([parts[2]!, parts[0]!]), parts[1]!])).toEqual(tallied(calls))
    }),
  )
})

describe('a percentile', () => {
  test('lies in the bucket of the call that has so many below it, and never falls as the share rises', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 200, maxLength: 400 }),
        (all) => {
          const counted = tallied(all.map(answeredIn))
          const sorted = all.toSorted((a, b) => a - b)
          let last = 0
          for (const share of [0.25, 0.5, 0.9, 0.95, 0.99]) {
            const found = percentile(counted, share)!
            const call = sorted[Math.ceil(share * all.length) - 1]!
            const at = BUCKETS_MS.findIndex((bound) => call <= bound)
            expect(found).toBeGreaterThanOrEqual(BUCKETS_MS[at - 1] ?? 0)
            expect(found).toBeLessThanOrEqual(BUCKETS_MS[at]!)
            expect(found).toBeGreaterThanOrEqual(last)
            last = found
          }
        },
      ),
    )
  })

  test('lies between the bounds of its bucket by proportion', () => {
    const counted = tallied([...times(50, answeredIn(90)), ...times(50, answeredIn(300))])
    expect(percentile(counted, 0.25)).toBe(90)
    expect(percentile(counted, 0.75)).toBe(283)
  })

  test.each([
    [0.5, 20],
    [0.95, 40],
    [0.99, 200],
  ])('of %d is null with fewer than %i calls', (share, least) => {
    expect(leastSamplesFor(share)).toBe(least)
    expect(percentile(tallied(times(least - 1, answeredIn(100))), share)).toBeNull()
    expect(percentile(tallied(times(least, answeredIn(100))), share)).not.toBeNull()
  })

  test('that lies beyond the last bound is said as that', () => {
    expect(percentile(tallied(times(20, failedBy('InstitutionTooSlow', 59_000))), 0.5)).toBe(20_000)
  })

  test('does not rest on calls that failed at once', () => {
    const refused = times(100, failedBy('InstitutionUnavailable', 1))
    expect(percentile(tallied([...refused, ...times(20, answeredIn(900))]), 0.5)).toBeGreaterThan(800)
    expect(percentile(tallied(refused), 0.5)).toBeNull()
  })
})

describe('the shares of calls', () => {
  test('by fault, and of those answered, sum to one', () => {
    fc.assert(
      fc.property(someCalls, (calls) => {
        const shares = sharesOf(tallied(calls))
        if (calls.length < 20) expect(shares).toBeNull()
        else expect(Object.values(shares!).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
      }),
    )
  })

  test('name whose fault it was', () => {
    const calls = [
      ...times(14, answeredIn(10)),
      ...times(3, failedBy('InstitutionUnavailable')),
      ...times(2, failedBy('CredentialsRejected')),
      failedBy('RequestRejected'),
    ]
    expect(sharesOf(tallied(calls))).toEqual({
      answered: 0.7,
      institution: 0.15,
      user: 0.1,
      us: 0.05,
      nobody: 0,
    })
  })
})

test('what took longer than a bound is counted from the next bucket on', () => {
  const counted = tallied([answeredIn(4_000), answeredIn(4_001), failedBy('InstitutionTooSlow', 20_100)])
  expect(slowerThan(counted, 4_000)).toBe(2)
  expect(slowerThan(counted, 20_000)).toBe(1)
})
