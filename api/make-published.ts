import { vi } from 'vitest'

import type {
  AccountView,
  Coverage,
  Missing,
  Published,
  PublishedRows,
  SnapshotSeen,
  StoredAnalysis,
  TransactionView,
  Wanted,
} from '../db/published.ts'

/** The instant at which invented snapshots were published. */
export const AT = new Date('2026-11-22T08:30:00.123Z')

export type MadeSnapshot = SnapshotSeen & {
  accounts: AccountView[]
  transactions: TransactionView[]
  documents: StoredAnalysis[]
}

/** An invented snapshot: one fresh institution, and nothing in it. */
export const makeSnapshot = (given: Partial<MadeSnapshot> = {}): MadeSnapshot => ({
  snapshotNo: 4,
  status: 'partial',
  publishedAt: AT,
  refreshNo: 12,
  skewMs: 900,
  classSeq: 3,
  coverage: [makePart()],
  analyses: 'here',
  accounts: [],
  transactions: [],
  documents: [],
  ...given,
})

export const makePart = (given: Partial<Coverage> = {}): Coverage => ({
  institutionId: 'BANK000001',
  name: 'North Bank',
  state: 'fresh',
  asOf: AT,
  reason: null,
  isRequired: true,
  gaps: 0,
  ...given,
})

export const makeTransaction = (changes: Partial<TransactionView> = {}): TransactionView => ({
  id: '9007199254740993',
  institutionId: 'BANK000001',
  accountKey: '0f0e0d0c-0000-0000-0000-000000000001',
  occurredOn: '2026-11-20',
  occurredAt: '2026-11-20 10:11:12',
  timeKnown: true,
  direction: 'out',
  amount: '1200.5',
  currency: 'KRW',
  balanceAfter: null,
  description: 'RENT',
  typeText: null,
  category: 'housing.rent',
  confidence: '0.95',
  ...changes,
})

/** Readers of this one snapshot, or of none; says what they were asked for. */
export function makePublished(found: MadeSnapshot | Missing = 'never') {
  const wanted = vi.fn<(userId: number, wanted: Wanted) => void>()
  const accounts = vi.fn<PublishedRows['accounts']>(async () =>
    typeof found === 'string' ? [] : found.accounts,
  )
  const transactions = vi.fn<PublishedRows['transactions']>(async () =>
    typeof found === 'string' ? [] : found.transactions,
  )
  const documents = vi.fn<PublishedRows['documents']>(async () =>
    typeof found === 'string' ? [] : found.documents,
  )
  const descriptions: PublishedRows['descriptions'] = async (ids) =>
    new Map(
      typeof found === 'string'
        ? []
        : found.transactions
            .filter(({ id }) => ids.includes(id))
            .map(({ id, description }) => [id, description]),
    )
  const at: Published['at'] = async (userId, given, read) => {
    wanted(userId, given)
    if (typeof found === 'string') return { missing: found }
    return { found: await read(found, { accounts, transactions, descriptions, documents }) }
  }
  return { published: { at }, wanted, accounts, transactions, documents }
}
