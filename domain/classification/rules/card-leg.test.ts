import { describe, expect, test } from 'vitest'

import { classify } from '../classify.ts'
import { makeApproval, makeTransaction } from '../make-transaction.ts'
import type { Classifiable } from '../rule.ts'

const at = (time: string) => ({ occurredAt: `2026-11-10 ${time}` })
const booked = (given: Partial<Classifiable> = {}) =>
  makeTransaction({ ...at('14:00:40'), typeText: '체크카드', ...given })
const back = (given: Partial<Classifiable> = {}) =>
  makeTransaction({ direction: 'in', occurredAt: '2026-11-12 09:00:30', ...given })
const categories = (...rows: Classifiable[]) => classify(rows).map(({ category }) => category)

const changedAt = '2026-11-12 09:00:00'
const leg = 'transfer.card_payment'
const unknown = 'unknown'

describe('a purchase by debit card, seen from both sides', () => {
  test.each([
    ['seconds later', booked()],
    ['minutes later', booked(at('14:09:59'))],
    ['by a clock that is a little behind', booked(at('13:59:10'))],
    ['without a word', booked({ typeText: null })],
    ['by the shop’s name, cut', booked({ typeText: null, description: '커피한잔 성' })],
    ['on the day alone', booked({ timeKnown: false })],
    ['at another institution than the last one', booked({ institutionId: 'southbank', account: 'other' })],
  ])('is spent once: the account’s side counts nothing, booked %s', (_, booking) => {
    expect(categories(makeApproval({ description: '커피한잔 성수점' }), booking)).toEqual([
      'cafe.coffee',
      leg,
    ])
  })

  test.each([
    ['of another amount', booked({ amount: '10001' })],
    ['a quarter of an hour later', booked(at('14:15:00'))],
    ['two minutes before', booked(at('13:58:00'))],
    ['two days later on the day alone', booked({ timeKnown: false, occurredOn: '2026-11-12' })],
    ['that is a transfer', booked({ typeText: '타행이체' })],
    ['that is cash from a machine', booked({ typeText: 'ATM출금' })],
    ['that comes in', booked({ direction: 'in' })],
    ['in dollars', booked({ currency: 'USD' })],
  ])('has no side in a booking %s', (_, booking) => {
    expect(categories(makeApproval(), booking)).not.toContain(leg)
  })

  test('stays what it is where the company is not collected', () => {
    expect(categories(booked())).toEqual([unknown])
  })

  test('by credit card has no other side but the bill', () => {
    expect(categories(makeApproval({ accountKind: 'credit_card' }), booked())).toEqual([unknown, unknown])
  })

  test('pairs twins one to one, and the booking that speaks of a card before one that does not', () => {
    expect(categories(makeApproval(), makeApproval(), booked(), booked(), booked(at('14:03:00')))).toEqual([
      unknown,
      unknown,
      leg,
      leg,
      unknown,
    ])
    expect(categories(makeApproval(), booked({ ...at('14:00:10'), typeText: null }), booked())).toEqual([
      unknown,
      unknown,
      leg,
    ])
  })

  test('abroad is known by its amount in won', () => {
    const abroad = makeApproval({ currency: 'USD', amount: '19.99', krwAmount: '27850' })
    expect(categories(abroad, booked({ amount: '27850' }))).toEqual([unknown, leg])
    expect(categories({ ...abroad, krwAmount: null }, booked({ amount: '27850' }))).toEqual([
      unknown,
      unknown,
    ])
  })

  test('is no end of a transfer between own accounts, nor is the approval', () => {
    const into = makeTransaction({ direction: 'in', account: 'saving' })
    expect(categories(makeApproval(), booked(), into)).toEqual([unknown, leg, unknown])
    expect(categories(makeApproval(), into)).toEqual([unknown, unknown])
  })
})

describe('an approval that was changed', () => {
  test('counts nothing once it is cancelled, nor does what went out or came back', () => {
    const cancelled = makeApproval({ status: 'cancelled', amount: '0', approvedAmount: '10000', changedAt })
    expect(categories(cancelled, booked(), back())).toEqual(['transfer.cancelled', leg, leg])
    expect(categories(cancelled, booked(), back({ typeCode: '06' }))).toEqual([
      'transfer.cancelled',
      leg,
      leg,
    ])
  })

  test('takes what was given back of it, and leaves another booking of that amount alone', () => {
    const amended = makeApproval({ status: 'amended', amount: '7000', approvedAmount: '10000', changedAt })
    const other = makeTransaction({ amount: '3000', occurredAt: '2026-11-11 12:00:00' })
    expect(categories(amended, booked(), back({ amount: '3000', typeCode: '06' }), other)).toEqual([
      unknown,
      leg,
      leg,
      unknown,
    ])
  })

  test('takes what was charged besides', () => {
    const amended = makeApproval({ status: 'amended', amount: '12000', approvedAmount: '10000', changedAt })
    const more = booked({ amount: '2000', occurredAt: '2026-11-12 09:01:00' })
    expect(categories(amended, booked(), more)).toEqual([unknown, leg, leg])
  })

  test('on a credit card is cancelled alike', () => {
    const cancelled = makeApproval({
      accountKind: 'credit_card',
      status: 'cancelled',
      amount: '0',
      approvedAmount: '1',
    })
    expect(classify([cancelled])).toMatchObject([{ category: 'transfer.cancelled', confidence: '0.98' }])
  })
})
