import { expect, test } from 'vitest'

import { CATEGORIES, kindOf } from './categories.ts'

test('every category has a Korean and an English name', () => {
  for (const { ko, en } of Object.values(CATEGORIES)) {
    expect(ko).toMatch(/[가-힣]/)
    expect(en).toMatch(/^[A-Z][A-Za-z,’ -]+$/)
  }
})

test('what only moves between own pockets is neither spent nor earned', () => {
  const moves = ['own', 'cancelled', 'card_bill', 'card_payment'].map((leaf) => `transfer.${leaf}`)
  expect(new Set([...moves, 'finance.loan_principal'].map(kindOf))).toEqual(new Set(['neutral']))
})

test('interest paid is spending and interest received is income', () => {
  expect([kindOf('finance.loan_interest'), kindOf('income.interest')]).toEqual(['spending', 'income'])
})

test('the unknown has no kind, nor has a name that objects have anyway', () => {
  expect(['unknown', 'toString', ''].map(kindOf)).toEqual([null, null, null])
})
