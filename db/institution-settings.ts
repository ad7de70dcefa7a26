import { sql } from 'drizzle-orm'

import { type Held, heldAt, type InstitutionSettings } from '../domain/institution-settings.ts'
import { inOrder, type Windows } from '../domain/windows.ts'
import type { Tx } from './database.ts'
import { toInstant } from './instants.ts'

/** As a plain statement gives it: instants are texts, and so are those within the windows. */
export type SettingsRow = Omit<InstitutionSettings, 'pausedUntil' | 'windows'> & {
  pausedUntil: string | null
  windows: { hours: Windows['hours']; maintenance: { from: string; to: string; text: string }[] }
}

export const SETTINGS_COLUMNS = sql`state, paused_until AS "pausedUntil", concurrency, windows, call_ms AS "callMs",
  attempt_ms AS "attemptMs"`

export const settingsOf = ({
  state,
  pausedUntil,
  concurrency,
  windows,
  callMs,
  attemptMs,
}: SettingsRow): InstitutionSettings => ({
  state,
  pausedUntil: pausedUntil === null ? null : isoOrPlain(pausedUntil),
  concurrency,
  windows: inOrder({
    hours: windows.hours,
    maintenance: windows.maintenance.map(({ from, to, text }) => ({
      from: new Date(from),
      to: new Date(to),
      text,
    })),
  }),
  callMs,
  attemptMs,
})

/** Within a document an instant is ISO 8601; in a plain statement it is not. */
const isoOrPlain = (text: string): Date => (text.includes('T') ? new Date(text) : toInstant(text))

/** What operators have said of an institution, as it stands now. Null: there is no such institution. */
export async function readSettings(tx: Tx, institutionId: string): Promise<InstitutionSettings | null> {
  const [row] = await tx.execute<SettingsRow>(
    sql`SELECT ${SETTINGS_COLUMNS} FROM institutions WHERE institution_id = ${institutionId}`,
  )
  return row ? settingsOf(row) : null
}

/** What holds readings back now, by institution; those that nothing holds are left out. */
export async function readHeld(tx: Tx): Promise<ReadonlyMap<string, Held>> {
  const rows = await tx.execute<SettingsRow & { institutionId: string; now: string }>(
    sql`SELECT institution_id AS "institutionId", now() AS now, ${SETTINGS_COLUMNS} FROM institutions`,
  )
  const held = rows.map((row) => [row.institutionId, heldAt(settingsOf(row), toInstant(row.now))] as const)
  return new Map(held.flatMap(([id, one]) => (one ? [[id, one]] : [])))
}
