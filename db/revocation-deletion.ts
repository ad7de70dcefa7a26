import { sql } from 'drizzle-orm'

import type { Kind } from '../domain/reading.ts'
import type { Database, Tx, UserId } from './database.ts'
import { lockHeadIfFree } from './locks.ts'
import { ofRevocation } from './revocation-steps.ts'
import { KINDS } from './versioned-tables.ts'

/** `passed`: a reading is being applied there, which takes the same rows away itself; come again. */
export type DeletionStep = { state: 'done' | 'more' | 'passed'; rows: number }

// A page is some 20 ms of a core; whoever applies a reading of that institution, or renews its consent, waits for it.
const ROWS_AT_ONCE = 1_000

/** Rows taken away, by table. */
type Counts = Record<string, number>

/**
 * Takes away what a revocation deletes: every row of the institution up to a number, and what was made from them. In
 * pages, each one transaction with its own count in the revocation, so that what is told is what was done.
 */
export function createRevocationDeletion(database: Database) {
  const page = (userId: UserId, revocationNo: number): Promise<DeletionStep> =>
    database.asUser(userId, async (tx) => {
      const target = await readTarget(tx, userId, revocationNo)
      if (!target || !target.isAsked || target.isDeleted) return { state: 'done', rows: 0 }
      if (!(await lockHeadIfFree(tx, userId, target.institutionId))) return { state: 'passed', rows: 0 }
      const counts = await deletePage(tx, userId, target)
      const rows = Object.values(counts).reduce((sum, each) => sum + each, 0)
      const isDone = rows === 0
      await addUp(tx, userId, revocationNo, counts)
      if (isDone) await markDeleted(tx, userId, revocationNo, target)
      return { state: isDone ? 'done' : 'more', rows }
    })

  return { page }
}

export type RevocationDeletion = ReturnType<typeof createRevocationDeletion>

export type Target = { institutionId: string; eraseUpTo: number; isAsked: boolean; isDeleted: boolean }

async function readTarget(tx: Tx, userId: UserId, revocationNo: number): Promise<Target | null> {
  const [row] = await tx.execute<Target>(sql`
    SELECT institution_id AS "institutionId", erase_up_to AS "eraseUpTo", with_deletion AS "isAsked",
      deleted_at IS NOT NULL AS "isDeleted"
    FROM revocations WHERE ${ofRevocation(userId, revocationNo)}`)
  return row ?? null
}

/** One kind after another, as far as a page goes; what is smaller than a page comes with the last of them. */
async function deletePage(tx: Tx, userId: UserId, target: Target): Promise<Counts> {
  const counts: Counts = {}
  let left = ROWS_AT_ONCE
  for (const kind of KINDS) {
    if (left === 0) return counts
    const gone = await deleteRows(tx, userId, target, kind, left)
    left -= gone.rows
    add(counts, kind, gone.rows)
    add(counts, 'classifications', gone.classifications)
  }
  if (left > 0) await deleteRest(tx, userId, target, counts)
  return counts
}

async function deleteRows(
  tx: Tx,
  userId: UserId,
  { institutionId, eraseUpTo }: Target,
  kind: Kind,
  most: number,
): Promise<{ rows: number; classifications: number }> {
  const table = sql.identifier(kind)
  const found = await tx.execute<{ id: string }>(sql`
    SELECT id::text FROM ${table}
    WHERE user_id = ${userId} AND institution_id = ${institutionId} AND introduced_seq <= ${eraseUpTo}
    LIMIT ${most}`)
  if (found.length === 0) return { rows: 0, classifications: 0 }
  const these = sql`${sql.param(found.map(({ id }) => id))}::text[]::int8[]`
  await tx.execute(sql`DELETE FROM ${table} WHERE user_id = ${userId} AND id = ANY (${these})`)
  if (kind !== 'transactions') return { rows: found.length, classifications: 0 }
  const categories = await tx.execute(sql`
    DELETE FROM classifications WHERE user_id = ${userId} AND transaction_id = ANY (${these}) RETURNING 1`)
  return { rows: found.length, classifications: categories.length }
}

/** Few rows each: marks of how far each asset was read, and which assets a collection could not bring. */
async function deleteRest(
  tx: Tx,
  userId: UserId,
  { institutionId, eraseUpTo }: Target,
  counts: Counts,
): Promise<void> {
  const here = sql`user_id = ${userId} AND institution_id = ${institutionId}`
  // Marks have no number of their own: those of a reading since then are not touched.
  const marks = await tx.execute(sql`
    DELETE FROM watermarks WHERE ${here} AND EXISTS (
      SELECT FROM user_institutions WHERE ${here} AND current_seq <= ${eraseUpTo}) RETURNING 1`)
  add(counts, 'watermarks', marks.length)
  const gaps = await tx.execute(sql`
    UPDATE collections SET gaps = '[]' WHERE ${here} AND seq <= ${eraseUpTo} AND gaps <> '[]' RETURNING 1`)
  add(counts, 'gaps', gaps.length)
}

function add(counts: Counts, table: string, rows: number): void {
  if (rows > 0) counts[table] = (counts[table] ?? 0) + rows
}

async function addUp(tx: Tx, userId: UserId, revocationNo: number, counts: Counts): Promise<void> {
  for (const [table, rows] of Object.entries(counts)) {
    if (rows === 0) continue
    await tx.execute(sql`
      UPDATE revocations SET deleted = jsonb_set(deleted, ARRAY[${table}::text],
        to_jsonb(coalesce((deleted ->> ${table}::text)::int, 0) + ${rows}::int))
      WHERE ${ofRevocation(userId, revocationNo)}`)
  }
}

/** Unless more was asked for meanwhile. */
const markDeleted = (tx: Tx, userId: UserId, revocationNo: number, { eraseUpTo }: Target) =>
  tx.execute(sql`
    UPDATE revocations SET deleted_at = now()
    WHERE ${ofRevocation(userId, revocationNo)} AND with_deletion AND erase_up_to = ${eraseUpTo}
      AND deleted_at IS NULL`)

/**
 * What an apply under a new consent took away before any page could: counted for whoever asked for the deletion. It holds
 * the institution's row, so no page is under way.
 */
export async function countDeleted(
  tx: Tx,
  userId: UserId,
  institutionId: string,
  counts: Counts,
): Promise<void> {
  const [open] = await tx.execute<{ revocationNo: number }>(sql`
    SELECT revocation_no AS "revocationNo" FROM revocations
    WHERE user_id = ${userId} AND institution_id = ${institutionId} AND with_deletion AND state <> 'done'
    ORDER BY revocation_no DESC LIMIT 1`)
  if (open) await addUp(tx, userId, open.revocationNo, counts)
}
