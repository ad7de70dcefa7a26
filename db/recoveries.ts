import { sql } from 'drizzle-orm'

import { PURPOSES } from '../domain/consent.ts'
import { FAILURES, type FailureName } from '../domain/failures.ts'
import { nextToWake } from '../domain/recovery-order.ts'
import { type Limits } from '../domain/refresh.ts'
import { writeAudit } from './audit.ts'
import type { Database, Tx, UserId } from './database.ts'
import { toInstant } from './instants.ts'
import { bringForward, bringOneForward } from './locks.ts'

/** Somebody whose last refresh ended without an institution, and as what it was read there. */
export type LeftWithout = {
  userId: UserId
  refreshNo: number
  institutionId: string
  spanMonths: number
  limits: Limits
}

/** What came of one look: how many rows are due now, whom to refresh, and whether there is more to do. */
export type Look = { waiting: number; next: LeftWithout[]; areMore: boolean }

// Whoever looks after an institution has this long before another caretaker does.
const HELD_MS = 30_000
const AT_ONCE = 100
// Rows of one institution that one look makes due: 20 × 500. What is more comes with the next.
const PAGES = 20
const PAGE_ROWS = 500
// A week is the shortest cycle: whoever was left without it longer ago is read anew anyway, or has gone.
const LOOKS_BACK_DAYS = 7
// Whom to choose from; no institution takes more in at a look.
const MOST_CANDIDATES = 500

/** What a recovery mends: what was the institution's own, nobody's, or a turn that never came. A Retry-After stands. */
export const MENDED = (Object.keys(FAILURES) as FailureName[]).filter(
  (name) =>
    name === 'NoTurn' ||
    (['institution', 'nobody'].includes(FAILURES[name].fault) && FAILURES[name].retry !== 'never'),
)

const READ_ON_SCHEDULE = Object.entries(PURPOSES)
  .filter(([, { readAs }]) => readAs.some((apiType) => apiType === 'scheduled'))
  .map(([name]) => name)

/** Across users, on the caretaker's role: who waits for an institution that answers again, or went without it. */
export function createRecoveries(database: Database) {
  /** Institutions whose breaker closed and of whom not everything is looked after; each is one caretaker's for a while. */
  const owed = async (): Promise<string[]> => {
    const rows = await database.asNobody((tx) =>
      tx.execute<{ institutionId: string }>(sql`
        UPDATE breakers SET recover_at = now() + make_interval(secs => ${HELD_MS / 1_000})
        WHERE recover_at <= now() AND state = 'closed'
        RETURNING institution_id AS "institutionId"`),
    )
    return rows.map(({ institutionId }) => institutionId)
  }

  /** One look at one of them: what waits is due, and of those who were left without it the next are named. */
  async function look(institutionId: string): Promise<Look> {
    const waiting = await wake(institutionId)
    return database.asNobody(async (tx) => {
      const candidates = await leftWithout(tx, institutionId)
      const room = await roomAt(tx, institutionId)
      const next = nextToWake(candidates, { permit: 'go', ...room })
      const areMore = waiting > 0 || next.length < candidates.length
      const due = areMore ? sql`now()` : sql`NULL`
      await tx.execute(sql`
        UPDATE breakers SET recover_at = ${due} WHERE institution_id = ${institutionId} AND recover_at IS NOT NULL`)
      return { waiting, next, areMore }
    })
  }

  /** In small transactions that wait for nobody: what somebody holds is found at the next look. */
  async function wake(institutionId: string): Promise<number> {
    let moved = 0
    for (let page = 0; page < PAGES; page += 1) {
      const rows = await database.asNobody((tx) => bringForward(tx, institutionId, MENDED, PAGE_ROWS))
      moved += rows
      if (rows < PAGE_ROWS) break
    }
    if (moved > 0) await database.asNobody((tx) => noteRecovery(tx, institutionId, moved))
    return moved
  }

  /** Where a probe is due and nobody is about to ask by himself, one who waits parked is due now. Answers how many are. */
  async function sendProbes(): Promise<number> {
    const institutions = await database.asNobody((tx) => tx.execute<{ institutionId: string }>(probesDue))
    let sent = 0
    for (const { institutionId } of institutions) {
      if (await database.asNobody((tx) => bringOneForward(tx, institutionId, MENDED))) sent += 1
    }
    return sent
  }

  return { owed, look, sendProbes }
}

