import { sql } from 'drizzle-orm'

import { isPoison, type ReadingStep } from '../domain/poison.ts'
import type { ReadingRef } from './attempts.ts'
import type { Tx } from './database.ts'

/**
 * Counts a reading that failed without a name. True: it was one too many, and the pair is set aside from now on; what was
 * counted under an earlier consent does not count. In the transaction that settles the reading, which holds the consent.
 */
export async function countUnexpected(tx: Tx, ref: ReadingRef, generation: number): Promise<boolean> {
  const { userId, institutionId, refreshNo } = ref
  const step = await stepOf(tx, ref)
  const [row] = await tx.execute<{ failed: number }>(sql`
    INSERT INTO poison_readings AS p (user_id, institution_id, generation, failed, first_at, last_at, last_refresh_no, step)
    VALUES (${userId}, ${institutionId}, ${generation}, 1, now(), now(), ${refreshNo}, ${step})
    ON CONFLICT (user_id, institution_id) DO UPDATE SET
      failed = CASE WHEN p.generation = excluded.generation THEN p.failed ELSE 0 END + 1,
      first_at = CASE WHEN p.generation = excluded.generation THEN p.first_at ELSE excluded.first_at END,
      set_aside_at = CASE WHEN p.generation = excluded.generation THEN p.set_aside_at END,
      generation = excluded.generation, last_at = excluded.last_at, last_refresh_no = excluded.last_refresh_no,
      step = excluded.step
    RETURNING failed`)
  if (!isPoison(row!.failed)) return false
  await tx.execute(sql`
    UPDATE poison_readings SET set_aside_at = coalesce(set_aside_at, now()), replay_at = NULL
    WHERE user_id = ${userId} AND institution_id = ${institutionId}`)
  return true
}

/** A reading has brought something: whatever was wrong is not any more. */
export const forgetUnexpected = (tx: Tx, { userId, institutionId }: ReadingRef) =>
  tx.execute(sql`
    DELETE FROM poison_readings WHERE user_id = ${userId} AND institution_id = ${institutionId}`)

/** How far the last try of this round came: it never began, it died, or it said so. */
async function stepOf(tx: Tx, { userId, refreshNo, institutionId, round }: ReadingRef): Promise<ReadingStep> {
  const [last] = await tx.execute<{ step: ReadingStep | null }>(sql`
    SELECT step FROM attempts
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND institution_id = ${institutionId} AND round = ${round}
    ORDER BY attempt DESC LIMIT 1`)
  return last ? (last.step ?? 'lost') : 'beginning'
}
