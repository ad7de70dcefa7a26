import { type SQL, sql } from 'drizzle-orm'

import type { Kind } from '../domain/reading.ts'
import type { Tx, UserId } from './database.ts'
import { COLUMNS } from './versioned-tables.ts'

/** Collections between two neighbours that someone still reads by; `to` is open upwards after the last of them. */
type Gap = { institutionId: string; from: number; to: number }

/** How many rows a step may still take away. */
type Budget = { left: number }

const NO_END = 2_147_483_647

/*
 * Each kind is found first and then deleted by its key: told to do both at once, the planner, who takes gaps for rare,
 * compares everything with everything.
 */

/**
 * Where nobody reads at these institutions: a cut's part names the collection it reads by, and a purged snapshot has no
 * parts. Only gaps in which a collection lies: each version in a gap was introduced by one, and collections go last.
 */
export const gapsOf = (tx: Tx, userId: UserId, institutionIds: readonly string[]): Promise<Gap[]> =>
  tx.execute<Gap>(sql`
    SELECT institution_id AS "institutionId", before AS "from", seq AS "to"
    FROM (
      SELECT institution_id, seq, lag(seq, 1, 0) OVER (PARTITION BY institution_id ORDER BY seq) AS before
      FROM (
        SELECT institution_id, seq FROM snapshot_institutions WHERE user_id = ${userId} AND seq IS NOT NULL
        UNION SELECT institution_id, ${NO_END} FROM user_institutions WHERE user_id = ${userId}
      ) read_by
    ) neighbours
    WHERE seq > before + 1 AND institution_id = ANY (${sql.param(institutionIds)}::text[]) AND EXISTS (
      SELECT FROM collections c JOIN user_institutions ui USING (user_id, institution_id)
      WHERE c.user_id = ${userId} AND c.institution_id = neighbours.institution_id
        AND c.seq > before AND c.seq < neighbours.seq AND c.seq < ui.current_seq)
    ORDER BY institution_id, seq`)

/** Versions that lie in a gap as a whole: introduced and removed again between two cuts. What is live stays. */
export async function deleteVersions(
  tx: Tx,
  userId: UserId,
  gaps: readonly Gap[],
  budget: Budget,
): Promise<{ versions: number; classifications: number }> {
  const gone = { versions: 0, classifications: 0 }
  if (gaps.length === 0) return gone
  for (const kind of Object.keys(COLUMNS) as Kind[]) {
    const table = sql.identifier(kind)
    const ids = await found<{ id: string }>(
      tx,
      budget,
      sql`SELECT r.id::text FROM ${inGaps(gaps)} JOIN ${table} r
        ON r.user_id = ${userId} AND r.institution_id = gap.institution_id
        AND r.removed_seq > gap.after_seq AND r.removed_seq <= gap.until_seq AND r.introduced_seq > gap.after_seq`,
    )
    if (ids.length === 0) continue
    const these = sql`${sql.param(ids.map(({ id }) => id))}::text[]::int8[]`
    await tx.execute(sql`DELETE FROM ${table} WHERE user_id = ${userId} AND id = ANY (${these})`)
    gone.versions += ids.length
    if (kind !== 'transactions') continue
    // A booking that is gone needs no category.
    const categories = await tx.execute(
      sql`DELETE FROM classifications WHERE user_id = ${userId} AND transaction_id = ANY (${these}) RETURNING 1`,
    )
    gone.classifications += categories.length
  }
  return gone
}

/**
 * What an erasure hid and no new reading has taken since: a consent that was narrowed, and is not read again. Where a
 * revocation is under way its own story deletes, and counts what it deletes.
 */
export async function deleteErased(
  tx: Tx,
  userId: UserId,
  institutionIds: readonly string[],
  budget: Budget,
): Promise<number> {
  let gone = 0
  for (const kind of Object.keys(COLUMNS) as Kind[]) {
    const table = sql.identifier(kind)
    const ids = await found<{ id: string }>(
      tx,
      budget,
      sql`SELECT r.id::text FROM user_institutions ui JOIN ${table} r
        ON r.user_id = ui.user_id AND r.institution_id = ui.institution_id AND r.introduced_seq <= ui.erased_seq
        WHERE ui.user_id = ${userId} AND ui.erased_seq > 0
          AND ui.institution_id = ANY (${sql.param(institutionIds)}::text[])
          AND NOT EXISTS (SELECT FROM revocations v WHERE v.user_id = ui.user_id
            AND v.institution_id = ui.institution_id AND v.state <> 'done')`,
    )
    if (ids.length === 0) continue
    const these = sql`${sql.param(ids.map(({ id }) => id))}::text[]::int8[]`
    await tx.execute(sql`DELETE FROM ${table} WHERE user_id = ${userId} AND id = ANY (${these})`)
    gone += ids.length
  }
  return gone
}

