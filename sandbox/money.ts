/** Money as whole thousandths of a unit, because the standard allows three decimals and floats would lose them. */
export type Thousandths = bigint

/** Whole units, e.g. won(4200000). */
export function won(units: number | bigint): Thousandths {
  return BigInt(units) * 1000n
}

/** Hundredths, e.g. cents(1999) is 19.99. */
export function cents(units: number | bigint): Thousandths {
  return BigInt(units) * 10n
}

/** A decimal without trailing zeros: '12500', '-19.99'. */
export function decimal(amount: Thousandths): string {
  const text = padded(amount)
  return text.replace(/\.?0+$/, '')
}

/** A decimal with all three places: '12500.000'. Both ways of writing are legal. */
export function padded(amount: Thousandths): string {
  const size = amount < 0n ? -amount : amount
  const digits = size.toString().padStart(4, '0')
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`
}

/** Thousandths of a decimal text with at most three places; undefined if it is none. */
export function thousandths(text: string): Thousandths | undefined {
  const parts = /^(-?)(\d{1,15})(?:\.(\d{1,3}))?$/.exec(text)
  if (!parts) return undefined
  const size = BigInt(parts[2] + (parts[3] ?? '').padEnd(3, '0'))
  return parts[1] ? -size : size
}
