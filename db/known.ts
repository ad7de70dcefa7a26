import { and, eq, isNull, sql } from 'drizzle-orm'

import { type AccountKind, isCard, type KnownAccount, type Mark } from '../domain/reading.ts'
import type { Tx, UserId } from './database.ts'
import { accounts, watermarks } from './schema/index.ts'
import type { Sealer } from './sealing.ts'

/** The asset of a mark that belongs to the list of accounts itself. */
export const THE_LIST = 'list'

/**
 * What an institution's newest collection left: its accounts, and how far each API has been read. Nothing of what was
 * erased: an institution that is asked by an erased mark answers "unchanged", and the rows would never come again.
 */
export async function readKnown(
  tx: Tx,
  sealer: Sealer,
  userId: UserId,
  institutionId: string,
): Promise<{ accounts: KnownAccount[]; marks: Mark[] }> {
  const [rows, marks] = await Promise.all([
    tx
      .select()
      .from(accounts)
      .where(
        and(
          eq(accounts.userId, userId),
          eq(accounts.institutionId, institutionId),
          isNull(accounts.removedSeq),
          sql`${accounts.introducedSeq} > ${erasedSeq(userId, institutionId)}`,
        ),
      )
      .orderBy(accounts.id),
    tx
      .select()
      .from(watermarks)
      .where(
        and(
          eq(watermarks.userId, userId),
          eq(watermarks.institutionId, institutionId),
          // Nothing was collected since an erasure: what is left of before speaks of rows that are gone.
          sql`EXISTS (SELECT FROM user_institutions WHERE user_id = ${userId} AND institution_id = ${institutionId}
            AND current_seq > erased_seq)`,
        ),
      ),
  ])
  const identities = new Map<string, string>()
  const known = rows.map((row) => {
    const sealed = JSON.parse(
      sealer.open(row.numberSealed, {
        userId,
        institutionId,
        column: 'account_number',
        row: row.naturalKey,
      }),
    ) as { identity: string; number: string }
    identities.set(row.naturalKey, sealed.identity)
    return {
      ...sealed,
      roundNo: row.roundNo,
      name: row.name,
      kind: row.kind as AccountKind,
      typeCode: row.typeCode,
      status: row.status as KnownAccount['status'],
      isShared: row.isShared,
      isOverdraft: row.isOverdraft,
      isForeign: row.isForeign,
      // Named only where the list names it: the row must hash as the one it was made of.
      ...(isCard(row.kind) ? { isFamily: row.isFamily } : {}),
    }
  })
  return {
    accounts: known,
    // A mark of an account that is gone is of no use to anyone.
    marks: marks.flatMap(({ asset, api, searchTimestamp, readUntil }) => {
      const identity = asset === THE_LIST ? null : identities.get(asset)
      return identity === undefined ? [] : [{ asset: identity, api, searchTimestamp, readUntil }]
    }),
  }
}

const erasedSeq = (userId: UserId, institutionId: string) =>
  sql`(SELECT erased_seq FROM user_institutions WHERE user_id = ${userId} AND institution_id = ${institutionId})`