export type Recoveries = ReturnType<typeof createRecoveries>

const probesDue = sql`
  SELECT institution_id AS "institutionId" FROM breakers
  WHERE state <> 'closed' AND coalesce(probe_from, now()) <= now() AND coalesce(probe_until, now()) <= now()
  ORDER BY random() LIMIT ${AT_ONCE}`

const noteRecovery = (tx: Tx, institutionId: string, waiting: number): Promise<void> =>
  writeAudit(tx, null, {
    actor: 'the breaker',
    action: 'institution.recovered',
    institutionId,
    reason: 'it answers again',
    details: { waiting, outcome: 'done' },
  })

type Candidate = LeftWithout & { id: string; priority: number; since: number }

/**
 * The last refresh of each ended, and not by anybody's will, without this institution, which it names as missing; the
 * consent is the same and lets us read without being asked, here and wherever else the new refresh would read. Whoever was
 * refreshed for that, or turned out to have nothing to be read, is not here again.
 */
async function leftWithout(tx: Tx, institutionId: string): Promise<Candidate[]> {
  const rows = await tx.execute<LeftWithout & { priority: number; closedAt: string }>(sql`
    SELECT p.user_id::float8 AS "userId", p.refresh_no AS "refreshNo", p.institution_id AS "institutionId",
      p.span_months AS "spanMonths", p.limits, r.priority, r.closed_at AS "closedAt"
    FROM plans p
    JOIN refreshes r USING (user_id, refresh_no)
    JOIN consents own USING (user_id, institution_id, generation)
    WHERE p.institution_id = ${institutionId} AND p.state IN ('failed', 'excused')
      AND p.changed_at > now() - make_interval(days => ${LOOKS_BACK_DAYS + 1})
      AND (p.state = 'excused' OR p.failure = ANY(${sql.param([...MENDED])}::text[]))
      AND r.state IN ('incomplete', 'succeeded')
      AND r.closed_at > now() - make_interval(days => ${LOOKS_BACK_DAYS})
      AND own.ended_at IS NULL AND own.ends_at > now()
      AND NOT EXISTS (SELECT FROM refreshes later
        WHERE later.user_id = p.user_id AND later.refresh_no > p.refresh_no)
      AND NOT EXISTS (SELECT FROM events e WHERE e.user_id = p.user_id
        AND e.idempotency_key = 'recovered/' || p.institution_id || '/' || p.refresh_no)
      AND NOT EXISTS (SELECT FROM consents c WHERE c.user_id = p.user_id AND c.ended_at IS NULL
        AND (NOT c.is_regular OR c.purpose <> ALL (${sql.param(READ_ON_SCHEDULE)}::text[])))
    ORDER BY r.priority, r.closed_at LIMIT ${MOST_CANDIDATES}`)
  return rows.map(({ priority, closedAt, ...row }) => ({
    ...row,
    id: String(row.userId),
    priority,
    since: toInstant(closedAt).getTime(),
  }))
}

/** Who reads it now, and who is about to: of the rest of its slots a recovery takes some. */
async function roomAt(tx: Tx, institutionId: string): Promise<{ concurrency: number; busy: number }> {
  const [row] = await tx.execute<{ concurrency: number; busy: number }>(sql`
    SELECT i.concurrency, ((SELECT count(*) FROM institution_slots s
        WHERE s.institution_id = i.institution_id AND s.holder IS NOT NULL AND s.expires_at > now())
      + (SELECT count(*) FROM refreshes r JOIN plans p USING (user_id, refresh_no)
        WHERE r.run_ended_at IS NULL AND p.institution_id = i.institution_id
          AND (p.state = 'pending' OR (r.state = 'parked' AND p.next_try_at <= now()))))::int AS busy
    FROM institutions i WHERE i.institution_id = ${institutionId}`)
  return row ?? { concurrency: 0, busy: 0 }
}
