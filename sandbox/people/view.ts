import type { Thousandths } from '../money.ts'
import type { Holding } from './histories.ts'
import type { Ledger } from './history.ts'

/** The accounts a list shows at an instant. */
export function accountsAt(holding: Holding, at: number): readonly Ledger[] {
  return holding.ledgers.filter(({ account }) => account.addedAt === undefined || account.addedAt <= at)
}

/** How many of the rows (oldest first) have happened by an instant. */
export function countUntil(rows: readonly { at: number }[], at: number): number {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows[middle]!.at <= at) low = middle + 1
    else high = middle
  }
  return low
}

/** The balance of each currency at an instant. */
export function balancesAt({ account, rows }: Ledger, at: number): Map<string, Thousandths> {
  const balances = new Map(Object.entries(account.deposit?.opening ?? {}))
  const wanted = new Set(balances.keys())
  for (let index = countUntil(rows, at) - 1; index >= 0 && wanted.size > 0; index -= 1) {
    const row = rows[index]!
    if (wanted.delete(row.currency)) balances.set(row.currency, row.balance)
  }
  return balances
}

/** Whether the account had been closed by an instant. */
export function isClosed(holding: Holding, { account }: Ledger, at: number): boolean {
  return (holding.closedAt.get(account.key) ?? Infinity) <= at
}
