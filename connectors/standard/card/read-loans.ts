import type { Identity, Section } from '../../../domain/reading.ts'
import type { Visit } from '../../connector.ts'
import { bookingTwins, loanTransactions } from '../bookings.ts'
import { markOf } from '../marks.ts'
import type { Pages } from '../paging.ts'
import { createPartMaker, type Part } from '../parts.ts'
import { type AssetReading, readParts } from '../read-parts.ts'
import { accounts, balances, contracts, type SectionMaker } from '../section-makers.ts'
import { windowToRead } from '../windows.ts'
import type { LoansHeld } from './answers.ts'
import type { CardApi } from './api.ts'
import * as rows from './loan-rows.ts'

const shortTerm = [
  accounts(rows.shortTermAccount),
  balances(rows.shortTermBalance),
  contracts(rows.shortTermContract),
]
const longTerm = [
  accounts(rows.longTermAccount),
  balances(rows.longTermBalance),
  contracts(rows.longTermContract),
]

/** Reads which kinds of loan there are, then those that are, then what was booked on each long one. */
export async function readLoans(visit: Visit, api: CardApi, signal: AbortSignal): Promise<AssetReading> {
  const said: LoansHeld[] = []
  const read = async () => {
    const pages = await api.loansHeld(signal)
    if (pages.outcome === 'data') said.push(...pages.rows)
    return []
  }
  const kinds = await readParts(visit, null, [{ api: 'card-010', isExtra: true, read }])
  const [held] = said
  if (!held) return kinds
  const loans = await readParts(visit, null, [
    held.is_loan_short_term
      ? loansPart(visit, 'card-011', (since) => api.shortTerm(since, signal), shortTerm)
      : noLoans(visit, 'card-011', shortTerm),
    held.is_loan_long_term
      ? loansPart(visit, 'card-012', (since) => api.longTerm(since, signal), longTerm)
      : noLoans(visit, 'card-012', longTerm),
  ])
  const bookings = await readBookings(visit, api, longTermLoans(visit, loans.sections), signal)
  return {
    ...loans,
    sections: [loans, ...bookings].flatMap(({ sections }) => sections),
    gaps: [loans, ...bookings].flatMap(({ gaps }) => gaps),
  }
}

const loansPart = <Sent>(
  visit: Visit,
  api: string,
  ask: (since: string | null) => Promise<Pages<Sent>>,
  makers: readonly SectionMaker<Sent>[],
): Part => ({ ...createPartMaker(visit, null).single(api, ask, ...makers), isExtra: true })

/** A kind that is said not to be there has no loan any more: that is the full set, without a call. */
const noLoans = <Sent>(visit: Visit, api: string, makers: readonly SectionMaker<Sent>[]): Part => ({
  api,
  read: async () => {
    const mark = { ...markOf(visit, null, api), searchTimestamp: null }
    return makers.map(({ full }) => full({ extent: { asset: null, api, window: null }, mark }, [], api))
  },
})

/** The long loans as they were read just now, or as they are stored where nothing changed. */
function longTermLoans(
  { known }: Visit,
  sections: readonly Section[],
): { identity: Identity; number: string }[] {
  const list = sections.find(({ kind, extent }) => kind === 'accounts' && extent.api === 'card-012')
  if (list?.kind !== 'accounts') return []
  return list.outcome === 'full' ? list.rows : known.accounts.filter(rows.isLongTerm)
}

async function readBookings(
  visit: Visit,
  api: CardApi,
  loans: readonly { identity: Identity; number: string }[],
  signal: AbortSignal,
): Promise<AssetReading[]> {
  const readings: AssetReading[] = []
  for (const { identity, number } of loans) {
    const part = createPartMaker(visit, identity).bookings(
      'card-013',
      (window) => api.loanTransactions(number, window, signal),
      (sent) => loanTransactions(identity, sent),
      (readUntil) => windowToRead(readUntil, '31 days', visit),
      bookingTwins,
    )
    readings.push(await readParts(visit, identity, [{ ...part, isExtra: true }]))
  }
  return readings
}
