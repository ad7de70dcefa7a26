import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { CATEGORIES } from './categories.ts'
import { type Classification, classify } from './classify.ts'
import { makeTransaction } from './make-transaction.ts'
import type { Classifiable } from './rule.ts'

const categoryOf = (given: Partial<Classifiable>) => classify([makeTransaction(given)])[0]?.category

describe('what a row says of itself', () => {
  test.each([
    ['in', { description: '달빛상사 11월급여' }, 'income.salary'],
    ['in', { typeText: '급여이체', description: '달빛상사' }, 'income.salary'],
    ['in', { description: 'PAYROLL NOV' }, 'income.salary'],
    ['in', { description: '상 여 금' }, 'income.salary'],
    ['in', { typeCode: '98', description: '결산이자' }, 'income.interest'],
    ['in', { typeText: '이자입금', description: '정기예금 만기이자' }, 'income.interest'],
    ['out', { description: '대출이자 10월분' }, 'finance.loan_interest'],
    ['out', { description: '원리금 032회' }, 'finance.loan_principal'],
    ['out', { typeText: '대출상환', description: '전세자금' }, 'finance.loan_principal'],
    ['in', { description: '신용대출 실행' }, 'finance.loan_principal'],
    ['in', { typeText: '현금서비스', description: '달빛카드현금서비스' }, 'finance.loan_principal'],
    ['in', { typeText: '타행이체', description: '달빛카드론' }, 'finance.loan_principal'],
    ['out', { description: '달빛카드론 상환' }, 'finance.loan_principal'],
    ['out', { typeCode: '99', description: '타행이체수수료' }, 'finance.fee'],
    ['out', { typeText: '수수료' }, 'finance.fee'],
    ['in', { description: '실업급여' }, 'income.benefit'],
    ['in', { description: '이체수수료 환급' }, 'income.refund'],
    ['out', { description: '국세 납부대행수수료' }, 'tax.tax'],
    ['out', { description: '이자카야 달빛' }, 'food.bar'],
    ['out', { description: '203호 월세' }, 'housing.rent'],
    ['out', { typeText: '자동이체', description: '달빛아파트관리비' }, 'housing.maintenance'],
    ['out', { typeText: 'ATM출금' }, 'transfer.cash'],
    ['out', { description: '엄마 용돈' }, 'transfer.person'],
    ['in', { description: '엄마 용돈' }, 'transfer.person'],
    ['in', { description: '보증금반환' }, 'housing.deposit'],
    ['in', { description: '故한별 부의' }, 'giving.event'],
  ] as const)('money %s with %j is %s', (direction, given, category) => {
    expect(categoryOf({ direction, ...given })).toBe(category)
  })

  test.each([
    ['a salary that is paid to somebody else', { direction: 'out', description: '가사도우미 월급' }],
    ['an account that is named after the salary', { direction: 'in', description: '급여통장에서' }],
    ['a name that begins with interest', { direction: 'in', description: '이자람' }],
    ['another debit without a word', { direction: 'out', typeCode: '99', description: '기타' }],
    ['another credit without a word', { direction: 'in', typeCode: '98' }],
    ['pay whose direction was not said', { direction: null, description: '급여' }],
    ['interest whose direction was not said', { direction: null, description: '예금이자' }],
    ['a bare personal name', { direction: 'out', description: '한별' }],
    ['a row without any word', {}],
  ] as const)('%s stays unknown, with no confidence', (_, given) => {
    expect(classify([makeTransaction(given)])).toMatchObject([{ category: 'unknown', confidence: '0' }])
  })

  test('two fields do not make a word between them', () => {
    expect(categoryOf({ direction: 'in', typeText: '월', description: '급' })).toBe('unknown')
  })

  test('full-width letters and spaces change nothing', () => {
    expect(categoryOf({ direction: 'in', description: 'ＳＡＬＡＲＹ' })).toBe('income.salary')
  })
})

