import { Big } from 'big.js'

/** An exact decimal. Sums, differences and products lose nothing; there is no way to a JavaScript number. */
export type Decimal = Big

// 15 digits before the point and 3 behind are what numeric(18,3) holds, and what the standard's F(18,3) sends.
const AMOUNT = /^-?\d{1,15}(\.\d{1,3})?$/
const RATE = /^-?\d{1,6}(\.\d{1,6})?$/
const CURRENCY = /^[A-Z]{3}$/

/** Whether the text is an amount that numeric(18,3) stores without rounding. */
export const isAmount = (text: string): boolean => AMOUNT.test(text)

/** Whether the text is a rate in percent that numeric(12,6) stores without rounding. */
export const isRate = (text: string): boolean => RATE.test(text)

export const isCurrency = (text: string): boolean => CURRENCY.test(text)

/** Parses an amount that was checked before; throws a RangeError on anything else, since a guess would be money. */
export function decimal(text: string): Decimal {
  if (!isAmount(text)) throw new RangeError('not an amount of at most 15 digits and 3 decimals')
  return new Big(text)
}

/** Parses a sum that we wrote ourselves: it may have more digits than any amount an institution sends. */
export const decimalOfSum = (text: string): Decimal => new Big(text)

/** The one way amounts are written: no exponent, no trailing zeros, no minus zero ('1234.5', '0', '-3'). */
export function amountText(value: Decimal): string {
  const text = value.toFixed()
  return text === '-0' ? '0' : text
}

/** The same amount written the one way, so that '8437500.000' and '8437500' are equal as text. */
export const canonicalAmount = (text: string): string => amountText(decimal(text))

export function sum(values: Iterable<Decimal>): Decimal {
  let total = new Big(0)
  for (const value of values) total = total.plus(value)
  return total
}
