import { describe, expect, test } from 'vitest'

import { calibrationError, confusion, figuresOf, judge, wronglyAnswered } from './score.ts'

const expected = (category: string | null, kind: string | null, alternatives: string[] = []) => ({
  category,
  kind,
  alternatives,
  should_abstain: category === null,
})
const said = (category: string | null, confidence = 0.9) => ({ category, confidence })

const coffee = expected('cafe.coffee', 'spending', ['food.restaurant'])
const silence = expected(null, null)
const undone = expected('cafe.coffee', 'neutral')

describe('one answer', () => {
  test.each([
    ['the leaf', coffee, said('cafe.coffee'), { isLeafRight: true, isTopRight: true }],
    ['an alternative', coffee, said('food.restaurant'), { isLeafRight: true, isTopRight: true }],
    ['another leaf of its top', coffee, said('cafe.bakery'), { isLeafRight: false, isTopRight: true }],
    ['something else', coffee, said('pets.vet'), { isLeafRight: false, isTopRight: false }],
    ['nothing', coffee, said(null), { isAnswered: false, isTopRight: false }],
    [
      'anything where nothing should be said',
      silence,
      said('pets.vet'),
      { isLeafRight: false, isAnswerable: false },
    ],
  ])('that says %s', (_, right, answer, judged) => {
    expect(judge(right, answer)).toMatchObject(judged)
  })

  test.each([
    [
      'spending for what moved between own pockets',
      expected('transfer.own', 'neutral'),
      said('cafe.coffee'),
      true,
    ],
    ['neutral for spending', coffee, said('transfer.own'), true],
    ['spending for a purchase that was undone', undone, said('cafe.coffee'), true],
    ['neutral for a purchase that was undone', undone, said('transfer.cancelled'), false],
    ['income for spending', coffee, said('income.refund'), false],
  ])('that takes %s: confused %s', (_, right, answer, isConfused) => {
    expect(judge(right, answer).isConfused).toBe(isConfused)
  })
})

test('coverage is of what can be answered, accuracy of what was', () => {
  const judged = [
    judge(coffee, said('cafe.coffee')),
    judge(coffee, said('cafe.bakery')),
    judge(coffee, said('pets.vet')),
    judge(coffee, said(null)),
    judge(silence, said('pets.vet')),
  ]
  expect(figuresOf(judged)).toEqual({ rows: 4, coverage: 0.75, top: 2 / 3, leaf: 1 / 3 })
  expect(wronglyAnswered(judged)).toBe(1)
  expect(confusion(judged)).toBe(0)
})

test('nothing measured is no figure', () => {
  expect(figuresOf([])).toEqual({ rows: 0, coverage: null, top: null, leaf: null })
  expect([wronglyAnswered([]), confusion([]), calibrationError([])]).toEqual([null, null, null])
})

test('the calibration error is how far what was said is from how often it was right', () => {
  const judged = [said('cafe.coffee', 0.95), said('cafe.coffee', 0.95), said('pets.vet', 0.55)].map(
    (answer) => judge(coffee, answer),
  )
  // (2 × 0.05 + 0.55) / 3
  expect(calibrationError(judged)).toBeCloseTo(0.65 / 3, 10)
})
