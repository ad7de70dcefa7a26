import { describe, expect, test } from 'vitest'

import { printed, shown, table, verdict } from './tables.ts'

const target = { better: 'lower', reach: 80, moonshot: 45 } as const

describe('a figure beside its target', () => {
  test.each([
    [45, 'moonshot'],
    [80, 'ok'],
    [80.1, 'MISS'],
  ] as const)('%d is %s', (value, expected) => {
    expect(verdict({ value, target })).toBe(expected)
  })

  test('may have to be high', () => {
    expect(verdict({ value: 12, target: { better: 'higher', reach: 16, moonshot: 25 } })).toBe('MISS')
  })

  test('that was not measured is neither', () => {
    expect(verdict({ value: null, target })).toBe('')
  })
})

test('tables are aligned, the first column to the left', () => {
  expect(
    table(
      ['N', 'ms'],
      [
        ['10', '7'],
        ['5', '1234'],
      ],
    ).split('\n'),
  ).toEqual(['N     ms', '──  ────', '10     7', '5   1234'])
})

test('numbers have three figures', () => {
  expect([1234.5, 12.34, 1.234, 7, null].map((value) => shown(value))).toEqual([
    '1235',
    '12.3',
    '1.23',
    '7',
    '–',
  ])
})

test('a miss is said', () => {
  const text = printed({
    title: 'x',
    notes: ['how'],
    figures: [{ name: 'p50', value: 90, unit: 'ms', target }],
  })
  expect(text).toContain('90 ms')
  expect(text).toContain('MISS')
})
