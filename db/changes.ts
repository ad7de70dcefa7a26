import { sql } from 'drizzle-orm'

import type { Database, UserId } from './database.ts'
import { listen, type Listening } from './listening.ts'

const CHANGES = 'moa_change'
// A notice carries less than 8,000 bytes; an id has at most 19 digits and a comma.
const IDS_A_NOTICE = 350

/**
 * That something of a user's has changed, which anyone who shows it live wants to know. Ids only, and lossy on purpose:
 * the marks are the sure way to find out.
 */
export function createChanges(database: Database) {
  /**
   * Never within the transaction that changed something: from its NOTIFY to the end of its commit a transaction keeps
   * every other one that notifies waiting, across the cluster. One that does nothing else holds that for no flush.
   */
  const announce = async (userIds: readonly UserId[]): Promise<void> => {
    const payloads = Array.from({ length: Math.ceil(userIds.length / IDS_A_NOTICE) }, (_, at) =>
      JSON.stringify(userIds.slice(at * IDS_A_NOTICE, (at + 1) * IDS_A_NOTICE)),
    )
    await database.asNobody((tx) =>
      tx.execute(sql`
        SELECT pg_notify(${CHANGES}, payload) FROM unnest(${sql.param(payloads)}::text[]) AS told (payload)`),
    )
  }

  /** What differs from one look to the next for every user of whom a row changed. One statement, however many users. */
  const marks = (userIds: readonly UserId[]): Promise<Map<UserId, string>> =>
    database.asNobody(async (tx) => {
      const rows = await tx.execute<{ userId: UserId; mark: string }>(sql`
        SELECT user_id::float8 AS "userId", mark
        FROM change_marks(${sql.param(userIds.map(String))}::text[]::bigint[])`)
      return new Map(rows.map(({ userId, mark }) => [userId, mark]))
    })

  return { announce, marks }
}

export type Changes = ReturnType<typeof createChanges>

/** Hears of whom something changed. Begins again by itself when its connection is lost, and says so. */
export const listenForChanges = (
  url: string,
  told: { heard: (userIds: readonly UserId[]) => void; began: () => void },
): Listening =>
  listen({
    url,
    channel: CHANGES,
    applicationName: 'moa stream listener',
    heard: (payload) => told.heard(JSON.parse(payload) as UserId[]),
    began: told.began,
  })
