import { assert, bigInt, integer, property } from 'fast-check'
import { expect, test } from 'vitest'

import {
  addMonths,
  calendar,
  dayDigits,
  dayFrom,
  dayOf,
  dayText,
  instantFrom,
  startOf,
  timeDigits,
  weekOf,
} from './kst.ts'
import { decimal, padded, thousandths } from './money.ts'

const amounts = bigInt({ min: -999_999_999_999_999_999n, max: 999_999_999_999_999_999n })
/** 1990 to 2060. */
const days = integer({ min: 7305, max: 32_900 })

test('an amount survives being written, both ways', () => {
  assert(property(amounts, (amount) => thousandths(decimal(amount)) === amount))
  assert(property(amounts, (amount) => thousandths(padded(amount)) === amount))
  expect([decimal(0n), decimal(-19_990n), decimal(100_000n), padded(5n)]).toEqual([
    '0',
    '-19.99',
    '100',
    '0.005',
  ])
})

test('a day survives being written, and its time is Korean', () => {
  assert(property(days, (day) => dayFrom(dayText(day)) === day && dayFrom(dayDigits(day)) === day))
  assert(property(days, (day) => instantFrom(timeDigits(startOf(day))) === startOf(day)))
  expect(timeDigits(Date.parse('2026-11-21T15:00:00Z'))).toBe('20261122000000')
  expect(dayText(dayOf(Date.parse('2026-11-21T14:59:59Z')))).toBe('2026-11-21')
  expect([dayFrom('2026-02-29'), dayFrom('2026-11'), instantFrom('20261122240000')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

function on(text: string): number {
  return dayFrom(text) ?? 0
}

test('months end where they end, and weeks begin on Sunday', () => {
  expect(dayText(addMonths(on('2026-01-31'), 1))).toBe('2026-02-28')
  expect(dayText(addMonths(on('2024-02-29'), -12))).toBe('2023-02-28')
  expect(dayText(weekOf(on('2026-11-28')))).toBe('2026-11-22')
  assert(property(days, (day) => calendar(weekOf(day)).weekday === 0 && day - weekOf(day) < 7))
})
