import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { amountText, canonicalAmount, decimal, isAmount, isCurrency, isRate, sum } from './money.ts'

describe('an amount', () => {
  test.each(['0', '-1', '8437500.000', '999999999999999.999', '0.001'])('may be %s', (text) => {
    expect(isAmount(text)).toBe(true)
  })

  test.each(['', '1.', '.5', '+1', '1e3', '1,000', ' 1', '1\n', '1.0000', '1000000000000000', 'NaN', '１'])(
    'may not be %j, and is not guessed',
    (text) => {
      expect(isAmount(text)).toBe(false)
      expect(() => decimal(text)).toThrow(RangeError)
    },
  )

  test.each([
    ['8437500.000', '8437500'],
    ['1234.500', '1234.5'],
    ['007', '7'],
    ['-0', '0'],
    ['-0.000', '0'],
    ['-3.10', '-3.1'],
    ['100000000000000', '100000000000000'],
    ['0.001', '0.001'],
  ])('%s is written %s', (text, canonical) => {
    expect(canonicalAmount(text)).toBe(canonical)
  })
})

test('sums and differences are exact far beyond what a JavaScript number holds', () => {
  const milli = fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n })
  fc.assert(
    fc.property(fc.array(milli), (amounts) => {
      const total = amountText(sum(amounts.map((amount) => decimal(inThousandths(amount)))).times(1000))
      expect(total).toBe(String(amounts.reduce((a, b) => a + b, 0n)))
    }),
  )
  expect(amountText(decimal('900719925474099').plus(decimal('0.001')))).toBe('900719925474099.001')
})

test('the sum of nothing is zero, written without a sign', () => {
  expect(amountText(sum([]))).toBe('0')
  expect(amountText(sum([decimal('-1'), decimal('1')]))).toBe('0')
})

test('an amount is never written with an exponent', () => {
  expect(amountText(decimal('999999999999999').times('1000000000'))).toBe('999999999999999000000000')
  expect(amountText(decimal('0.001').times('0.0000001'))).toBe('0.0000000001')
})

test('a rate has at most six digits and six decimals, and a currency is three capitals', () => {
  expect(['3.875', '-0.000001', '999999'].every(isRate)).toBe(true)
  expect(['3.8750000', '1000000', '3%', ''].some(isRate)).toBe(false)
  expect(['KRW', 'krw', 'KR', 'KRWW', '410'].map(isCurrency)).toEqual([true, false, false, false, false])
})

const inThousandths = (amount: bigint): string => {
  const digits = String(amount < 0n ? -amount : amount).padStart(4, '0')
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`
}
