import { sql } from 'drizzle-orm'

import type { Refusal, Verb } from '../domain/orders.ts'
import { OPEN_STATES, type RefreshState } from '../domain/refresh.ts'
import { writeAudit } from './audit.ts'
import type { Database, Tx, UserId } from './database.ts'
import { toInstant, toInstantOrNull } from './instants.ts'
import { lockBatch } from './locks.ts'
import { conditions, type RefreshFilter } from './operator-refreshes.ts'
import type { OrderPart, Orders } from './orders.ts'

/** What is to be done to all that a filter finds. */
export type BatchWish = { verb: Verb; filter: RefreshFilter; institutionIds: readonly string[] | null }

export type Batch = {
  batchNo: number
  verb: Verb
  institutionIds: string[] | null
  proposedBy: string
  proposedAt: Date
  /** How many refreshes were seen; they and no others are in it. */
  refreshes: number
  begunAt: Date | null
  begunBy: string | null
  why: string | null
  endedAt: Date | null
  done: number
  already: number
  refused: number
  /** How many are still to come. */
  left: number
}

export type Seen = {
  batch: Batch
  /** There are more like these than one batch may hold. */
  areMore: boolean
  sample: { userKey: string; refreshNo: number; state: RefreshState; reason: string; openedAt: Date }[]
}

export type BatchRefusal = 'other_count' | 'too_old'

/** One refresh whose order was given now, so that its run can be told. */
export type Given = { userKey: string; refreshNo: number; outcome: 'done' | 'already' | 'refused' }

export type Slice =
  | { state: 'refused'; because: BatchRefusal }
  | { state: 'run'; batch: Batch; given: Given[]; refusals: Refused[] }

/** Why some were refused, and how many. */
export type Refused = { because: Refusal; refreshes: number }

type RunBy = { by: string; why: string; refreshes: number; place?: string | null }

// A bank that is down keeps everybody waiting; five thousand are five minutes of orders. More is a second batch.
const MOST = 5_000
const SAMPLE = 10
// A call answers within five seconds; an order takes some ten milliseconds.
const SLICE = 200
const SLICE_MS = 5_000
const LISTED = 50

/** Orders for many refreshes: seen first, then exactly those, slice by slice, each in a transaction of its own. */
export function createOperatorBatches(database: Database, orders: Pick<Orders, 'give'>, slice = SLICE) {
  /** Writes down whom it would concern: open refreshes only, the oldest first. Changes none of them. */
  const propose = (wish: BatchWish, by: string): Promise<Seen> =>
    database.asNobody(async (tx) => {
      await forgetOld(tx)
      const [batch] = await tx.execute<{ batchNo: number }>(sql`
        INSERT INTO operator_batches (verb, filter, institution_ids, proposed_by, refreshes)
        VALUES (${wish.verb}, ${JSON.stringify(wish.filter)}::text::jsonb,
          ${wish.institutionIds === null ? null : sql.param([...wish.institutionIds])}::text[], ${by}, 0)
        RETURNING batch_no::float8 AS "batchNo"`)
      const { batchNo } = batch!
      const found = await tx.execute<{ isOver: boolean }>(sql`
        WITH found AS (
          SELECT r.user_id, r.refresh_no, row_number() OVER (ORDER BY r.opened_at, r.user_id) > ${MOST} AS is_over
          FROM refreshes r WHERE r.state IN ${[...OPEN_STATES]} AND ${conditions(wish.filter, null)}
          ORDER BY r.opened_at, r.user_id LIMIT ${MOST + 1}
        ), kept AS (
          INSERT INTO operator_batch_items (user_id, refresh_no, batch_no)
          SELECT user_id, refresh_no, ${batchNo} FROM found WHERE NOT is_over
        )
        SELECT is_over AS "isOver" FROM found`)
      const areMore = found.some(({ isOver }) => isOver)
      await tx.execute(sql`
        UPDATE operator_batches SET refreshes = ${found.length - (areMore ? 1 : 0)} WHERE batch_no = ${batchNo}`)
      return { batch: (await read(tx, batchNo))!, areMore, sample: await readSample(tx, batchNo) }
    })

  /**
   * Carries out a slice of it. Any number may do so at once, and whoever dies has done what stands in the rows: the next
   * call goes on. Nobody goes on by himself: whoever ordered it sees each slice, and may leave it at that. Null: there is
   * no such batch.
   */
  async function run(batchNo: number, { by, why, refreshes, place = null }: RunBy): Promise<Slice | null> {
    const begun = await database.asNobody((tx) => begin(tx, batchNo, { by, why, refreshes, place }))
    if (begun === null || 'because' in begun) return begun
    const order = {
      verb: begun.verb,
      institutionIds: begun.institutionIds,
      by,
      why,
      via: 'operator',
      place,
    } as const
    const given: Given[] = []
    const until = performance.now() + SLICE_MS
    for (const item of await database.asNobody((tx) => openItems(tx, batchNo, slice))) {
      if (performance.now() > until) break
      const part = partOf(batchNo, item, begun.filter)
      const { outcome } = await orders.give(item.userId, item.refreshNo, order, part)
      given.push({ userKey: item.userKey, refreshNo: item.refreshNo, outcome })
    }
    const batch = await database.asNobody((tx) => end(tx, batchNo))
    const refusals = await database.asNobody((tx) => readRefusals(tx, batchNo))
    return { state: 'run', batch, given, refusals }
  }

  /** The last ones, newest first. */
  const list = (): Promise<Batch[]> => database.asNobody((tx) => readBatches(tx, sql`true`))

  return { propose, run, list }
}

