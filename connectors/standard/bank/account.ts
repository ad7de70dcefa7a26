import type { AccountRow } from '../../../domain/reading.ts'
import type { Visit } from '../../connector.ts'
import type { Part } from '../parts.ts'
import { type AssetReading, readParts } from '../read-parts.ts'
import type { BankApi } from './api.ts'
import { createParts } from './parts.ts'

/** Reads one account, API after API. */
export const readAccount = (
  visit: Visit,
  api: BankApi,
  account: AccountRow,
  signal: AbortSignal,
): Promise<AssetReading> => readParts(visit, account.identity, partsOf(visit, api, account, signal))

/**
 * An overdraft account answers the loan APIs too. Only the terms of its credit are taken from them: its balance and its
 * bookings stand on the deposit side, and would be counted twice.
 */
function partsOf(visit: Visit, api: BankApi, account: AccountRow, signal: AbortSignal): Part[] {
  const parts = createParts(visit, api, account, signal)
  if (account.kind === 'loan') return [parts.loanBasic(), parts.loanDetail(), parts.loanTransactions()]
  const deposit = [parts.depositBasic(), parts.depositDetail(), parts.depositTransactions()]
  if (!account.isOverdraft) return deposit
  const credit = [parts.loanBasic(), parts.creditTerms()].map((part) => ({ ...part, isExtra: true }))
  return [...deposit, ...credit]
}
