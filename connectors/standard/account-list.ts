import { DomainFailure } from '../../domain/failures.ts'
import type { AccountRow, Gap, Identity, KnownAccount, Mark, Section } from '../../domain/reading.ts'
import type { Visit } from '../connector.ts'
import { markOf } from './marks.ts'
import { type Pages, whereIs } from './paging.ts'
import type { AssetReading } from './read-parts.ts'

/** The accounts to go on with: as sent, or as stored where the institution said that nothing changed. */
export type AccountList = {
  accounts: AccountRow[]
  gaps: Gap[]
  mark: Mark
  isUnchanged: boolean
  /** The institution does not know this person: there is nothing more to ask it. */
  isNothingHeld: boolean
}

/** How one industry names its assets. */
export type Naming<Sent> = {
  api: string
  identity: (sent: Sent) => Identity
  /** null: of a kind that we cannot place. `known` is the account as it is stored. */
  toAccount: (sent: Sent, known: KnownAccount | undefined) => AccountRow | null
  /** Which of the stored accounts this list speaks of. */
  isListed: (known: KnownAccount) => boolean
}

/** Reads the list. Without it nothing is known of any account, so every failure of it fails the reading. */
export async function readAccountList<Sent>(
  visit: Visit,
  naming: Naming<Sent>,
  ask: (since: string | null) => Promise<Pages<Sent>>,
): Promise<AccountList> {
  const mark = markOf(visit, null, naming.api)
  const pages = await ask(mark.searchTimestamp).catch(asListFailure(visit, naming.api))
  const nothing = { accounts: [], gaps: [], mark, isUnchanged: true, isNothingHeld: true }
  if (pages.outcome === 'nothingHeld') return nothing
  const moved = { ...mark, searchTimestamp: pages.searchTimestamp }
  if (pages.outcome === 'data') return fullList(visit, naming, pages.rows, moved)
  return {
    accounts: visit.known.accounts.filter(naming.isListed),
    gaps: [],
    mark: pages.searchTimestamp ? moved : mark,
    isUnchanged: true,
    isNothingHeld: false,
  }
}

/**
 * The list, corrected by what the accounts' own calls said: one that is closed or no longer shared is marked so, and is
 * asked no more while the list stays as it is. Its rows stay.
 */
export function listSection(api: string, list: AccountList, readings: readonly AssetReading[]): Section {
  const corrections = new Map(readings.map(({ asset, correction }) => [asset, correction]))
  const isCorrected = readings.some(({ correction }) => correction !== null)
  const place = { kind: 'accounts', extent: { asset: null, api, window: null }, mark: list.mark } as const
  if (list.isUnchanged && !isCorrected) return { ...place, outcome: 'upToDate' }
  const rows = list.accounts.map((account) => ({ ...account, ...corrections.get(account.identity) }))
  return { ...place, outcome: 'full', rows }
}

/**
 * An account of a kind we do not know is a gap and stays as it is stored; the list is then read in full again next time,
 * since "unchanged" would hide the gap.
 */
function fullList<Sent>(visit: Visit, naming: Naming<Sent>, sent: readonly Sent[], mark: Mark): AccountList {
  const accounts = new Map<Identity, AccountRow>()
  const gaps: Gap[] = []
  for (const account of onceEach(visit, naming, sent)) {
    const identity = naming.identity(account)
    const known = visit.known.accounts.find((one) => one.identity === identity)
    const row = naming.toAccount(account, known)
    if (!row) gaps.push({ asset: identity, api: naming.api, failure: 'UnexpectedResponse' })
    const kept = row ?? known
    if (kept) accounts.set(identity, kept)
  }
  const again = { ...mark, searchTimestamp: null }
  return {
    accounts: [...accounts.values()],
    gaps,
    mark: gaps.length > 0 ? again : mark,
    isUnchanged: false,
    isNothingHeld: false,
  }
}

/** Pages may overlap; an account that two of them describe differently changed while it was read. */
function onceEach<Sent>(visit: Visit, { api, identity }: Naming<Sent>, sent: readonly Sent[]): Sent[] {
  const accounts = [...new Map(sent.map((account) => [JSON.stringify(account), account])).values()]
  if (new Set(accounts.map(identity)).size === accounts.length) return accounts
  throw new DomainFailure('UnexpectedResponse', `${whereIs(visit, api)}: expected each account once`)
}

/** There is no asset to be gone on the list: who refuses it for lack of consent refuses everything. */
const asListFailure = (visit: Visit, api: string) => (error: unknown) => {
  if (error instanceof DomainFailure && error.type === 'AssetGone')
    throw new DomainFailure(
      'OutsideConsent',
      `${whereIs(visit, api)}: expected a consent that covers the list`,
    )
  throw error
}