/** Categories that were given and taken again between two snapshots that can still be read; what is live stays. */
export const deleteClassifications = (tx: Tx, userId: UserId, budget: Budget): Promise<number> =>
  deleteCategories(
    tx,
    userId,
    budget,
    sql`SELECT k.transaction_id::text AS id, k.introduced_class_seq AS seq FROM (
        SELECT lag(seq, 1, 0) OVER (ORDER BY seq) AS before, seq FROM (
          SELECT class_seq AS seq FROM snapshots
          WHERE user_id = ${userId} AND purged_at IS NULL AND class_seq IS NOT NULL
          UNION SELECT ${NO_END}) read_by
      ) gap JOIN classifications k ON k.user_id = ${userId}
        AND k.removed_class_seq > before AND k.removed_class_seq <= seq AND k.introduced_class_seq > before
      WHERE seq > before + 1`,
  )

/** Categories of bookings that an erasure took; they are looked for only where something was erased. */
export const deleteOrphans = (tx: Tx, userId: UserId, budget: Budget): Promise<number> =>
  deleteCategories(
    tx,
    userId,
    budget,
    sql`SELECT k.transaction_id::text AS id, k.introduced_class_seq AS seq FROM classifications k
      WHERE k.user_id = ${userId}
        AND EXISTS (SELECT FROM user_institutions WHERE user_id = ${userId} AND erased_seq > 0)
        AND NOT EXISTS (SELECT FROM transactions t WHERE t.user_id = ${userId} AND t.id = k.transaction_id)`,
  )

async function deleteCategories(tx: Tx, userId: UserId, budget: Budget, which: SQL): Promise<number> {
  const keys = await found<{ id: string; seq: number }>(tx, budget, which)
  if (keys.length === 0) return 0
  await tx.execute(sql`
    DELETE FROM classifications k USING unnest(${sql.param(keys.map(({ id }) => id))}::text[]::int8[],
      ${sql.param(keys.map(({ seq }) => String(seq)))}::text[]::int[]) AS gone (id, seq)
    WHERE k.user_id = ${userId} AND k.transaction_id = gone.id AND k.introduced_class_seq = gone.seq`)
  return keys.length
}

/** Collections by which nobody reads: no cut's, not the newest, none of an open refresh, which may find itself in one. */
export async function deleteCollections(
  tx: Tx,
  userId: UserId,
  gaps: readonly Gap[],
  budget: Budget,
): Promise<number> {
  if (gaps.length === 0) return 0
  const keys = await found<{ institutionId: string; seq: number }>(
    tx,
    budget,
    sql`SELECT c.institution_id AS "institutionId", c.seq FROM ${inGaps(gaps)}
      JOIN collections c ON c.user_id = ${userId} AND c.institution_id = gap.institution_id
        AND c.seq > gap.after_seq AND c.seq < gap.until_seq
      JOIN user_institutions ui ON ui.user_id = c.user_id AND ui.institution_id = c.institution_id
        AND c.seq < ui.current_seq
      WHERE NOT EXISTS (SELECT FROM refreshes r
        WHERE r.user_id = ${userId} AND r.refresh_no = c.refresh_no AND r.closed_at IS NULL)`,
  )
  if (keys.length === 0) return 0
  await tx.execute(sql`
    DELETE FROM collections c USING unnest(${sql.param(keys.map(({ institutionId }) => institutionId))}::text[],
      ${sql.param(keys.map(({ seq }) => String(seq)))}::text[]::int[]) AS gone (institution_id, seq)
    WHERE c.user_id = ${userId} AND c.institution_id = gone.institution_id AND c.seq = gone.seq`)
  return keys.length
}

/** As many as the budget has left, which is less by them then. */
async function found<Row extends Record<string, unknown>>(
  tx: Tx,
  budget: Budget,
  which: SQL,
): Promise<Row[]> {
  if (budget.left === 0) return []
  const rows = await tx.execute<Row>(sql`${which} LIMIT ${budget.left}`)
  budget.left -= rows.length
  return rows as Row[]
}

const inGaps = (gaps: readonly Gap[]) => sql`
  unnest(${sql.param(gaps.map(({ institutionId }) => institutionId))}::text[],
    ${sql.param(gaps.map(({ from }) => String(from)))}::text[]::int[],
    ${sql.param(gaps.map(({ to }) => String(to)))}::text[]::int[]) AS gap (institution_id, after_seq, until_seq)`
