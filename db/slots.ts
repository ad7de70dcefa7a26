import { sql } from 'drizzle-orm'

import type { Tx, UserId } from './database.ts'
import { takeFreeSlot } from './locks.ts'

// A slot outlives the attempt it was taken for by this much: whoever died with it must not keep it for long.
const GRACE_MS = 30_000

/**
 * Takes a slot of an institution, so that all workers together never run more readings of it than it bears. Taken and
 * given back with a reading; a holder that vanishes loses it when its attempt would have ended.
 */
export async function takeSlot(
  tx: Tx,
  institutionId: string,
  holder: string,
  attemptMs: number,
): Promise<boolean> {
  const take = () => takeFreeSlot(tx, institutionId, holder, attemptMs + GRACE_MS)
  if ((await take()) !== null) return true
  await addMissing(tx, institutionId)
  // Also where nothing was added: somebody else may have been adding, and the insert has waited for them.
  return (await take()) !== null
}

/** A try at a reading. */
type Try = { userId: UserId; refreshNo: number; institutionId: string; round: number; attempt: number }

/**
 * Given back by the latest try of the holder alone: one that was taken for dead, and ends after the next has begun, would
 * give away the slot on which that one reads. Before anything else of the reading is written, so that a try that takes
 * the same slot over cannot wait in a circle.
 */
export const giveSlotBack = (
  tx: Tx,
  holder: string,
  { userId, refreshNo, institutionId, round, attempt }: Try,
) =>
  tx.execute(sql`
    UPDATE institution_slots SET holder = NULL, expires_at = NULL
    WHERE institution_id = ${institutionId} AND holder = ${holder}::uuid AND NOT EXISTS (
      SELECT FROM attempts WHERE user_id = ${userId} AND institution_id = ${institutionId}
        AND refresh_no >= ${refreshNo} AND (refresh_no, round, attempt) > (${refreshNo}, ${round}, ${attempt}))`)

/** The table is empty at first, after a crash of the database, and where a limit was raised. */
const addMissing = (tx: Tx, institutionId: string) =>
  tx.execute(sql`
    INSERT INTO institution_slots (institution_id, slot_no)
    SELECT i.institution_id, n FROM institutions i, generate_series(1, i.concurrency) n
    WHERE i.institution_id = ${institutionId}
    ON CONFLICT DO NOTHING`)