describe('rows of a loan account', () => {
  const loan = {
    accountKind: 'loan',
    account: 'home-loan',
    direction: 'in',
    typeCode: '02',
    amount: '900000',
  } as const

  test.each([
    [
      'interest where all of it was interest',
      { principal: '0', interest: '900000.000' },
      'finance.loan_interest',
    ],
    [
      'principal where an instalment has both',
      { principal: '600000', interest: '300000' },
      'finance.loan_principal',
    ],
    ['principal where a repayment says no parts', {}, 'finance.loan_principal'],
    ['principal where the loan is drawn', { typeCode: '01', direction: 'out' }, 'finance.loan_principal'],
    [
      'principal where a correction says so',
      { typeCode: '03', principal: '900000' },
      'finance.loan_principal',
    ],
    ['unknown where a correction says no parts', { typeCode: '03' }, 'unknown'],
  ] as const)('are %s', (_, given, category) => {
    expect(categoryOf({ ...loan, ...given })).toBe(category)
  })
})

const someTransactions = fc.array(
  fc.record({
    account: fc.constantFrom('a', 'b', 'c'),
    accountKind: fc.constantFrom('deposit', 'deposit', 'loan', 'investment', 'check_card', 'credit_card'),
    occurredAt: fc.constantFrom('2026-11-10 09:00:00', '2026-11-10 23:59:59', '2026-11-11 00:00:00'),
    timeKnown: fc.boolean(),
    direction: fc.constantFrom('in', 'out', null),
    amount: fc.constantFrom('100', '100.000', '200.5'),
    currency: fc.constantFrom('KRW', 'USD'),
    typeCode: fc.constantFrom('01', '02', '03', '06', '07', '98', '99'),
    description: fc.constantFrom(null, '급여', '이자', '수수료', '대출상환', '카드대금'),
    status: fc.constantFrom(null, 'approved', 'cancelled', 'amended'),
    approvedAmount: fc.constantFrom('100', '200.5', '300'),
    changedAt: fc.constantFrom(null, '2026-11-10 23:59:59', '2026-11-11 00:00:00'),
  }),
  { maxLength: 24 },
)

const someCards = {
  companies: [{ institutionId: 'northcard', name: '달빛카드' }],
  bills: ['2026-11-10', '2026-11-11'].map((dueOn) => ({
    institutionId: 'northcard',
    dueOn,
    amount: '100',
    currency: 'KRW',
  })),
}

test('every row gets exactly one classification, in the order of the rows, with a leaf that is known', () => {
  fc.assert(
    fc.property(someTransactions, (given) => {
      const rows = given.map(makeTransaction)
      const classified = classify(rows, someCards)
      expect(classified.map(({ transactionId }) => transactionId)).toEqual(rows.map(({ id }) => id))
      for (const { category, confidence } of classified) {
        expect([...Object.keys(CATEGORIES), 'unknown']).toContain(category)
        expect(confidence).toMatch(/^(0(\.\d+)?|1)$/)
        expect(confidence === '0').toBe(category === 'unknown')
      }
    }),
  )
})

test('shuffling the rows changes no classification', () => {
  const shuffled = someTransactions
    .map((given) => given.map(makeTransaction))
    .chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })))
  fc.assert(
    fc.property(shuffled, ([rows, others]) => {
      expect(inOrderOfIds(classify(others, someCards))).toEqual(inOrderOfIds(classify(rows, someCards)))
    }),
  )
})

const inOrderOfIds = (classified: readonly Classification[]) =>
  classified.toSorted((a, b) => (a.transactionId < b.transactionId ? -1 : 1))

test('however many rows of one amount one hour has, a row is looked at as often as if there were few', () => {
  const looksPerRow = (count: number) => {
    let looks = 0
    const rows = Array.from({ length: count }, (_, i) => {
      const row = makeTransaction({
        account: `account-${i % 5}`,
        direction: i % 2 === 0 ? 'in' : 'out',
        occurredAt: `2026-11-10 14:${String(i % 60).padStart(2, '0')}:00`,
      })
      return new Proxy(row, { get: (target, name) => ((looks += 1), Reflect.get(target, name)) })
    })
    expect(classify(rows)).toHaveLength(count)
    return looks / count
  }
  // Sorting alone grows by a logarithm; comparing every row with every other would be ten times as many.
  expect(looksPerRow(5_000)).toBeLessThan(3 * looksPerRow(500))
})
