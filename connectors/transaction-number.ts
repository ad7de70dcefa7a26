import { randomInt } from 'node:crypto'

const BASE = 36
// Seconds since 2020 need 6 digits of base 36 until 2088; 4 digits for the process and 4 for the call are left of 14.
const EPOCH_SECONDS = Date.UTC(2020, 0, 1) / 1000
const FOUR_DIGITS = BASE ** 4
const ORG_CODE = /^[A-Za-z0-9]{10}$/

/**
 * Makes the numbers of our calls (x-api-tran-id): organisation code, M for operator, 14 of [A-Z0-9]. Two are equal only
 * if two processes drew one of 1,679,616 numbers alike and stand at the same of as many counts in the same second.
 */
export function createTransactionNumbers(
  operatorCode: string,
  now: () => Date = () => new Date(),
): () => string {
  if (!ORG_CODE.test(operatorCode)) throw new RangeError('the operator code has ten letters and digits')
  const ours = digits(randomInt(FOUR_DIGITS), 4)
  let count = randomInt(FOUR_DIGITS)
  return () => {
    count = (count + 1) % FOUR_DIGITS
    const seconds = Math.floor(now().getTime() / 1000) - EPOCH_SECONDS
    return `${operatorCode}M${digits(seconds, 6)}${ours}${digits(count, 4)}`
  }
}

const digits = (value: number, length: number): string =>
  value.toString(BASE).toUpperCase().padStart(length, '0').slice(-length)