export type OperatorBatches = ReturnType<typeof createOperatorBatches>

type Begun = { verb: Verb; institutionIds: string[] | null; filter: RefreshFilter }

/** The first call writes down who ordered it and why; a later one goes on. */
async function begin(
  tx: Tx,
  batchNo: number,
  { by, why, refreshes, place }: RunBy,
): Promise<Begun | Extract<Slice, { state: 'refused' }> | null> {
  if (!(await lockBatch(tx, batchNo))) return null
  const [row] = await tx.execute<Begun & { refreshes: number; isBegun: boolean; isOld: boolean }>(sql`
    SELECT verb, to_json(institution_ids) AS "institutionIds", filter, refreshes, begun_at IS NOT NULL AS "isBegun",
      coalesce(begun_at, proposed_at) < now() - CASE WHEN begun_at IS NULL THEN interval '15 minutes' ELSE interval '1 day' END
        AS "isOld"
    FROM operator_batches WHERE batch_no = ${batchNo}`)
  const { isBegun, isOld, ...begun } = row!
  if (begun.refreshes !== refreshes) return { state: 'refused', because: 'other_count' }
  if (isOld) return { state: 'refused', because: 'too_old' }
  if (isBegun) return begun
  await tx.execute(sql`
    UPDATE operator_batches SET begun_at = now(), begun_by = ${by}, reason = ${why} WHERE batch_no = ${batchNo}`)
  const { verb, institutionIds, filter } = begun
  await writeAudit(tx, null, {
    actor: by,
    action: 'batch.begin',
    reason: why,
    place: place ?? null,
    details: { batchNo, verb, filter, institutionIds, refreshes },
  })
  return begun
}

type Item = { userId: UserId; userKey: string; refreshNo: number }

const openItems = (tx: Tx, batchNo: number, most: number): Promise<Item[]> =>
  tx.execute<Item>(sql`
    SELECT i.user_id::float8 AS "userId", u.user_key AS "userKey", i.refresh_no AS "refreshNo"
    FROM operator_batch_items i JOIN users u USING (user_id)
    WHERE i.batch_no = ${batchNo} AND i.outcome IS NULL ORDER BY i.user_id LIMIT ${most}`)

