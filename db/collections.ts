import { and, eq, isNull, type SQL, sql } from 'drizzle-orm'

import { DomainFailure } from '../domain/failures.ts'
import type { Gap, Mark, Reading, Section } from '../domain/reading.ts'
import { isOpen } from '../domain/refresh.ts'
import type { ReadingRef } from './attempts.ts'
import type { Database, Tx } from './database.ts'
import { applySections, type Changes } from './diff.ts'
import { fromNow } from './instants.ts'
import type { Keys } from './keys.ts'
import { THE_LIST } from './known.ts'
import { shareRefresh, takeNextSeq } from './locks.ts'
import { forgetUnexpected } from './poison.ts'
import { countDeleted } from './revocation-deletion.ts'
import { attempts, collections, watermarks } from './schema/index.ts'
import { slotHolder } from './sealing.ts'
import { giveSlotBack } from './slots.ts'
import { KINDS, type Owner } from './versioned-tables.ts'

export type Applied = { seq: number; outcome: 'changed' | 'unchanged'; gaps: number } & Changes

/** What the attempt that read it knew when it began. */
export type ReadingFacts = {
  attempt: number
  generation: number
  asOf: Date
  calls: number
  /** Until what could not be read is tried again by itself; null: nothing is missing, or waiting mends nothing. */
  nextTryInMs: number | null
}

export function createCollections(database: Database, keys: Keys) {
  /**
   * Applies one reading: all of it or nothing. Throws Superseded if the refresh closed, the consent moved on or the
   * plan row opened another round while it was read. Applied twice, it finds the first time and writes nothing.
   */
  const apply = async (ref: ReadingRef, facts: ReadingFacts, reading: Reading): Promise<Applied> => {
    const sealer = await keys.of(ref.userId)
    return database.asUser(ref.userId, async (tx) => {
      const owner = { userId: ref.userId, institutionId: ref.institutionId, sealer }
      const giveBack = () => giveSlotBack(tx, slotHolder(sealer, ref), { ...ref, attempt: facts.attempt })
      const refresh = await shareRefresh(tx, ref.userId, ref.refreshNo)
      if (!refresh || !isOpen(refresh.state)) throw superseded(ref, 'its refresh was closed')
      const earlier = await sameRound(tx, ref)
      if (earlier) {
        await giveBack()
        await closeAttempt(tx, ref, facts, 'unchanged', NOTHING)
        return { ...earlier, ...NOTHING }
      }
      const next = await takeNextSeq(tx, ref.userId, ref.institutionId, facts.generation)
      if (!next) throw superseded(ref, 'its consent has changed')

      await tx.insert(collections).values({
        userId: ref.userId,
        institutionId: ref.institutionId,
        seq: next.seq,
        generation: facts.generation,
        refreshNo: ref.refreshNo,
        round: ref.round,
        asOf: facts.asOf,
        outcome: 'unchanged',
        gaps: reading.gaps.map((gap) => storedGap(owner, gap)),
      })
      if (next.erasedSeq > 0 && next.seq === next.erasedSeq + 1) await forgetErased(tx, owner, next.erasedSeq)
      const changes = await applySections(tx, owner, next.seq, reading.sections)
      const outcome = changes.introduced + changes.removed > 0 ? 'changed' : 'unchanged'
      await Promise.all([
        giveBack(),
        outcome === 'changed' ? markChanged(tx, ref, next.seq) : null,
        moveMarks(tx, owner, reading.sections),
        forgetUnexpected(tx, ref),
        closeAttempt(tx, ref, facts, outcome, changes),
      ])
      // Last, and only in this round: a join meanwhile opened the next one, and what was read here no longer counts.
      // Not among the others: a try that begins takes the attempts before the plan row, and so must this.
      const isOurs = await markCollected(tx, ref, next.seq, facts.nextTryInMs)
      if (!isOurs) throw superseded(ref, 'its plan row has moved on')
      return { seq: next.seq, outcome, gaps: reading.gaps.length, ...changes }
    })
  }

  return { apply }
}

export type Collections = ReturnType<typeof createCollections>

const NOTHING: Changes = { introduced: 0, removed: 0 }

const superseded = ({ institutionId, refreshNo, round }: ReadingRef, why: string): DomainFailure =>
  new DomainFailure(
    'Superseded',
    `${institutionId} was read for refresh ${refreshNo}, round ${round}, but ${why}`,
  )

const storedGap = ({ sealer, userId, institutionId }: Owner, { asset, api, failure }: Gap) => ({
  accountKey: asset === null ? null : sealer.naturalKey(asset, userId, institutionId),
  api,
  failure,
})

/** Within one round there is one collection (a unique index sees to it); whoever comes second finds it. */
async function sameRound(tx: Tx, ref: ReadingRef) {
  const [row] = await tx
    .select({ seq: collections.seq, outcome: collections.outcome, gaps: collections.gaps })
    .from(collections)
    .where(
      and(
        eq(collections.userId, ref.userId),
        eq(collections.institutionId, ref.institutionId),
        eq(collections.refreshNo, ref.refreshNo),
        eq(collections.round, ref.round),
      ),
    )
  return (
    row && {
      seq: row.seq,
      outcome: row.outcome as Applied['outcome'],
      gaps: (row.gaps as unknown[]).length,
    }
  )
}

