import { kindOf } from '../classification/categories.ts'
import { amountText, type Decimal, decimal, decimalOfSum, sum } from '../money.ts'
import type { Cut } from './analyser.ts'

type Transaction = Cut['transactions'][number]
type Row = Pick<Cut['transactions'][number], 'direction' | 'amount'>

/** Out, what came back of it, and what that leaves; amounts as text. */
export type Sums = { out: string; refunded: string; spent: string; transactions: number }

export function asSums(rows: readonly Row[]): Sums {
  const of = (direction: 'in' | 'out'): Decimal =>
    sum(rows.filter((row) => row.direction === direction).map(({ amount }) => decimal(amount)))
  const [out, refunded] = [of('out'), of('in')]
  return {
    out: amountText(out),
    refunded: amountText(refunded),
    spent: amountText(out.minus(refunded)),
    transactions: rows.length,
  }
}

export const spentBy = ({ spent }: { spent: string }): Decimal => decimalOfSum(spent)

/** What nobody could name: bought, if a card paid it; from a bank account it may be anything. */
export const isUnclear = ({ category, accountKind }: Transaction): boolean =>
  kindOf(category) === null && accountKind === 'deposit'
