import type { Database, UserId } from '../../../db/database.ts'
import { createPublished, type View } from '../../../db/published.ts'

/** Where a page of transactions ended. */
export type TransactionCursor = { snapshotNo: number; occurredAt: string; id: string }

/** Published snapshots as tests look at them: the whole of one at once, or null. */
export function createReaders(database: Database) {
  const published = createPublished(database)

  const snapshot = async (userId: UserId, view: View, asOf: Date | null = null) => {
    const answer = await published.at(userId, { view, asOf }, async (seen, rows) => {
      const [accounts, documents] = await Promise.all([rows.accounts(), rows.documents()])
      return { ...seen, accounts, documents }
    })
    return 'found' in answer ? answer.found : null
  }

  const transactions = async (userId: UserId, view: View, limit: number, after: TransactionCursor | null) => {
    const answer = await published.at(userId, after ?? { view, asOf: null }, async (seen, rows) => ({
      snapshotNo: seen.snapshotNo,
      rows: await rows.transactions({ limit, after }),
    }))
    return 'found' in answer ? answer.found : null
  }

  return { ...published, snapshot, transactions }
}
