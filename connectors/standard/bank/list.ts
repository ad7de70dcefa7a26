import { DomainFailure } from '../../../domain/failures.ts'
import type { AccountRow, Gap, Mark } from '../../../domain/reading.ts'
import type { Visit } from '../../connector.ts'
import { markOf } from '../marks.ts'
import { whereIs } from '../paging.ts'
import type { BankAccount } from './answers.ts'
import type { BankApi } from './api.ts'
import { accountIdentity, toAccount } from './transform.ts'

/** The accounts to go on with: as sent, or as stored where the bank said that nothing changed. */
export type AccountList = { accounts: AccountRow[]; gaps: Gap[]; mark: Mark; isUnchanged: boolean }

const API = 'bank-001'

/** Reads the list. Without it nothing is known of any account, so every failure of it fails the reading. */
export async function readList(visit: Visit, api: BankApi): Promise<AccountList> {
  const mark = markOf(visit, null, API)
  const pages = await api.accounts(mark.searchTimestamp).catch(asListFailure(visit))
  if (pages.outcome === 'nothingHeld') return { accounts: [], gaps: [], mark, isUnchanged: true }
  const moved = { ...mark, searchTimestamp: pages.searchTimestamp }
  if (pages.outcome === 'data') return fullList(visit, pages.rows, moved)
  return {
    accounts: visit.known.accounts,
    gaps: [],
    mark: pages.searchTimestamp ? moved : mark,
    isUnchanged: true,
  }
}

/**
 * An account of a kind we do not know is a gap and stays as it is stored; the list is then read in full again next time,
 * since "unchanged" would hide the gap.
 */
function fullList(visit: Visit, sent: readonly BankAccount[], mark: Mark): AccountList {
  const accounts = new Map<string, AccountRow>()
  const gaps: Gap[] = []
  for (const account of onceEach(visit, sent)) {
    const identity = accountIdentity(account.account_num, account.seqno)
    const row = toAccount(account)
    if (!row) gaps.push({ asset: identity, api: API, failure: 'UnexpectedResponse' })
    const kept = row ?? visit.known.accounts.find((known) => known.identity === identity)
    if (kept) accounts.set(identity, kept)
  }
  const again = { ...mark, searchTimestamp: null }
  return { accounts: [...accounts.values()], gaps, mark: gaps.length > 0 ? again : mark, isUnchanged: false }
}

/** Pages may overlap; an account that two of them describe differently changed while it was read. */
function onceEach(visit: Visit, sent: readonly BankAccount[]): BankAccount[] {
  const contents = new Map(sent.map((account) => [JSON.stringify(account), account]))
  const accounts = [...contents.values()]
  const identities = new Set(accounts.map((account) => accountIdentity(account.account_num, account.seqno)))
  if (identities.size === accounts.length) return accounts
  throw new DomainFailure('UnexpectedResponse', `${whereIs(visit, API)}: expected each account once`)
}

/** There is no asset to be gone on the list: who refuses it for lack of consent refuses everything. */
const asListFailure = (visit: Visit) => (error: unknown) => {
  if (error instanceof DomainFailure && error.type === 'AssetGone')
    throw new DomainFailure('ConsentEnded', `${whereIs(visit, API)}: expected a consent that covers the list`)
  throw error
}
