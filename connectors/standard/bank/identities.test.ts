import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { TransactionRow } from '../../../domain/reading.ts'
import type { Answer } from '../../connector.ts'
import { createRowBudget, readAllPages, rowsOf } from '../paging.ts'
import { depositTransactionList } from './answers.ts'
import { bookingsAnswer, makeBooking } from './fixtures.ts'
import { depositTransactions } from './transform.ts'

type Overrides = Record<string, unknown>

const readAll = (bookings: readonly Overrides[]) =>
  depositTransactions(
    'A',
    rowsOf(
      bookingsAnswer(bookings.map((booking) => makeBooking(booking))),
      depositTransactionList,
      'TEST bank-004',
    ),
  )
const read = (...bookings: Overrides[]) => readAll(bookings)
const inOrder = (rows: readonly TransactionRow[]) =>
  rows.toSorted((a, b) => (a.identity < b.identity ? -1 : 1))
const identities = (bookings: readonly Overrides[]) =>
  new Set(readAll(bookings).map(({ identity }) => identity))

describe('identities', () => {
  test('tell genuine twins apart and keep a numbered row that came twice once', () => {
    expect(new Set(read({ trans_no: '' }, { trans_no: '' }).map(({ identity }) => identity)).size).toBe(2)
    expect(read({}, {})).toHaveLength(1)
  })

  test('survive a bank that begins its numbers anew each day, or uses one twice in a day', () => {
    expect(new Set(read({}, { trans_dtime: '20261120183012' }).map(({ identity }) => identity)).size).toBe(2)
    expect(new Set(read({}, { trans_amt: '1' }).map(({ identity }) => identity)).size).toBe(2)
  })

  test('of a numbered row do not hang on another day’s row of the same number', () => {
    const [alone] = read({})
    expect(identities([{}, { trans_dtime: '20261120183012' }])).toContain(alone?.identity)
  })

  // Few values, so that twins, shared numbers and shared times are common.
  const booking = fc.record({
    trans_dtime: fc.constantFrom('20261121183012', '20261121', '20261120090000'),
    trans_no: fc.constantFrom('', '1', '2'),
    trans_type: fc.constantFrom('02', '03', '55'),
    trans_amt: fc.constantFrom('100', '100.000', '200'),
    balance_amt: fc.constantFrom('1000', '900', ''),
    trans_memo: fc.constantFrom('a', 'b', null),
  })

  test('are the same whatever order the rows came in', () => {
    fc.assert(
      fc.property(
        fc
          .array(booking, { maxLength: 12 })
          .chain((rows) =>
            fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
          ),
        ([rows, shuffled]) => {
          expect(inOrder(readAll(shuffled))).toEqual(inOrder(readAll(rows)))
        },
      ),
    )
  })

  test('are the same however the rows were split into pages, empty ones included', async () => {
    const pagesOf = fc.array(fc.array(booking, { maxLength: 4 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(pagesOf, async (pages) => {
        const readPage = async (cursor: string | null): Promise<Answer> => {
          const at = Number(cursor ?? 0)
          const page = bookingsAnswer((pages[at] ?? []).map((row) => makeBooking(row)))
          const isLast = at === pages.length - 1
          return { outcome: 'data', body: isLast ? page : { ...page, next_page: String(at + 1) } }
        }
        const all = await readAllPages('TEST bank-004', depositTransactionList, readPage, createRowBudget())
        const rows = all.outcome === 'data' ? depositTransactions('A', all.rows) : []
        expect(inOrder(rows)).toEqual(inOrder(readAll(pages.flat())))
      }),
    )
  })

  test('never repeat, and lose no row that has no number', () => {
    fc.assert(
      fc.property(fc.array(booking, { maxLength: 12 }), (rows) => {
        const result = readAll(rows)
        expect(new Set(result.map(({ identity }) => identity)).size).toBe(result.length)
        expect(result.length).toBeGreaterThanOrEqual(rows.filter(({ trans_no }) => trans_no === '').length)
      }),
    )
  })

  test('of numbered rows are the same however often their pages repeat', () => {
    fc.assert(
      fc.property(
        fc.array(
          booking.map((row) => ({ ...row, trans_no: row.trans_no || '3' })),
          { maxLength: 12 },
        ),
        (rows) => {
          expect(identities([...rows, ...rows.toReversed()])).toEqual(identities(rows))
        },
      ),
    )
  })
})
