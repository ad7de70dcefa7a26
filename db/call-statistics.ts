import { sql } from 'drizzle-orm'

import { BUCKET_COUNT, type CallStatistics, type EndedCall, tallied } from '../domain/call-statistics.ts'
import { FAILURES } from '../domain/failures.ts'
import type { Database } from './database.ts'
import { toInstant } from './instants.ts'

/** The calls of one institution in one step of time, from `at` on. */
export type CountedCalls = CallStatistics & { institutionId: string; at: Date }

export type Wanted = {
  /** Null: of all institutions. */
  institutionId: string | null
  sinceMs: number
  /** Whole minutes. */
  stepMs: number
}

// A thousand institutions in thirty steps, or one in a day of minutes: some 10 MB, and a second of the database.
const MOST_ROWS = 30_000
// Some 250 bytes a row: deleted in half a second, so that nobody waits long for a connection.
const FORGOTTEN_AT_ONCE = 10_000

/** How calls to institutions ended, in the minutes in which their readings did; of all users together. */
export function createCallStatistics(database: Database) {
  /**
   * Adds the calls of one reading: one statement, whatever their number. Its commit is not flushed: nobody waits for a
   * disk, and the minute's row is held for no longer than it takes; a crash of the database may lose the last half second.
   */
  async function note(institutionId: string, ended: readonly EndedCall[]): Promise<void> {
    if (ended.length === 0) return
    const { calls, failures, latency } = tallied(ended)
    await database.asNobody((tx) =>
      tx.execute(sql`
        WITH unflushed AS (SELECT set_config('synchronous_commit', 'off', true))
        INSERT INTO institution_minutes AS known (institution_id, minute, calls, failures, latency)
        SELECT ${institutionId}, date_trunc('minute', now()), ${calls}::int, ${JSON.stringify(failures)}::text::jsonb,
          ${sql.param(latency.map(String))}::text[]::int[] FROM unflushed
        ON CONFLICT (institution_id, minute) DO UPDATE SET
          calls = known.calls + excluded.calls,
          latency = ARRAY(
            SELECT a + b FROM unnest(known.latency, excluded.latency) WITH ORDINALITY AS both_of (a, b, at) ORDER BY at),
          failures = known.failures || (
            SELECT coalesce(jsonb_object_agg(name, count::int + coalesce((known.failures ->> name)::int, 0)), '{}')
            FROM jsonb_each_text(excluded.failures) AS added (name, count))`),
    )
  }

  /** What was counted, step by step, the oldest first, and what the time is. Steps without calls are left out. */
  const look = ({
    institutionId,
    sinceMs,
    stepMs,
  }: Wanted): Promise<{ now: Date; counted: CountedCalls[] }> =>
    database.asNobody(async (tx) => {
      const [clock] = await tx.execute<{ now: string }>(sql`SELECT now()::timestamptz(3) AS now`)
      const rows = await tx.execute<Row>(sql`
        SELECT institution_id AS "institutionId",
          date_bin(make_interval(secs => ${stepMs / 1000}), minute, 'epoch')::timestamptz(0) AS at,
          sum(calls)::float8 AS calls, ${SUMS}
        FROM institution_minutes
        WHERE minute > now() - make_interval(secs => ${sinceMs / 1000})
          AND (${institutionId}::text IS NULL OR institution_id = ${institutionId})
        GROUP BY 1, 2 ORDER BY 2, 1 LIMIT ${MOST_ROWS}`)
      return { now: toInstant(clock!.now), counted: rows.map((row) => ({ ...row, at: toInstant(row.at) })) }
    })

  /** Takes away minutes that are older, so many at once; answers how many. */
  const forget = (olderThanMs: number): Promise<number> =>
    database.asNobody(async (tx) => {
      const rows = await tx.execute(sql`
        DELETE FROM institution_minutes WHERE (institution_id, minute) IN (
          SELECT institution_id, minute FROM institution_minutes
          WHERE minute < now() - make_interval(secs => ${olderThanMs / 1000}) ORDER BY minute LIMIT ${FORGOTTEN_AT_ONCE})
        RETURNING 1`)
      return rows.length
    })

  return { note, look, forget }
}

export type CallCounts = ReturnType<typeof createCallStatistics>

type Row = Omit<CountedCalls, 'at'> & { at: string }

/** Sums of every bucket and of every failure there is, each by its place: names and numbers of ours, nothing given. */
const SUMS = sql.raw(`
  json_build_array(${Array.from({ length: BUCKET_COUNT }, (_, at) => `sum(latency[${at + 1}])`).join(', ')}) AS latency,
  json_strip_nulls(json_build_object(${Object.keys(FAILURES)
    .map((name) => `'${name}', sum((failures ->> '${name}')::int)`)
    .join(', ')})) AS failures`)
