import type { Visit } from '../../connector.ts'
import { createPartMaker, type Part } from '../parts.ts'
import { type AssetReading, readParts } from '../read-parts.ts'
import { accounts, balances, bills, contracts, points } from '../section-makers.ts'
import type { CardApi } from './api.ts'
import { revolvingAccount, revolvingBalance, revolvingContract } from './loan-rows.ts'
import { readBills } from './read-bills.ts'
import { readLoans } from './read-loans.ts'
import { toPayment, toPoint } from './transform.ts'

/**
 * Reads what a company says of all cards together: bills, points, what is due, and what it has lent. One thing after
 * another; a consent that leaves one of them out says nothing of the others.
 */
export async function readCompany(visit: Visit, api: CardApi, signal: AbortSignal): Promise<AssetReading> {
  const readings = [
    await readBills(visit, api, signal),
    await readParts(visit, null, atOnce(visit, api, signal)),
    await readLoans(visit, api, signal),
  ]
  return {
    asset: null,
    sections: readings.flatMap(({ sections }) => sections),
    gaps: readings.flatMap(({ gaps }) => gaps),
    correction: null,
  }
}

function atOnce(visit: Visit, api: CardApi, signal: AbortSignal): Part[] {
  const { single } = createPartMaker(visit, null)
  const parts = [
    single('card-003', (since) => api.points(since, signal), points(toPoint)),
    single('card-006', (since) => api.payments(since, signal), bills(toPayment)),
    single(
      'card-007',
      (since) => api.revolving(since, signal),
      accounts(revolvingAccount),
      balances(revolvingBalance),
      contracts(revolvingContract),
    ),
  ]
  return parts.map((part) => ({ ...part, isExtra: true }))
}
