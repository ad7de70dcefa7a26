import { sql } from 'drizzle-orm'

import type { FailureName } from '../domain/failures.ts'
import {
  heldAt,
  type InstitutionOrder,
  type InstitutionRefusal,
  type InstitutionSettings,
  obeyed,
} from '../domain/institution-settings.ts'
import { writeAudit } from './audit.ts'
import type { Database, Tx } from './database.ts'
import { databaseNow } from './instants.ts'
import { pageByPage } from './institution-orders.ts'
import { readSettings, SETTINGS_COLUMNS, settingsOf, type SettingsRow } from './institution-settings.ts'
import { bringOursForward, lockInstitution } from './locks.ts'

export type InstitutionHead = InstitutionSettings & {
  institutionId: string
  industry: string
  name: string
  /** How many readings are under way, by all workers together. */
  reading: number
}

/** What came of it. `waiting`: how many readings that waited are due sooner than they were. */
export type InstitutionSaid = {
  outcome: 'done' | 'already' | 'refused'
  because: InstitutionRefusal | null
  before: InstitutionSettings
  after: InstitutionSettings
  waiting: number
}

type Saying = { by: string; why: string; place?: string | null }

/** What operators have said of institutions, and saying it. */
export function createOperatorInstitutions(database: Database) {
  /** In the order of their codes, after the last one of a page; with the clock by which pauses and windows are judged. */
  const list = (
    limit: number,
    after: string | null,
  ): Promise<{ now: Date; institutions: InstitutionHead[] }> =>
    database.asNobody(async (tx) => {
      const rows = await tx.execute<SettingsRow & Omit<InstitutionHead, keyof InstitutionSettings>>(sql`
        SELECT institution_id AS "institutionId", industry, name, ${SETTINGS_COLUMNS},
          (SELECT count(*)::int FROM institution_slots s WHERE s.institution_id = i.institution_id
            AND s.holder IS NOT NULL AND s.expires_at > now()) AS reading
        FROM institutions i WHERE institution_id > ${after ?? ''} ORDER BY institution_id LIMIT ${limit}`)
      const institutions = rows.map((row) => {
        const { institutionId, industry, name, reading } = row
        return { institutionId, industry, name, reading, ...settingsOf(row) }
      })
      return { now: await databaseNow(tx), institutions }
    })

  /**
   * Says something of one: how it stands changes in one transaction with who, why, before and after; then what waits for
   * what was said before is due when it may be read. Said again it changes nothing, and wakes whom a death in between had
   * left. Null: there is no such institution.
   */
  async function say(
    institutionId: string,
    order: InstitutionOrder,
    saying: Saying,
  ): Promise<InstitutionSaid | null> {
    const said = await database.asNobody((tx) => change(tx, institutionId, order, saying))
    if (!said) return null
    const { now, ...answer } = said
    const due = answer.outcome === 'refused' ? null : whoIsDue(order, answer.after, now)
    const waiting = due
      ? await pageByPage(database, (tx, atOnce) => bringOursForward(tx, institutionId, { ...due, atOnce }))
      : 0
    return { ...answer, waiting }
  }

  return { list, say }
}

export type OperatorInstitutions = ReturnType<typeof createOperatorInstitutions>

async function change(
  tx: Tx,
  institutionId: string,
  order: InstitutionOrder,
  { by, why, place = null }: Saying,
) {
  if (!(await lockInstitution(tx, institutionId))) return null
  const [before, now] = await Promise.all([readSettings(tx, institutionId), databaseNow(tx)])
  const { outcome, because, after } = obeyed(before!, order, now)
  if (outcome === 'done') await write(tx, institutionId, after)
  await writeAudit(tx, null, {
    actor: by,
    action: `institution.${order.verb}`,
    institutionId,
    reason: why,
    place,
    details: { outcome, because, before, after },
  })
  return { outcome, because, before: before!, after, now }
}

const write = (tx: Tx, institutionId: string, after: InstitutionSettings) =>
  tx.execute(sql`
    UPDATE institutions SET state = ${after.state}, concurrency = ${after.concurrency},
      paused_until = ${after.pausedUntil?.toISOString() ?? null}::timestamptz,
      windows = ${JSON.stringify(after.windows)}::text::jsonb, call_ms = ${after.callMs}::int,
      attempt_ms = ${after.attemptMs}::int, updated_at = now()
    WHERE institution_id = ${institutionId}`)

/** Whom an order concerns that waits already, and from when on they may be read. */
function whoIsDue(
  { verb }: InstitutionOrder,
  after: InstitutionSettings,
  now: Date,
): { failure: FailureName; dueAt: Date } | null {
  if (verb === 'limits' || verb === 'timeouts') return null
  const failure = verb === 'windows' ? 'InstitutionInMaintenance' : 'InstitutionPaused'
  const held = heldAt(after, now)
  if (held === null) return { failure, dueAt: now }
  return held.until === null ? null : { failure, dueAt: held.until }
}
