import { sql } from 'drizzle-orm'

import { writeAudit } from './audit.ts'
import type { Database, UserId } from './database.ts'

/** A revocation that the caretaker looks at, by the names the engine knows. */
export type WatchedRevocation = { userId: UserId; userKey: string; revocationNo: number; workflowId: string }

/** Who stopped its run, as far as the engine says. */
type Word = { by: string | null; why: string | null } | null

// Each is a call to the engine; what lives long and well must not keep the others from being looked at.
const AT_ONCE = 100

/** The caretaker's view of revocations across users: heads only. What has stalled waits for an operator, and for nobody else. */
export function createRevocationCaretaking(database: Database) {
  /** The fence stands, but no run has begun what follows: whoever should have started one died, or the engine was away. */
  const unbegun = (olderThanMs: number): Promise<WatchedRevocation[]> =>
    watched(sql`r.state = 'requested' AND r.requested_at < now() - ${ms(olderThanMs)}`)

  /** Begun and not done: the engine may know better. */
  const underWay = (olderThanMs: number): Promise<WatchedRevocation[]> =>
    watched(sql`r.state = 'running' AND r.begun_at < now() - ${ms(olderThanMs)}`)

  /** Its run is over and it is not done. Said of it, and in the audit who did it; a run that begins it again takes it back. */
  const stall = (
    { userId, revocationNo }: WatchedRevocation,
    because: string,
    word: Word,
  ): Promise<boolean> =>
    database.asNobody(async (tx) => {
      const stalled = await tx.execute(sql`
        UPDATE revocations SET stalled_at = now(), stalled_because = ${because}
        WHERE user_id = ${userId} AND revocation_no = ${revocationNo} AND state <> 'done' AND stalled_at IS NULL
        RETURNING 1`)
      if (stalled.length === 0) return false
      await writeAudit(tx, userId, {
        actor: word?.by ?? 'caretaker',
        action: 'revocation.stalled',
        reason: word?.why ?? because,
        details: { revocationNo, because, via: word ? 'engine' : 'caretaker' },
      })
      return true
    })

  const watched = (condition: ReturnType<typeof sql>): Promise<WatchedRevocation[]> =>
    database.asNobody((tx) =>
      tx.execute<WatchedRevocation>(sql`
        SELECT r.user_id::float8 AS "userId", u.user_key AS "userKey", r.revocation_no AS "revocationNo",
          r.workflow_id AS "workflowId"
        FROM revocations r JOIN users u USING (user_id)
        WHERE r.state <> 'done' AND r.stalled_at IS NULL AND ${condition}
        ORDER BY random() LIMIT ${AT_ONCE}`),
    )

  return { unbegun, underWay, stall }
}

export type RevocationCaretaking = ReturnType<typeof createRevocationCaretaking>

const ms = (milliseconds: number) => sql`make_interval(secs => ${milliseconds / 1000})`
