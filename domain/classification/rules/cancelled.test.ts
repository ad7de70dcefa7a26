import { describe, expect, test } from 'vitest'

import { classify } from '../classify.ts'
import { makeTransaction } from '../make-transaction.ts'
import type { Classifiable } from '../rule.ts'

const out = (given: Partial<Classifiable> = {}) =>
  makeTransaction({ account: 'living', direction: 'out', amount: '500000', ...given })
const into = (given: Partial<Classifiable> = {}) =>
  makeTransaction({ account: 'saving', direction: 'in', amount: '500000', ...given })
const undo = (given: Partial<Classifiable> = {}) =>
  makeTransaction({
    direction: 'in',
    typeCode: '06',
    amount: '500000',
    occurredAt: '2026-11-10 16:00:00',
    ...given,
  })
const categories = (...rows: Classifiable[]) => classify(rows).map(({ category }) => category)

const unknown = 'unknown'

describe('a cancellation', () => {
  test('takes the booking it undoes with it', () => {
    expect(categories(out(), undo())).toEqual(['transfer.cancelled', 'transfer.cancelled'])
  })

  test('undoes a salary that was paid in by mistake', () => {
    const paid = into({ account: 'living', description: '급여' })
    const takenBack = undo({ direction: 'out', typeCode: '07', description: '급여' })
    expect(categories(paid, takenBack)).toEqual(['transfer.cancelled', 'transfer.cancelled'])
  })

  test('prefers the booking of the same words to a nearer one', () => {
    const meant = out({ description: '달빛상점', occurredAt: '2026-11-09 10:00:00' })
    const nearer = out({ description: '별빛상점' })
    expect(categories(meant, nearer, undo({ description: '달빛상점' }))).toEqual([
      'transfer.cancelled',
      unknown,
      'transfer.cancelled',
    ])
  })

  test.each([
    ['a later booking', out({ occurredAt: '2026-11-10 16:00:01' })],
    ['a booking on another account', out({ account: 'saving' })],
    ['a booking of the same direction', into({ account: 'living' })],
    ['a booking of another amount', out({ amount: '400000' })],
    ['a booking two months before', out({ occurredAt: '2026-09-10 10:00:00' })],
  ])('does not undo %s', (_, other) => {
    expect(categories(other, undo())).toEqual([unknown, 'transfer.cancelled'])
  })
})