/** Its own row says whether it was done; the filter is asked again for this one refresh. */
const partOf = (batchNo: number, { userId, refreshNo }: Item, filter: RefreshFilter): OrderPart => ({
  batchNo,
  isOpen: async (tx) => {
    const rows = await tx.execute(sql`
      SELECT FROM operator_batch_items
      WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND batch_no = ${batchNo} AND outcome IS NULL`)
    return rows.length > 0
  },
  isStillMeant: async (tx) => {
    const rows = await tx.execute(sql`
      SELECT FROM refreshes r
      WHERE r.user_id = ${userId} AND r.refresh_no = ${refreshNo} AND ${conditions(filter, null)}`)
    return rows.length > 0
  },
  settle: async (tx, { outcome, because }) => {
    await tx.execute(sql`
      UPDATE operator_batch_items SET outcome = ${outcome}, because = ${because}
      WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND batch_no = ${batchNo}`)
  },
})

/** How it stands after a slice; it has ended once nothing is left. */
async function end(tx: Tx, batchNo: number): Promise<Batch> {
  await tx.execute(sql`
    UPDATE operator_batches b SET ended_at = coalesce(ended_at, now())
    WHERE batch_no = ${batchNo} AND NOT EXISTS (
      SELECT FROM operator_batch_items i WHERE i.batch_no = b.batch_no AND i.outcome IS NULL)`)
  return (await read(tx, batchNo))!
}

const read = async (tx: Tx, batchNo: number): Promise<Batch | null> =>
  (await readBatches(tx, sql`batch_no = ${batchNo}`))[0] ?? null

type Row = Omit<Batch, 'proposedAt' | 'begunAt' | 'endedAt' | 'left'> & {
  proposedAt: string
  begunAt: string | null
  endedAt: string | null
}

const counted = (outcome: string) => sql`(SELECT count(*)::int FROM operator_batch_items i
  WHERE i.batch_no = b.batch_no AND i.outcome = ${outcome})`

async function readBatches(tx: Tx, condition: ReturnType<typeof sql>): Promise<Batch[]> {
  const rows = await tx.execute<Row>(sql`
    SELECT batch_no::float8 AS "batchNo", verb, to_json(institution_ids) AS "institutionIds", proposed_by AS "proposedBy",
      proposed_at AS "proposedAt", refreshes, begun_at AS "begunAt", begun_by AS "begunBy", reason AS why,
      ended_at AS "endedAt", ${counted('done')} AS done, ${counted('already')} AS already, ${counted('refused')} AS refused
    FROM operator_batches b WHERE ${condition} ORDER BY batch_no DESC LIMIT ${LISTED}`)
  return rows.map((row) => ({
    ...row,
    left: row.refreshes - row.done - row.already - row.refused,
    proposedAt: toInstant(row.proposedAt),
    begunAt: toInstantOrNull(row.begunAt),
    endedAt: toInstantOrNull(row.endedAt),
  }))
}

async function readSample(tx: Tx, batchNo: number): Promise<Seen['sample']> {
  const rows = await tx.execute<Omit<Seen['sample'][number], 'openedAt'> & { openedAt: string }>(sql`
    SELECT u.user_key AS "userKey", r.refresh_no AS "refreshNo", r.state, r.reason, r.opened_at AS "openedAt"
    FROM operator_batch_items i JOIN refreshes r USING (user_id, refresh_no) JOIN users u USING (user_id)
    WHERE i.batch_no = ${batchNo} ORDER BY r.opened_at, r.user_id LIMIT ${SAMPLE}`)
  return rows.map((row) => ({ ...row, openedAt: toInstant(row.openedAt) }))
}

const readRefusals = (tx: Tx, batchNo: number): Promise<Refused[]> =>
  tx.execute<Refused>(sql`
    SELECT because, count(*)::int AS refreshes FROM operator_batch_items
    WHERE batch_no = ${batchNo} AND outcome = 'refused' GROUP BY 1 ORDER BY 1`)

/** What was only looked at goes after a day, what was done after a quarter of a year: the audit keeps who and what. */
const forgetOld = (tx: Tx) =>
  tx.execute(sql`
    DELETE FROM operator_batches WHERE batch_no IN (
      SELECT batch_no FROM operator_batches
      WHERE proposed_at < now() - CASE WHEN begun_at IS NULL THEN interval '1 day' ELSE interval '90 days' END
      ORDER BY batch_no LIMIT 20)`)