/** Marks move with the rows they speak of, or not at all. Unmoved ones are not written again. */
async function moveMarks(
  tx: Tx,
  { userId, institutionId, sealer }: Owner,
  sections: readonly Section[],
): Promise<void> {
  if (sections.length === 0) return
  const marks = sections.map(({ mark }) => mark)
  const asset = (mark: Mark) =>
    mark.asset === null ? THE_LIST : sealer.naturalKey(mark.asset, userId, institutionId)
  await tx.execute(sql`
    INSERT INTO ${watermarks} AS stored (user_id, institution_id, asset, api, search_timestamp, read_until)
    SELECT DISTINCT ON (asset, api) ${userId}, ${institutionId}, asset, api, search_timestamp, read_until
    FROM unnest(${sql.param(marks.map(asset))}::text[], ${sql.param(marks.map(({ api }) => api))}::text[],
      ${sql.param(marks.map(({ searchTimestamp }) => searchTimestamp))}::text[],
      ${sql.param(marks.map(({ readUntil }) => readUntil))}::text[]::date[])
      AS moved (asset, api, search_timestamp, read_until)
    WHERE NOT EXISTS (SELECT FROM watermarks w WHERE w.user_id = ${userId} AND w.institution_id = ${institutionId}
      AND w.asset = moved.asset AND w.api = moved.api
      AND w.search_timestamp IS NOT DISTINCT FROM moved.search_timestamp
      AND w.read_until IS NOT DISTINCT FROM moved.read_until)
    ON CONFLICT (user_id, institution_id, asset, api)
      DO UPDATE SET search_timestamp = excluded.search_timestamp, read_until = excluded.read_until`)
}

/**
 * Before the first collection since an erasure: what was erased is never compared with, or an equal row of before would
 * be kept as unchanged; and no mark of before is left for an asset that this collection does not bring.
 */
async function forgetErased(tx: Tx, { userId, institutionId }: Owner, erasedSeq: number): Promise<void> {
  const erased = sql`user_id = ${userId} AND institution_id = ${institutionId} AND introduced_seq <= ${erasedSeq}`
  // Before the bookings they belong to: a booking that is gone needs no category.
  const categories = await rowsOf(
    tx,
    sql`DELETE FROM classifications
      WHERE user_id = ${userId} AND transaction_id IN (SELECT id FROM transactions WHERE ${erased})`,
  )
  const counts: Record<string, number> = { classifications: categories }
  for (const kind of KINDS) {
    counts[kind] = await rowsOf(tx, sql`DELETE FROM ${sql.identifier(kind)} WHERE ${erased}`)
  }
  counts['watermarks'] = await rowsOf(
    tx,
    sql`DELETE FROM ${watermarks} WHERE user_id = ${userId} AND institution_id = ${institutionId}`,
  )
  await countDeleted(tx, userId, institutionId, counts)
}

/** How many rows a statement took away; a year of them is counted there, not sent here. */
async function rowsOf(tx: Tx, deletion: SQL): Promise<number> {
  const [row] = await tx.execute<{ rows: number }>(sql`
    WITH gone AS (${deletion} RETURNING 1) SELECT count(*)::int AS rows FROM gone`)
  return row!.rows
}

const markChanged = (tx: Tx, { userId, institutionId }: ReadingRef, seq: number) =>
  tx
    .update(collections)
    .set({ outcome: 'changed' })
    .where(
      and(
        eq(collections.userId, userId),
        eq(collections.institutionId, institutionId),
        eq(collections.seq, seq),
      ),
    )

const closeAttempt = (
  tx: Tx,
  ref: ReadingRef,
  { attempt, calls }: ReadingFacts,
  outcome: 'changed' | 'unchanged',
  { introduced, removed }: Changes,
) =>
  tx
    .update(attempts)
    .set({ endedAt: sql`now()`, outcome, calls, rows: introduced + removed })
    .where(
      and(
        eq(attempts.userId, ref.userId),
        eq(attempts.refreshNo, ref.refreshNo),
        eq(attempts.institutionId, ref.institutionId),
        eq(attempts.round, ref.round),
        eq(attempts.attempt, attempt),
        isNull(attempts.endedAt),
      ),
    )

async function markCollected(
  tx: Tx,
  ref: ReadingRef,
  seq: number,
  nextTryInMs: number | null,
): Promise<boolean> {
  const rows = await tx.execute(sql`
    UPDATE plans SET state = 'collected', seq = ${seq}, failure = NULL, unseen = false, changed_at = now(),
      next_try_at = ${fromNow(nextTryInMs)}, waits = ${nextTryInMs === null ? sql`0` : sql`waits + 1`}
    WHERE user_id = ${ref.userId} AND refresh_no = ${ref.refreshNo} AND institution_id = ${ref.institutionId}
      AND round = ${ref.round} AND state = 'collecting'
    RETURNING 1`)
  return rows.length > 0
}
