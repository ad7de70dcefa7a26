import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { TransactionRow } from '../../../domain/reading.ts'
import { rowsOf } from '../paging.ts'
import { approvalList } from './answers.ts'
import { approvals } from './approvals.ts'
import { approvalsAnswer, makeApproval } from './fixtures.ts'

type Overrides = Record<string, unknown>

const read = (...sent: Overrides[]) =>
  approvals(
    'card|A',
    'card-008',
    rowsOf(approvalsAnswer(sent.map(makeApproval)), approvalList, 'TEST card-008'),
  )
const only = (overrides: Overrides = {}): TransactionRow => read(overrides)[0] ?? expect.fail()
const identities = (rows: readonly TransactionRow[]) => new Set(rows.map(({ identity }) => identity))
const inOrder = (rows: readonly TransactionRow[]) =>
  rows.toSorted((a, b) => (a.identity < b.identity ? -1 : 1))

const cancelled = { status: '02', trans_dtime: '20261121180000' }
const amended = { status: '03', trans_dtime: '20261121180000', modified_amt: '4000' }

describe('an approval', () => {
  test('is money out of the card at the time of the approval, at the merchant', () => {
    expect(only({ total_install_cnt: '03' })).toMatchObject({
      occurredAt: '2026-11-21 12:30:45',
      direction: 'out',
      amount: '5500',
      currency: 'KRW',
      description: '커피한잔 성수점',
      typeCode: '01',
      approval: {
        number: '30012345',
        status: 'approved',
        approvedAmount: '5500',
        changedAt: null,
        installments: 3,
        merchantNo: '999-00-00001',
        country: null,
        krwAmount: null,
      },
    })
  })

  test.each([
    ['an approval', {}, '5500', null],
    ['nothing once it is cancelled', cancelled, '0', '2026-11-21 18:00:00'],
    ['its new amount once it is amended', amended, '4000', '2026-11-21 18:00:00'],
  ])('counts as %s', (_, overrides, amount, changedAt) => {
    expect(only(overrides)).toMatchObject({ amount, approval: { approvedAmount: '5500', changedAt } })
  })

  test('is one for ever: its states have one identity', () => {
    expect(new Set([{}, amended, cancelled].map((state) => only(state).identity)).size).toBe(1)
  })

  test('overseas keeps the money of the place, and what the company takes it for in won', () => {
    const abroad = { approved_amt: '19.990', currency_code: 'USD', country_code: 'US', krw_amt: '27850' }
    expect(only(abroad)).toMatchObject({
      amount: '19.99',
      currency: 'USD',
      approval: { country: 'US', krwAmount: '27850' },
    })
  })

  test.each(['', '0', '1', undefined])('with %j parts is paid at once', (total_install_cnt) => {
    expect(only({ total_install_cnt }).approval?.installments).toBeNull()
  })

  test('may lack its merchant, which a consent may leave out', () => {
    expect(only({ merchant_name: undefined, merchant_regno: '' })).toMatchObject({
      description: null,
      approval: { merchantNo: null },
    })
  })

  test.each([
    ['an unknown state', { status: '09' }],
    ['no new amount although it is amended', { status: '03', trans_dtime: '20261121180000' }],
    ['an amount with a sign', { approved_amt: '-5500' }],
    ['no number', { approved_num: '' }],
    ['no time', { approved_dtime: '' }],
  ])('with %s is not trusted, and not quoted', (_name, overrides) => {
    expect(() => only(overrides)).toThrow(
      /^TEST card-008: expected [a-z0-9, ]{3,40} in approved_list\.0\.[a-z_]+$/,
    )
  })
})

describe('identities', () => {
  test('tell approvals apart whose number is used again, and hang on none of them', () => {
    for (const approved_dtime of ['20261120123045', '20261121123044', '20261121123046', '20261122123045']) {
      const again = read({}, { approved_dtime })
      expect(identities(again).size).toBe(2)
      const same = again.find(({ occurredAt }) => occurredAt === only().occurredAt)
      expect(same?.identity).toBe(only().identity)
    }
  })

  test('tell twins apart that share number and second, and keep them where they are as one of them changes', () => {
    expect(identities(read({}, {})).size).toBe(2)
    const amounts = (...sent: Overrides[]) => inOrder(read(...sent)).map(({ amount }) => amount)
    expect(amounts({}, cancelled)).toEqual(['0', '5500'])
    expect(amounts({ ...amended, trans_dtime: '20261122090000' }, cancelled)).toEqual(['0', '4000'])
    expect(identities(read({}, cancelled))).toEqual(identities(read({}, {})))
  })

  test('stand apart at home and abroad, and for each card', () => {
    const sent = rowsOf(approvalsAnswer([makeApproval()]), approvalList, 'TEST')
    const places = [
      ['card|A', 'card-008'],
      ['card|A', 'card-009'],
      ['card|B', 'card-008'],
    ] as const
    expect(identities(places.flatMap(([card, api]) => approvals(card, api, sent))).size).toBe(3)
  })

  // Few values, so that shared numbers, shared seconds and twins are common.
  const sent = fc.record({
    approved_dtime: fc.constantFrom('20261121123045', '20261121123046', '20261120123045'),
    approved_num: fc.constantFrom('1', '2'),
    approved_amt: fc.constantFrom('100', '200'),
    status: fc.constantFrom('01', '02', '03'),
    trans_dtime: fc.constantFrom('20261121180000', '20261122180000'),
    modified_amt: fc.constantFrom('50', '60'),
    merchant_name: fc.constantFrom('a', 'b', null),
  })

  test('are the same whatever order the rows came in; every row has one, and no two the same', () => {
    const shuffled = fc
      .array(sent, { maxLength: 12 })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })))
    fc.assert(
      fc.property(shuffled, ([rows, others]) => {
        expect(inOrder(read(...others))).toEqual(inOrder(read(...rows)))
        expect(identities(read(...rows)).size).toBe(rows.length)
      }),
    )
  })

  test('stay through every change of state', () => {
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 12 }), (rows) => {
        const first = rows.map((row) => ({ ...row, status: '01' }))
        expect(identities(read(...rows))).toEqual(identities(read(...first)))
      }),
    )
  })
})
