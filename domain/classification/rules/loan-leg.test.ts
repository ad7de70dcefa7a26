import { describe, expect, test } from 'vitest'

import { classify } from '../classify.ts'
import { makeTransaction } from '../make-transaction.ts'
import type { Classifiable } from '../rule.ts'

const out = (given: Partial<Classifiable> = {}) =>
  makeTransaction({ account: 'living', direction: 'out', amount: '500000', ...given })
const into = (given: Partial<Classifiable> = {}) =>
  makeTransaction({ account: 'saving', direction: 'in', amount: '500000', ...given })
const loan = (given: Partial<Classifiable> = {}) =>
  makeTransaction({
    account: 'loan',
    accountKind: 'loan',
    direction: 'in',
    amount: '500000',
    typeCode: '02',
    ...given,
  })
const categories = (...rows: Classifiable[]) => classify(rows).map(({ category }) => category)

const unknown = 'unknown'

describe('a loan and the account that pays it', () => {
  test('a withdrawal that the loan booked as repayment is principal, not spending', () => {
    expect(categories(out(), loan())).toEqual(['finance.loan_principal', 'finance.loan_principal'])
  })

  test('a withdrawal that the loan booked as interest alone is interest', () => {
    const interest = loan({ principal: '0', interest: '500000' })
    expect(categories(out(), interest)).toEqual(['finance.loan_interest', 'finance.loan_interest'])
  })

  test('the loan paid out is not income', () => {
    const drawn = loan({ typeCode: '01', direction: 'out' })
    expect(categories(into(), drawn)).toEqual(['finance.loan_principal', 'finance.loan_principal'])
  })

  test('the withdrawal that speaks of the loan pays it, and a nearer one does not', () => {
    const telling = out({ description: '대출원금상환', occurredAt: '2026-11-10 06:00:00' })
    expect(categories(out(), telling, loan())[0]).toBe(unknown)
  })

  test('the withdrawal at the same institution pays it, and an equal one elsewhere does not', () => {
    const elsewhere = out({ institutionId: 'southbank', account: 'other' })
    const paying = out({ occurredAt: '2026-11-10 06:00:00' })
    expect(categories(elsewhere, paying, loan())).toEqual([
      unknown,
      'finance.loan_principal',
      'finance.loan_principal',
    ])
  })

  test('a loan paid from an own account leaves nothing for an own transfer', () => {
    expect(categories(out(), loan(), into({ occurredAt: '2026-11-10 18:00:00' }))[2]).toBe(unknown)
  })
})
