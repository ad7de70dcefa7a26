import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { FAILURES, type FailureName } from './failures.ts'
import { countsAsWait, type Failed, waitAfter, waitAfterGaps } from './waiting.ts'

const MINUTE = 60_000
const WAITS = [MINUTE, 10 * MINUTE, 60 * MINUTE, 360 * MINUTE]
const NAMES = Object.keys(FAILURES) as FailureName[]

const makeFailed = (given: Partial<Failed> = {}): Failed => ({
  failure: 'InstitutionUnavailable',
  waits: 0,
  statedMs: null,
  waitsMs: WAITS,
  draw: 0,
  ...given,
})

describe('how long a failed reading waits', () => {
  test('grows from wait to wait, and the last one repeats', () => {
    expect([0, 1, 2, 3, 4, 40].map((waits) => waitAfter(makeFailed({ waits })))).toEqual([
      MINUTE,
      10 * MINUTE,
      60 * MINUTE,
      360 * MINUTE,
      360 * MINUTE,
      360 * MINUTE,
    ])
  })

  test('is what the institution stated, where it throttles or mends itself, however short', () => {
    expect(waitAfter(makeFailed({ failure: 'RateLimited', statedMs: 5_000 }))).toBe(5_000)
    expect(
      waitAfter(makeFailed({ failure: 'InstitutionInMaintenance', statedMs: 7_200_000, waits: 3 })),
    ).toBe(7_200_000)
  })

  test('is its own again where an institution states a second, over and over', () => {
    const again = (waits: number) => waitAfter(makeFailed({ failure: 'RateLimited', statedMs: 1_000, waits }))
    expect([0, 1, 2, 3].map(again)).toEqual([1_000, MINUTE, 10 * MINUTE, 60 * MINUTE])
  })

  test('is its own where nothing was stated, and never shorter than what was', () => {
    expect(waitAfter(makeFailed({ failure: 'RateLimited', statedMs: null }))).toBe(MINUTE)
    expect(waitAfter(makeFailed({ failure: 'RateLimited', statedMs: -5 }))).toBe(MINUTE)
    expect(waitAfter(makeFailed({ statedMs: 5 * MINUTE }))).toBe(5 * MINUTE)
  })

  test('is until the time that we ourselves have set, however often it was waited for, and minutes longer at most', () => {
    const until = (waits: number, draw: number) =>
      waitAfter(makeFailed({ failure: 'InstitutionPaused', isOurWord: true, statedMs: 90_000, waits, draw }))
    expect([0, 1, 5].map((waits) => until(waits, 0))).toEqual([90_000, 90_000, 90_000])
    const halfADay = { failure: 'InstitutionInMaintenance', isOurWord: true, statedMs: 720 * MINUTE } as const
    expect(waitAfter(makeFailed({ ...halfADay, draw: 1 }))).toBe(725 * MINUTE)
    expect(waitAfter(makeFailed({ failure: 'InstitutionPaused', isOurWord: true, waits: 1 }))).toBe(
      60 * MINUTE,
    )
  })

  test.each(NAMES.filter((name) => FAILURES[name].retry === 'never'))(
    '%s is waited for by nobody',
    (failure) => {
      expect(waitAfter(makeFailed({ failure }))).toBeNull()
    },
  )

  test('is never longer for having waited where a reading was only kept from beginning', () => {
    const paused = (waits: number, statedMs: number | null) =>
      waitAfter(makeFailed({ failure: 'InstitutionPaused', statedMs, waits }))
    expect([0, 1, 40].map((waits) => paused(waits, 30_000))).toEqual([MINUTE, MINUTE, MINUTE])
    expect(paused(3, 8 * MINUTE)).toBe(8 * MINUTE)
    expect([0, 1, 40].map((waits) => paused(waits, null))).toEqual([60 * MINUTE, 60 * MINUTE, 60 * MINUTE])
    expect(waitAfter(makeFailed({ failure: 'NoTurn', waits: 3 }))).toBe(MINUTE)
    expect(NAMES.filter((name) => !countsAsWait(name)).toSorted()).toEqual(['InstitutionPaused', 'NoTurn'])
  })

  test('ends for what has no name after a few: a bug repeats itself', () => {
    expect(
      [0, 1, 2, 3].map((waits) => waitAfter(makeFailed({ failure: 'Unexpected', waits })) !== null),
    ).toEqual([true, true, true, false])
  })

  test('is never shorter than planned or stated, and at most a quarter longer, whatever is drawn', () => {
    const any = fc.record({
      failure: fc.constantFrom(...NAMES),
      waits: fc.nat(12),
      statedMs: fc.option(fc.integer({ min: 1, max: 86_400_000 })),
      draw: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(any, (given) => {
        const calm = waitAfter(makeFailed({ ...given, draw: 0 }))
        const drawn = waitAfter(makeFailed(given))
        if (calm === null || drawn === null) return calm === drawn
        return drawn >= calm && drawn <= Math.ceil(calm * 1.25) && drawn >= (given.statedMs ?? 0)
      }),
    )
  })
})

test('of several gaps the first that may be mended is waited for, and none where nothing may', () => {
  const past = { waits: 3, waitsMs: WAITS, draw: 0 }
  expect(waitAfterGaps(['RequestRejected', 'Unexpected', 'UnexpectedResponse'], past)).toBe(360 * MINUTE)
  expect(waitAfterGaps(['RequestRejected'], past)).toBeNull()
  expect(waitAfterGaps([], past)).toBeNull()
})
