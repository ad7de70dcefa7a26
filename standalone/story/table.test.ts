import { describe, expect, test } from 'vitest'

import { grouped, padded, printable, seconds, tableLines, widthOf } from './table.ts'

describe('widthOf', () => {
  test('counts Hangul, Han and full-width characters as two', () => {
    expect(widthOf('모아은행')).toBe(8)
    expect(widthOf('KB국민')).toBe(6)
    expect(widthOf('銀行Ａ')).toBe(6)
  })

  test('counts a syllable once, however it is composed, and accents not at all', () => {
    expect(widthOf('가'.normalize('NFD'))).toBe(2)
    expect(widthOf('é'.normalize('NFD'))).toBe(1)
    expect(widthOf('a\u200b')).toBe(1)
  })
})

test('a table is aligned whatever its names are written in', () => {
  const lines = tableLines([
    ['', 'accounts', 'KRW'],
    ['모아은행', '2', '9,982,778'],
    ['North Bank', '13', '-1'],
  ])
  expect(lines).toEqual([
    '            accounts        KRW',
    '모아은행           2  9,982,778',
    'North Bank        13         -1',
  ])
  expect(new Set(lines.map(widthOf)).size).toBe(1)
})

test('a row that is shorter than others has empty cells, and no blanks at its end', () => {
  expect(tableLines([['a', 'b'], ['c']])).toEqual(['a  b', 'c'])
})

test('text is filled up on either side, and never cut', () => {
  expect(padded('은행', 6)).toBe('은행  ')
  expect(padded('은행', 6, 'right')).toBe('  은행')
  expect(padded('은행', 2)).toBe('은행')
})

test.each([
  ['0', '0'],
  ['999', '999'],
  ['1000', '1,000'],
  ['-1234567.5', '-1,234,567.5'],
  ['99999999999999999999.1234', '99,999,999,999,999,999,999.1234'],
  ['', ''],
])('the amount %s is shown as %s', (amount, shown) => {
  expect(grouped(amount)).toBe(shown)
})

test.each([
  [40, '0.0 s'],
  [1_640, '1.6 s'],
  [59_949, '59.9 s'],
  [59_999, '1 min 0 s'],
  [80_400, '1 min 20 s'],
])('%i ms are shown as %s', (ms, shown) => {
  expect(seconds(ms)).toBe(shown)
})

test('text from outside cannot move the cursor', () => {
  expect(printable('Bank\u001b[2J\r\n')).toBe('Bank [2J ')
})
