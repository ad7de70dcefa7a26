import { describe, expect, test } from 'vitest'

import { loanTransactionList, loanTransactions } from '../bookings.ts'
import { rowsOf } from '../paging.ts'
import { accountList, depositTransactionList } from './answers.ts'
import { accountsAnswer, bookingsAnswer, makeAccount, makeBooking } from './fixtures.ts'
import { depositTransactions, toAccount } from './transform.ts'

type Overrides = Record<string, unknown>

const account = (overrides: Overrides) =>
  toAccount(
    rowsOf(accountsAnswer([makeAccount(overrides)]), accountList, 'TEST bank-001')[0] ?? expect.fail(),
  )

const read = (...bookings: Overrides[]) =>
  depositTransactions(
    'A',
    rowsOf(
      bookingsAnswer(bookings.map((booking) => makeBooking(booking))),
      depositTransactionList,
      'TEST bank-004',
    ),
  )
const directions = (...bookings: Overrides[]) => read(...bookings).map(({ direction }) => direction)

describe('an account', () => {
  test.each([
    ['1001', 'deposit'],
    ['1999', 'deposit'],
    ['2003', 'investment'],
    ['3220', 'loan'],
  ])('of type %s is a %s', (account_type, kind) => {
    expect(account({ account_type })?.kind).toBe(kind)
  })

  test('of an unknown type is none we can place', () => {
    expect(account({ account_type: '9001' })).toBeNull()
  })

  test('is told from another with the same number by its round number', () => {
    expect(account({ seqno: '2' })?.identity).not.toBe(account({ seqno: '' })?.identity)
    expect(account({ seqno: null })?.identity).toBe(account({ seqno: '' })?.identity)
  })

  test('is active only where it says so, and shared only where it says so', () => {
    expect(account({})).toMatchObject({ status: 'active', isShared: true, isOverdraft: false })
    expect(account({ account_status: '02' })?.status).toBe('inactive')
    expect(account({ is_consent: '' })?.isShared).toBe(false)
    expect(account({ is_consent: true })?.isShared).toBe(true)
    expect(account({ is_minus: undefined })?.isOverdraft).toBeNull()
  })
})

describe('a booking', () => {
  test('has its time, and its day alone where there is no more', () => {
    expect(read({})[0]).toMatchObject({
      occurredOn: '2026-11-21',
      occurredAt: '2026-11-21 18:30:12',
      timeKnown: true,
    })
    expect(read({ trans_dtime: '20261115' })[0]).toMatchObject({
      occurredAt: '2026-11-15 00:00:00',
      timeKnown: false,
    })
  })

  test('has a canonical amount, whatever form it was sent in', () => {
    for (const trans_amt of ['12500', '12500.000', '012500.0'])
      expect(read({ trans_amt })[0]?.amount).toBe('12500')
    expect(read({ trans_amt: '-0' })[0]?.amount).toBe('0')
  })

  test.each([
    ['an amount with a sign', { trans_amt: '-1' }],
    ['an amount in floating point', { trans_amt: '1e3' }],
    ['an amount of 16 digits', { trans_amt: '1234567890123456' }],
    ['no amount', { trans_amt: '' }],
    ['a day that never was', { trans_dtime: '20260231' }],
    ['an hour that never was', { trans_dtime: '20261121250000' }],
    ['no currency of this world', { currency_code: 'won' }],
    ['a memo of a megabyte', { trans_memo: 'x'.repeat(1_000_000) }],
    ['an object for a memo', { trans_memo: { secret: 'secret' } }],
  ])('with %s is not trusted, and not quoted', (_name, overrides) => {
    expect(() => read(overrides)).toThrow(
      /^TEST bank-004: expected [a-z0-9, ]{3,40} in trans_list\.0\.[a-z_]+$/,
    )
  })

  test('comes as many times as the page says', () => {
    const short = { ...bookingsAnswer([makeBooking()]), trans_cnt: '2' }
    expect(() => rowsOf(short, depositTransactionList, 'TEST bank-004')).toThrow(/as many rows/)
    const none = { rsp_code: '00000', trans_cnt: '0' }
    expect(rowsOf(none, depositTransactionList, 'TEST bank-004')).toEqual([])
    expect(() => rowsOf({ rsp_code: '00000' }, depositTransactionList, 'TEST bank-004')).toThrow(/a list/)
  })

  test('may lack a memo, a currency, a balance', () => {
    const [row] = read({ trans_memo: undefined, currency_code: null, balance_amt: '' })
    expect(row).toMatchObject({ description: null, currency: 'KRW', balanceAfter: null })
  })

  test.each([
    ['01', 'in'],
    ['02', 'out'],
    ['03', 'in'],
    ['04', 'in'],
    ['05', 'out'],
    ['06', 'in'],
    ['07', 'out'],
    ['98', 'in'],
    ['99', 'out'],
  ])('of type %s goes %s', (trans_type, direction) => {
    expect(directions({ trans_type })).toEqual([direction])
  })

  const before = { trans_no: '1', trans_dtime: '20261121180000', balance_amt: '1000' }
  const unknown = { trans_no: '2', trans_type: '55', trans_amt: '300' }

  test('of an unknown type goes where the balances agree that it went', () => {
    expect(directions(before, { ...unknown, balance_amt: '700' })).toEqual(['out', 'out'])
    expect(directions({ ...unknown, balance_amt: '1300' }, before)).toContain('in')
  })

  test('of an unknown type goes nowhere where they do not, or nobody knows which came before', () => {
    expect(directions(before, { ...unknown, balance_amt: '701' })).toContain(null)
    expect(directions({ ...unknown, balance_amt: '700' })).toEqual([null])
    expect(directions(before, { ...before, trans_no: '3' }, { ...unknown, balance_amt: '700' })).toContain(
      null,
    )
    expect(directions({ ...before, trans_dtime: '20261121' }, { ...unknown, balance_amt: '700' })).toContain(
      null,
    )
    expect(directions({ ...before, currency_code: 'USD' }, { ...unknown, balance_amt: '700' })).toContain(
      null,
    )
  })

  test('of a loan: a repayment comes in, a drawdown goes out, a correction is not said', () => {
    const bookings = ['01', '02', '03'].map((trans_type) =>
      makeBooking({ trans_type, principal_amt: '1', int_amt: '2' }),
    )
    const rows = loanTransactions('L', rowsOf(bookingsAnswer(bookings), loanTransactionList, 'TEST bank-010'))
    const said = Object.fromEntries(rows.map(({ typeCode, direction }) => [typeCode, direction]))
    expect(said).toEqual({ '01': 'out', '02': 'in', '03': null })
    expect(rows[0]).toMatchObject({ principal: '1', interest: '2' })
  })
})
