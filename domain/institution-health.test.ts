import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { type EndedCall, tallied } from './call-statistics.ts'
import type { FailureName } from './failures.ts'
import { type Evidence, type Health, healthOf, healthOfAll, type Minute } from './institution-health.ts'

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 22, 9, minute))

/** A minute with so many answered (in 200 ms unless said), and so many that failed. */
const makeMinute = (
  minute: number,
  answered: number,
  failed = 0,
  failure: FailureName = 'InstitutionUnavailable',
) => minuteOf(minute, [...calls(answered, null, 200), ...calls(failed, failure, 5)])
const minuteOf = (minute: number, ended: EndedCall[]): Minute => ({ at: at(minute), ...tallied(ended) })
const calls = (count: number, failure: FailureName | null, ms: number): EndedCall[] =>
  Array.from({ length: count }, () => ({ failure, ms }))

const judge = (minutes: Minute[], more: Partial<Evidence> = {}): Health =>
  healthOf({ minutes, breaker: null, held: null, ...more })

describe('an institution', () => {
  test('of which fewer than twenty calls are known is unknown, whatever became of them', () => {
    expect(judge([]).state).toBe('unknown')
    expect(judge([makeMinute(1, 0, 19)]).state).toBe('unknown')
    expect(judge([makeMinute(1, 19)]).state).toBe('unknown')
    expect(judge([makeMinute(1, 20)]).state).toBe('healthy')
  })

  test('is judged by its latest calls: what was before them neither accuses nor excuses it', () => {
    const good = [makeMinute(1, 500), makeMinute(2, 500)]
    const bad = [makeMinute(3, 0, 30), makeMinute(4, 5, 30)]
    expect(judge([...good, ...bad]).state).toBe('down')
    expect(judge([...bad, makeMinute(5, 20)]).state).toBe('healthy')
  })

  test('is down since the first of the minutes that failed without a break', () => {
    const minutes = [makeMinute(1, 0, 20), makeMinute(2, 20), makeMinute(7, 2, 4), makeMinute(9, 1, 30)]
    expect(judge(minutes)).toEqual({
      state: 'down',
      since: at(7),
      nextTryAt: null,
      because: 'InstitutionUnavailable',
    })
  })

  test('in maintenance is down, and it says so; one that throttles us is slow', () => {
    expect(judge([makeMinute(1, 2, 20, 'InstitutionInMaintenance')])).toMatchObject({
      state: 'down',
      because: 'InstitutionInMaintenance',
    })
    expect(judge([makeMinute(1, 2, 20, 'RateLimited')])).toMatchObject({
      state: 'slow',
      because: 'RateLimited',
    })
  })

  test('is slow when more than one call in ten fails or takes longer than four seconds', () => {
    expect(judge([makeMinute(1, 18, 2)]).state).toBe('healthy')
    expect(judge([makeMinute(1, 17, 3)]).state).toBe('slow')
    expect(judge([minuteOf(1, [...calls(17, null, 300), ...calls(3, null, 4_100)])])).toMatchObject({
      state: 'slow',
      because: null,
    })
    expect(judge([minuteOf(1, [...calls(17, null, 300), ...calls(3, null, 4_000)])]).state).toBe('healthy')
  })

  test('that was too slow for one call in seven is counted once for each, not twice', () => {
    const tooSlow = (count: number) => calls(count, 'InstitutionTooSlow', 20_001)
    expect(judge([minuteOf(1, [...calls(18, null, 300), ...tooSlow(2)])]).state).toBe('healthy')
    expect(judge([minuteOf(1, [...calls(17, null, 300), ...tooSlow(3)])]).state).toBe('slow')
  })

  test('is not to blame for what its users or we did wrong', () => {
    const refused = [...calls(10, 'CredentialsRejected', 50), ...calls(10, 'RequestRejected', 50)]
    expect(judge([minuteOf(1, refused)]).state).toBe('healthy')
  })

  test('whose breaker is open is down since then, and asked again when the breaker says, whatever was counted', () => {
    const breaker = { isOpen: true, openedAt: at(3), nextTryAt: at(8) }
    expect(judge([], { breaker })).toEqual({ state: 'down', since: at(3), nextTryAt: at(8), because: null })
    expect(judge([makeMinute(1, 50)], { breaker }).state).toBe('down')
    expect(judge([makeMinute(1, 50)], { breaker: { ...breaker, isOpen: false } }).state).toBe('healthy')
  })

  test('that is paused is that, and nothing else', () => {
    expect(judge([makeMinute(1, 0, 90)], { held: { because: 'paused', until: null } })).toMatchObject({
      state: 'paused',
      nextTryAt: null,
    })
    const until = new Date('2026-11-10T06:00:00Z')
    expect(judge([makeMinute(1, 0, 90)], { held: { because: 'window', until } })).toMatchObject({
      state: 'paused',
      nextTryAt: until,
      because: 'InstitutionInMaintenance',
    })
  })

  test('is judged alike in whatever order its minutes come', () => {
    const some = fc.array(fc.record({ good: fc.nat(30), bad: fc.nat(30) }), { maxLength: 20 })
    fc.assert(
      fc.property(some, fc.infiniteStream(fc.nat()), (given, luck) => {
        const minutes = given.flatMap(({ good, bad }, no) =>
          good + bad > 0 ? [makeMinute(no, good, bad)] : [],
        )
        const shuffled = minutes
          .map((minute) => ({ minute, by: luck.next().value as number }))
          .toSorted((a, b) => a.by - b.by)
        expect(judge(shuffled.map(({ minute }) => minute))).toEqual(judge(minutes))
      }),
    )
  })
})

describe('all institutions', () => {
  const all = (...states: Minute[][]) =>
    [
      ...healthOfAll(
        new Map(states.map((minutes, no) => [no, { minutes, breaker: null, held: null }])),
      ).values(),
    ].map(({ state }) => state)
  const down = [makeMinute(1, 0, 30)]
  const up = [makeMinute(1, 30)]

  test('that cannot be reached at once are unknown: it is our own network that fails', () => {
    expect(all(down, down, down, down, down)).toEqual(Array(5).fill('unknown'))
    expect(all(down, down, down, down, down, [])).toEqual(Array(6).fill('unknown'))
  })

  test('of which one answers are what they are, and so are four that may well be down together', () => {
    expect(all(down, down, down, down, down, up)).toEqual([...Array<string>(5).fill('down'), 'healthy'])
    expect(all(down, down, down, down)).toEqual(Array(4).fill('down'))
  })

  test('that are in maintenance in the same night are reached, and down', () => {
    const resting = [makeMinute(1, 0, 30, 'InstitutionInMaintenance')]
    expect(all(resting, resting, resting, resting, resting)).toEqual(Array(5).fill('down'))
  })
})
