import { sql } from 'drizzle-orm'

import type { Tx } from './database.ts'

/** A timestamptz as plain statements give it ('2026-11-22 08:30:00.123+00'; sessions speak UTC). */
export const toInstant = (text: string): Date => new Date(`${text.replace(' ', 'T')}:00`)

export const toInstantOrNull = (text: string | null): Date | null => (text === null ? null : toInstant(text))

/** An instant as a parameter of a plain statement. */
export const instantText = (instant: Date): string => instant.toISOString()

/** What the database's clock says now, to the millisecond that our instants keep. Ours is never asked. */
export async function databaseNow(tx: Tx): Promise<Date> {
  const [row] = await tx.execute<{ now: string }>(sql`SELECT clock_timestamp()::timestamptz(3) AS now`)
  return toInstant(row!.now)
}

/** An instant of the database's own clock, so many ms from now; NULL for null. */
export const fromNow = (ms: number | null) =>
  ms === null ? sql`NULL` : sql`now() + make_interval(secs => ${ms / 1000})`
