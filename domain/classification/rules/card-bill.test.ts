import { describe, expect, test } from 'vitest'

import { classify } from '../classify.ts'
import { makeTransaction } from '../make-transaction.ts'
import type { CardBill, Cards, Classifiable } from '../rule.ts'

const makeBill = (given: Partial<CardBill> = {}): CardBill => ({
  institutionId: 'mooncard',
  dueOn: '2026-11-16',
  amount: '482300',
  currency: 'KRW',
  ...given,
})
const companies = [{ institutionId: 'mooncard', name: '달빛카드' }]
const collected: Cards = { companies, bills: [makeBill()] }
const nothing: Cards = { companies: [], bills: [] }

const out = (given: Partial<Classifiable> = {}) =>
  makeTransaction({ amount: '482300', occurredAt: '2026-11-16 07:00:00', ...given })
const said = (cards: Cards, ...rows: Classifiable[]) =>
  classify(rows, cards).map(({ category, confidence }) => [category, confidence])
const categories = (cards: Cards, ...rows: Classifiable[]) =>
  said(cards, ...rows).map(([category]) => category)

const bill = 'transfer.card_bill'
const unknown = 'unknown'

describe('a withdrawal that pays a collected bill', () => {
  test.each([
    ['by the company’s name', { description: '달빛카드' }, '0.97'],
    ['by its name in full width, within other words', { description: '（주）달빛카드１１월' }, '0.97'],
    ['by the word alone', { typeText: '카드대금', description: '11월분' }, '0.85'],
    ['by its amount and day, where nothing is said', {}, '0.85'],
    ['five days late, after the holidays', { occurredAt: '2026-11-21 07:00:00' }, '0.85'],
    ['without a time', { timeKnown: false, occurredOn: '2026-11-16' }, '0.85'],
    ['with the amount written in another way', { amount: '482300.000' }, '0.85'],
  ])('is known %s', (_, given, confidence) => {
    expect(said(collected, out(given))).toEqual([[bill, confidence]])
  })

  test.each([
    ['of another amount', { amount: '482301' }],
    ['of another currency', { currency: 'USD' }],
    ['a week late', { occurredAt: '2026-11-22 07:00:00' }],
    ['two days early', { occurredAt: '2026-11-14 07:00:00' }],
    ['to somebody', { description: '한결비' }],
    ['that comes in', { direction: 'in' as const }],
  ])('is not one %s', (_, given) => {
    expect(categories(collected, out(given))).toEqual([unknown])
  })

  test('pays it once: of two, the one that names the company', () => {
    const named = out({ description: '달빛카드', occurredAt: '2026-11-17 09:00:00' })
    expect(categories(collected, out(), named)).toEqual([unknown, bill])
  })

  test('pays each of two bills of one amount', () => {
    const two = { companies, bills: [makeBill(), makeBill({ institutionId: 'suncard' })] }
    expect(categories(two, out(), out({ account: 'other' }), out({ account: 'third' }))).toEqual([
      bill,
      bill,
      unknown,
    ])
  })

  test('is no end of a transfer between own accounts', () => {
    const into = makeTransaction({
      direction: 'in',
      amount: '482300',
      account: 'saving',
      occurredAt: '2026-11-16 07:00:00',
    })
    expect(categories(collected, out({ description: '달빛카드' }), into)).toEqual([bill, unknown])
  })
})

describe('a withdrawal that speaks of a card company', () => {
  test.each([
    [{ description: '달빛카드 선결제' }, '0.9'],
    [{ typeText: '자동이체', description: '달빛카드(주)' }, '0.9'],
  ])('whose purchases are known is a bill, or part of one: %j', (given, confidence) => {
    expect(said({ companies, bills: [] }, out(given))).toEqual([[bill, confidence]])
  })

  test.each([
    { description: '해님카드대금' },
    { typeText: 'CMS', description: '해님카드11/16분' },
    { description: 'BC 11월대금' },
    { typeText: '카드결제', description: '해님카드결제대금' },
  ])('whose purchases are not known is a bill by telling words, less sure: %j', (given) => {
    expect(said(nothing, out(given))).toEqual([[bill, '0.75']])
  })

  test.each([
    { description: '해님카드' },
    { typeText: '체크카드', description: '해님카드 대금' },
    { description: '교통카드 자동이체' },
    { description: '자동차대금' },
    { description: '해님카드 대금', direction: 'in' as const },
  ])('is not one without them, or where they say something else: %j', (given) => {
    expect(categories(nothing, out(given))).not.toContain(bill)
  })
})
