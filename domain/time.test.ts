import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  fromCompactDate,
  fromCompactDateTime,
  instantOfKst,
  isCompactDate,
  isCompactDateTime,
  kstDate,
  kstDateTime,
  monthOf,
  plusDays,
  plusMonths,
  toCompactDate,
} from './time.ts'

describe('the day in Korea', () => {
  test.each([
    ['2026-11-21T14:59:59.999Z', '2026-11-21', '2026-11-21 23:59:59'],
    ['2026-11-21T15:00:00.000Z', '2026-11-22', '2026-11-22 00:00:00'],
    ['2026-12-31T15:00:00.000Z', '2027-01-01', '2027-01-01 00:00:00'],
    ['2028-02-28T15:00:00.000Z', '2028-02-29', '2028-02-29 00:00:00'],
  ])('at %s is %s', (instant, day, wallClock) => {
    expect(kstDate(new Date(instant))).toBe(day)
    expect(kstDateTime(new Date(instant))).toBe(wallClock)
  })

  test('a wall clock and its instant are the same second, there and back', () => {
    const seconds = fc.integer({ min: Date.UTC(1990, 0, 1) / 1000, max: Date.UTC(2100, 0, 1) / 1000 })
    fc.assert(
      fc.property(seconds, (second) => {
        const instant = new Date(second * 1000)
        expect(instantOfKst(kstDateTime(instant))).toEqual(instant)
        expect(kstDateTime(instant).slice(0, 10)).toBe(kstDate(instant))
      }),
    )
  })
})

describe('counting days and months', () => {
  test.each([
    ['2026-02-28', 1, '2026-03-01'],
    ['2028-02-28', 1, '2028-02-29'],
    ['2026-01-01', -1, '2025-12-31'],
    ['2026-11-22', 0, '2026-11-22'],
    ['2028-01-01', 366, '2029-01-01'],
  ])('%s plus %i days is %s', (day, days, expected) => {
    expect(plusDays(day, days)).toBe(expected)
  })

  test.each([
    ['2026-01-31', 1, '2026-02-28'],
    ['2028-01-31', 1, '2028-02-29'],
    ['2028-02-29', 12, '2029-02-28'],
    ['2026-03-31', -1, '2026-02-28'],
    ['2026-10-31', 1, '2026-11-30'],
    ['2026-12-15', 1, '2027-01-15'],
    ['2026-01-15', -1, '2025-12-15'],
    ['2026-11-22', -60, '2021-11-22'],
    ['2026-11-30', 0, '2026-11-30'],
  ])('%s plus %i months is %s', (day, months, expected) => {
    expect(plusMonths(day, months)).toBe(expected)
  })

  test('a month later is always in the next month', () => {
    const days = fc.integer({ min: 0, max: 20_000 }).map((offset) => plusDays('2000-01-01', offset))
    fc.assert(
      fc.property(days, (day) => {
        expect(monthOf(plusMonths(day, 1))).toBe(monthOf(plusMonths(`${monthOf(day)}-01`, 1)))
        expect(plusDays(plusDays(day, 400), -400)).toBe(day)
      }),
    )
  })

  test('the month of a day and of a wall clock is the same text', () => {
    expect([monthOf('2026-11-22'), monthOf('2026-11-22 23:59:59')]).toEqual(['2026-11', '2026-11'])
  })
})

describe('compact text of institutions', () => {
  test.each(['20240229', '20261231', '20260101'])('%s is a day', (text) => {
    expect(isCompactDate(text)).toBe(true)
    expect(toCompactDate(fromCompactDate(text))).toBe(text)
  })

  test.each([
    '20240231',
    '20230229',
    '20261301',
    '20260100',
    '20260001',
    '2026112',
    '202611223',
    '2026-1-1',
    '',
  ])('%j is no day', (text) => {
    expect(isCompactDate(text)).toBe(false)
  })

  test.each(['20261122000000', '20261122235959'])('%s is a second', (text) => {
    expect(isCompactDateTime(text)).toBe(true)
    expect(fromCompactDateTime(text).replaceAll(/\D/g, '')).toBe(text)
  })

  test.each([
    '20261122240000',
    '20261122236000',
    '20261122235960',
    '20260231000000',
    '20261122',
    '2026112200000x',
  ])('%j is no second', (text) => {
    expect(isCompactDateTime(text)).toBe(false)
  })

  test('a compact time reads as Korean wall clock', () => {
    expect(fromCompactDateTime('20261122093005')).toBe('2026-11-22 09:30:05')
  })
})
