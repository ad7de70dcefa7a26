import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { numberTwins } from './occurrences.ts'

type Coffee = { second: string; amount: string; memo: string }
const makeCoffee = (given: Partial<Coffee> = {}): Coffee => ({
  second: '20261122093000',
  amount: '4500',
  memo: 'COFFEE',
  ...given,
})
const number = (rows: readonly Coffee[]) =>
  numberTwins(
    rows,
    ({ second, amount }) => `${second}/${amount}`,
    (row) => JSON.stringify(row),
  )
const inOrder = (numbered: ReturnType<typeof number>) =>
  numbered.toSorted((a, b) => (a.identity < b.identity ? -1 : 1))
const identities = (rows: readonly Coffee[]) => number(rows).map(({ identity }) => identity)

describe('rows without a number of their own', () => {
  test('survive as twins, each with its own identity', () => {
    expect(identities([makeCoffee(), makeCoffee()])).toEqual([
      '20261122093000/4500#1',
      '20261122093000/4500#2',
    ])
  })

  test('count from one within each key', () => {
    expect(identities([makeCoffee(), makeCoffee({ amount: '5000' })])).toEqual([
      '20261122093000/4500#1',
      '20261122093000/5000#1',
    ])
  })

  test('keep their identity when a row of another key comes between', () => {
    const rows = [makeCoffee({ memo: 'A' }), makeCoffee({ memo: 'B' })]
    const between = [rows[0], makeCoffee({ amount: '1' }), rows[1]].filter((row) => row !== undefined)
    expect(number(between).filter(({ row }) => row.amount !== '1')).toEqual(number(rows))
  })

  test('get the same identities whatever order they came in, none lost and none twice', () => {
    const coffee = fc.record({
      second: fc.constantFrom('20261122093000', '20261122093001'),
      amount: fc.constantFrom('4500', '5000'),
      memo: fc.constantFrom('A', 'B', 'C'),
    })
    const shuffled = fc
      .array(coffee, { maxLength: 20 })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })))
    fc.assert(
      fc.property(shuffled, ([rows, others]) => {
        expect(inOrder(number(others))).toEqual(inOrder(number(rows)))
        expect(new Set(identities(rows)).size).toBe(rows.length)
      }),
    )
  })

  test('of none there is none', () => {
    expect(number([])).toEqual([])
  })
})
