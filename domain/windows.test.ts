import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  ALWAYS_OPEN,
  closedAt,
  closedInWords,
  isEverOpen,
  type OpenSpan,
  WEEKDAYS,
  type Windows,
} from './windows.ts'

const kst = (text: string): Date => new Date(`${text.replace(' ', 'T')}:00+09:00`)
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** 2026-11-23 is a Monday in Korea. */
const WEEKDAY_HOURS: Windows = {
  hours: Object.fromEntries(
    ['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [{ from: '06:00', to: '23:30' }]]),
  ),
  maintenance: [],
}

describe('opening hours', () => {
  test('are those of the clock in Korea, day by day', () => {
    expect(closedAt(WEEKDAY_HOURS, kst('2026-11-23 06:00'))).toBeNull()
    expect(closedAt(WEEKDAY_HOURS, kst('2026-11-23 23:29'))).toBeNull()
    expect(closedAt(WEEKDAY_HOURS, kst('2026-11-23 05:59'))).toEqual({
      until: kst('2026-11-23 06:00'),
      because: 'hours',
      text: null,
    })
    expect(closedAt(WEEKDAY_HOURS, kst('2026-11-23 23:30'))?.until).toEqual(kst('2026-11-24 06:00'))
    // Sunday in London is Monday morning in Seoul.
    expect(closedAt(WEEKDAY_HOURS, new Date('2026-11-22T21:00:00Z'))).toBeNull()
  })

  test('are waited for over a weekend, and over a week where they are of one day', () => {
    expect(closedAt(WEEKDAY_HOURS, kst('2026-11-27 23:40'))?.until).toEqual(kst('2026-11-30 06:00'))
    const mondays: Windows = { hours: { mon: [{ from: '09:00', to: '10:00' }] }, maintenance: [] }
    expect(closedAt(mondays, kst('2026-11-23 10:00'))?.until).toEqual(kst('2026-11-30 09:00'))
  })

  test('may reach over midnight, into a day that has none of its own', () => {
    const nights: Windows = { hours: { fri: [{ from: '22:00', to: '03:00' }] }, maintenance: [] }
    expect(closedAt(nights, kst('2026-11-28 02:59'))).toBeNull()
    expect(closedAt(nights, kst('2026-11-28 03:00'))?.until).toEqual(kst('2026-12-04 22:00'))
    expect(closedAt(nights, kst('2026-11-27 02:00'))?.until).toEqual(kst('2026-11-27 22:00'))
  })

  test('that follow each other, or overlap, are one; 24:00 is the end of a day', () => {
    const spans = [
      { from: '00:00', to: '12:00' },
      { from: '11:00', to: '24:00' },
    ]
    const always: Windows = {
      hours: Object.fromEntries(WEEKDAYS.map((day) => [day, spans])),
      maintenance: [],
    }
    for (let minute = 0; minute < 7 * 24 * 60; minute += 7) {
      expect(closedAt(always, new Date(kst('2026-11-23 00:00').getTime() + minute * MINUTE))).toBeNull()
    }
  })

  test('of no day at all are never open, which is known before they are set', () => {
    expect(isEverOpen({ hours: { mon: [] }, maintenance: [] })).toBe(false)
    expect(isEverOpen(WEEKDAY_HOURS)).toBe(true)
    expect(isEverOpen(ALWAYS_OPEN)).toBe(true)
  })
})

describe('a maintenance', () => {
  const announced = { from: kst('2026-11-23 22:00'), to: kst('2026-11-24 02:00'), text: 'core banking' }

  test('closes from its first instant until before its last, and says what it is', () => {
    const windows: Windows = { hours: null, maintenance: [announced] }
    expect(closedAt(windows, new Date(announced.from.getTime() - 1))).toBeNull()
    expect(closedAt(windows, announced.from)).toEqual({
      until: announced.to,
      because: 'maintenance',
      text: 'core banking',
    })
    expect(closedAt(windows, announced.to)).toBeNull()
  })

  test('that ends outside of the hours is waited for until they begin', () => {
    const closed = closedAt({ ...WEEKDAY_HOURS, maintenance: [announced] }, kst('2026-11-23 23:00'))
    expect(closed).toEqual({ until: kst('2026-11-24 06:00'), because: 'maintenance', text: 'core banking' })
    expect(closedInWords(closed!)).toBe('maintenance, until 2026-11-24 06:00 in Korea: core banking')
  })

  test('that begins as another ends, or the hours do, is one wait with it', () => {
    const next = { from: announced.to, to: kst('2026-11-24 09:00'), text: 'more of it' }
    const closed = closedAt({ ...WEEKDAY_HOURS, maintenance: [next, announced] }, kst('2026-11-23 22:30'))
    expect(closed?.until).toEqual(next.to)
    expect(closed?.text).toBe('core banking')
  })
})

const time = fc.integer({ min: 0, max: 47 }).map((half) => clock(half * 30))
const span = fc
  .record({ from: time, to: fc.oneof(time, fc.constant('24:00')) })
  .filter(({ from, to }) => from !== to)
const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
const FIRST = kst('2026-11-21 00:00').getTime()
const anyWindows: fc.Arbitrary<Windows> = fc.record({
  hours: fc.option(
    fc
      .record(Object.fromEntries(WEEKDAYS.map((day) => [day, fc.array(span, { maxLength: 2 })])))
      .map((hours) => ({ ...hours, wed: [{ from: '10:00', to: '11:00' }] })),
  ),
  maintenance: fc.array(
    fc
      .record({ from: fc.integer({ min: 0, max: 600 }), length: fc.integer({ min: 1, max: 200 }) })
      .map(({ from, length }) => ({
        from: new Date(FIRST + from * 30 * MINUTE),
        to: new Date(FIRST + (from + length) * 30 * MINUTE),
        text: 'announced',
      })),
    { maxLength: 5 },
  ),
})
const anyInstant = fc
  .integer({ min: 0, max: 10 * 48 })
  .map((half) => new Date(FIRST + half * 30 * MINUTE + 60_000))

/** The same, said as simply as it can be: the clock of the day, of today's spans and of yesterday's that go on. */
function isOpen({ hours, maintenance }: Windows, now: Date): boolean {
  if (maintenance.some(({ from, to }) => now >= from && now < to)) return false
  if (hours === null) return true
  const here = new Date(now.getTime() + 9 * 60 * MINUTE)
  const minute = here.getUTCHours() * 60 + here.getUTCMinutes()
  const read = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
  const spansOf = (offset: number): readonly OpenSpan[] =>
    hours[WEEKDAYS[(here.getUTCDay() + 7 + offset) % 7]!] ?? []
  const today = spansOf(0).some(({ from, to }) =>
    read(to) > read(from) ? minute >= read(from) && minute < read(to) : minute >= read(from),
  )
  return today || spansOf(-1).some(({ from, to }) => read(to) <= read(from) && minute < read(to))
}

describe('whatever the windows', () => {
  test('it is closed exactly when neither its hours nor its maintenance let it be read', () => {
    fc.assert(
      fc.property(
        anyWindows,
        anyInstant,
        (windows, now) => (closedAt(windows, now) === null) === isOpen(windows, now),
      ),
      { numRuns: 500 },
    )
  })

  test('it is open when the wait is over, and at no half hour before', () => {
    fc.assert(
      fc.property(anyWindows, anyInstant, (windows, now) => {
        const until = closedAt(windows, now)?.until
        if (!until) return true
        const before = []
        for (let at = now.getTime(); at < until.getTime(); at += 30 * MINUTE)
          before.push(isOpen(windows, new Date(at)))
        return isOpen(windows, until) && !before.includes(true) && until.getTime() - now.getTime() < 30 * DAY
      }),
      { numRuns: 500 },
    )
  })
})
