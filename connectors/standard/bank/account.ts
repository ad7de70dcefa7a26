import { DomainFailure } from '../../../domain/failures.ts'
import type { AccountRow, Gap, Section } from '../../../domain/reading.ts'
import type { Visit } from '../../connector.ts'
import { InstitutionFailure } from '../../institution-failure.ts'
import type { BankApi } from './api.ts'
import { createParts, type Part } from './parts.ts'

/** What the calls about one account brought, and what they say of the account itself. */
export type AccountReading = {
  account: AccountRow
  sections: Section[]
  gaps: Gap[]
  correction: { status: 'inactive' } | { isShared: false } | null
}

/** Reads one account, API after API: ranges and pages of one asset never run side by side. */
export async function readAccount(
  visit: Visit,
  api: BankApi,
  account: AccountRow,
  signal: AbortSignal,
): Promise<AccountReading> {
  const reading: AccountReading = { account, sections: [], gaps: [], correction: null }
  for (const { api: name, isExtra, read } of partsOf(visit, api, account, signal)) {
    try {
      reading.sections.push(...(await read()))
    } catch (error) {
      if (!(error instanceof DomainFailure)) throw error
      if (isExtra && isNotServed(error)) continue
      if (error.type === 'AssetGone') return { ...reading, correction: correctionOf(error) }
      if (!isOneAssetsOwn(error)) throw error
      reading.gaps.push({ asset: account.identity, api: name, failure: error.type })
    }
  }
  return reading
}

/** 40105: the account lives, but is not shared any more. */
const correctionOf = (error: DomainFailure): AccountReading['correction'] =>
  error instanceof InstitutionFailure && error.code === '40105' ? { isShared: false } : { status: 'inactive' }

/** A consent to deposits alone (40104) or a bank without a loan side to the account says nothing of its deposit side. */
const isNotServed = (error: DomainFailure): boolean =>
  error.type === 'AssetGone' || (error instanceof InstitutionFailure && error.code === '40104')

/** Whether a failure says something of one asset only, so that the others may go on. */
const isOneAssetsOwn = ({ type }: DomainFailure): boolean =>
  type === 'UnexpectedResponse' || type === 'RequestRejected'

/**
 * An overdraft account answers the loan APIs too. Only the terms of its credit are taken from them: its balance and its
 * bookings stand on the deposit side, and would be counted twice.
 */
function partsOf(visit: Visit, api: BankApi, account: AccountRow, signal: AbortSignal): (Part & Extra)[] {
  const parts = createParts(visit, api, account, signal)
  if (account.kind === 'loan') return [parts.loanBasic(), parts.loanDetail(), parts.loanTransactions()]
  const deposit = [parts.depositBasic(), parts.depositDetail(), parts.depositTransactions()]
  if (!account.isOverdraft) return deposit
  const credit = [parts.loanBasic(), parts.creditTerms()].map((part) => ({ ...part, isExtra: true }))
  return [...deposit, ...credit]
}

/** An extra part may be refused without saying anything of the account. */
type Extra = { isExtra?: boolean }
