import { decimal } from '../../../domain/money.ts'
import type { TransactionRow } from '../../../domain/reading.ts'

type Booking = Omit<TransactionRow, 'identity'>

/**
 * Settles the direction of rows whose code is unknown, where the balance before and after differ by exactly the amount.
 * The row before is the last one earlier in the same currency; if times are missing or shared, nobody knows which it is.
 */
export function directionsByBalance(rows: readonly Booking[]): Booking[] {
  if (rows.every(({ direction }) => direction !== null)) return [...rows]
  const untimed = new Set(rows.filter(({ timeKnown }) => !timeKnown).map(dayOf))
  const inOrder = rows.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : orderOf(a) > orderOf(b) ? 1 : 0))
  const settled = new Map<Booking, Booking['direction']>()
  for (const [at, row] of inOrder.entries()) {
    if (row.direction !== null || untimed.has(dayOf(row))) continue
    const [secondBefore, before, after] = [inOrder[at - 2], inOrder[at - 1], inOrder[at + 1]]
    const isSure = !together(row, after) && !together(row, before) && !together(before, secondBefore)
    if (isSure && before && !untimed.has(dayOf(before))) settled.set(row, change(before, row))
  }
  return rows.map((row) => (row.direction === null ? { ...row, direction: settled.get(row) ?? null } : row))
}

const dayOf = ({ currency, occurredOn }: Booking): string => `${currency} ${occurredOn}`
const orderOf = ({ currency, occurredAt }: Booking): string => `${currency} ${occurredAt}`
const together = (a: Booking | undefined, b: Booking | undefined): boolean =>
  a !== undefined && b !== undefined && orderOf(a) === orderOf(b)

function change(before: Booking, row: Booking): Booking['direction'] {
  if (before.currency !== row.currency || before.balanceAfter === null || row.balanceAfter === null)
    return null
  const difference = decimal(row.balanceAfter).minus(decimal(before.balanceAfter))
  const amount = decimal(row.amount)
  if (amount.eq(0) || !difference.abs().eq(amount)) return null
  return difference.gt(0) ? 'in' : 'out'
}
