import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { classify } from '../classify.ts'
import { pairUp } from '../context.ts'
import { makeTransaction } from '../make-transaction.ts'
import type { Classifiable } from '../rule.ts'
import { strongerThanPairs } from '../rules.ts'

const out = (given: Partial<Classifiable> = {}) =>
  makeTransaction({ account: 'living', direction: 'out', amount: '500000', ...given })
const into = (given: Partial<Classifiable> = {}) =>
  makeTransaction({ account: 'saving', direction: 'in', amount: '500000', ...given })
const categories = (...rows: Classifiable[]) => classify(rows).map(({ category }) => category)
const ends = (list: readonly Classifiable[]) => pairUp(list, strongerThanPairs).ownLegs.get('out')?.id

const own = 'transfer.own'
const unknown = 'unknown'

describe('a transfer between own accounts', () => {
  test.each([
    ['in the same minute', out(), into({ occurredAt: '2026-11-10 14:00:40' })],
    [
      'over midnight',
      out({ occurredAt: '2026-11-10 23:59:50' }),
      into({ occurredAt: '2026-11-11 00:00:10' }),
    ],
    ['a whole day later', out(), into({ occurredAt: '2026-11-11 14:00:00' })],
    ['booked in first by the faster bank', out({ occurredAt: '2026-11-10 14:00:05' }), into()],
    ['at two institutions', out(), into({ institutionId: 'southbank' })],
    [
      'on the next day where the time is not known',
      out(),
      into({ occurredOn: '2026-11-11', timeKnown: false }),
    ],
    ['with the amount written in another way', out(), into({ amount: '500000.000' })],
    ['into an investment account', out(), into({ accountKind: 'investment' })],
    ['whose memo is misleading', out({ description: '월세통장' }), into()],
  ])('is found %s', (_, left, right) => {
    expect(categories(left, right)).toEqual([own, own])
  })

  test.each([
    ['across currencies', out({ currency: 'USD' }), into()],
    ['across amounts', out(), into({ amount: '500000.001' })],
    ['on one account', out(), into({ account: 'living' })],
    ['more than a day apart', out(), into({ occurredAt: '2026-11-11 14:00:01' })],
    ['two days apart where no time is known', out(), into({ occurredOn: '2026-11-12', timeKnown: false })],
    [
      'two days apart the other way where no time is known',
      out({ timeKnown: false }),
      into({ occurredOn: '2026-11-08', timeKnown: false }),
    ],
    ['both in one direction', into({ account: 'living' }), into()],
    ['where a direction was not said', out({ direction: null }), into()],
  ])('is not made up %s', (_, left, right) => {
    expect(categories(left, right)).toEqual([unknown, unknown])
  })

  test.each([
    ['a fee', out({ description: '이체수수료' }), into(), 'finance.fee'],
    ['a salary', into({ description: '급여' }), out(), 'income.salary'],
    ['interest', into({ description: '예금이자' }), out(), 'income.interest'],
    ['a cancellation', into({ typeCode: '06' }), out(), 'transfer.cancelled'],
  ])('never swallows %s of the same amount', (_, telling, other, category) => {
    expect(categories(telling, other)).toEqual([category, unknown])
  })

  test('is surer within the hour than over a day', () => {
    const near = classify([out(), into({ occurredAt: '2026-11-10 14:59:59' })])[0]?.confidence
    const far = classify([out(), into({ occurredAt: '2026-11-11 09:00:00' })])[0]?.confidence
    expect([near, far]).toEqual(['0.95', '0.8'])
  })
})

describe('equal amounts', () => {
  test('twins pair with twins, each once', () => {
    expect(categories(out(), out(), into(), into())).toEqual([own, own, own, own])
  })

  test('of three, the nearest two are the transfer', () => {
    const near = into({ occurredAt: '2026-11-10 14:00:20' })
    const far = into({ account: 'third', occurredAt: '2026-11-10 15:00:00' })
    expect(categories(far, out(), near)).toEqual([unknown, own, own])
  })

  test('of three at one moment, always the same two are the transfer', () => {
    const rows = [out({ id: '1' }), into({ id: '2' }), into({ id: '3', account: 'third' })]
    expect(categories(...rows)).toEqual([own, own, unknown])
    expect(categories(...rows.toReversed())).toEqual([unknown, own, own])
  })

  test('a row whose time is known is nearer than one that lies somewhere in the day', () => {
    const somewhere = into({ account: 'third', timeKnown: false })
    const at = out({ occurredAt: '2026-11-10 12:00:00' })
    expect(categories(somewhere, at, into({ occurredAt: '2026-11-10 12:30:00' }))).toEqual([
      unknown,
      own,
      own,
    ])
  })

  test('passing money on keeps the first arrival apart', () => {
    const arrived = into({ account: 'living', occurredAt: '2026-11-10 09:00:00' })
    expect(categories(arrived, out(), into())).toEqual([unknown, own, own])
  })

  test('of two withdrawals at one moment, always the same one pays the deposit', () => {
    const rows = [out({ id: '1' }), out({ id: '2', account: 'third' }), into({ id: '3' })]
    expect(categories(...rows)).toEqual([own, unknown, own])
    expect(categories(...rows.toReversed())).toEqual([own, unknown, own])
  })

  test('out of a crowd at one moment, always the same one is the other end', () => {
    const rows = [out({ id: 'out' }), ...Array.from({ length: 40 }, (_, i) => into({ id: `in-${i}` }))]
    expect([ends(rows), ends(rows.toReversed())]).toEqual(['in-0', 'in-0'])
  })

  test('every pair is one to one and stands from both sides', () => {
    const row = fc.record({
      account: fc.constantFrom('a', 'b', 'c'),
      direction: fc.constantFrom('in', 'out'),
      occurredAt: fc.constantFrom('2026-11-10 09:00:00', '2026-11-10 09:00:01', '2026-11-11 08:00:00'),
    })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), (given) => {
        const rows = given.map(makeTransaction)
        const { ownLegs } = pairUp(rows, strongerThanPairs)
        for (const each of rows) {
          const other = ownLegs.get(each.id)
          if (!other) continue
          expect(ownLegs.get(other.id)).toBe(each)
          expect(other.account).not.toBe(each.account)
          expect(other.direction).not.toBe(each.direction)
        }
      }),
    )
  })
})
