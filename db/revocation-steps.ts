import { sql } from 'drizzle-orm'

import type { FailureName } from '../domain/failures.ts'
import type { InstitutionAnswer, RevocationState } from '../domain/revocation.ts'
import { writeAudit } from './audit.ts'
import type { Database, Tx, UserId } from './database.ts'
import { toInstant } from './instants.ts'
import type { Keys } from './keys.ts'
import { announceStop } from './notices.ts'
import { openCredential } from './sealed-credentials.ts'
import type { Sealer } from './sealing.ts'

export type BegunRevocation = { state: 'done' } | { state: 'open'; requestedAt: Date; now: Date }

/** Whom to tell, and by which tokens; those of another version than was told of are told of as well. */
export type ToTell = {
  institution: { institutionId: string; name: string; baseUrl: string }
  tokens: string[]
  version: TokenVersion
  tries: number
}

type TokenVersion = { generation: number | null; version: number | null }

/** What the story of a revocation does to its row, besides deleting, showing and the receipt. All of it repeatable. */
export function createRevocationSteps(database: Database, keys: Keys) {
  /** The story begins, or goes on after somebody had stopped it. Whoever still calls the institution is told once more. */
  const begin = (userId: UserId, revocationNo: number): Promise<BegunRevocation> =>
    database.asUser(userId, async (tx) => {
      const [row] = await tx.execute<{
        institutionId: string
        state: RevocationState
        requestedAt: string
        now: string
      }>(sql`
        UPDATE revocations SET state = CASE state WHEN 'requested' THEN 'running' ELSE state END,
          begun_at = coalesce(begun_at, now()), stalled_at = NULL, stalled_because = NULL
        WHERE ${ofRevocation(userId, revocationNo)}
        RETURNING institution_id AS "institutionId", state, requested_at AS "requestedAt", now() AS now`)
      if (!row || row.state === 'done') return { state: 'done' }
      await announceStop(tx, { userId, institutionId: row.institutionId })
      return { state: 'open', requestedAt: toInstant(row.requestedAt), now: toInstant(row.now) }
    })

  /** Null: it has been told, or there is nothing to tell, which is an answer, too. */
  const toTell = (userId: UserId, revocationNo: number): Promise<ToTell | null> =>
    database.asUser(userId, async (tx) => {
      const row = await readHeld(tx, userId, revocationNo)
      if (!row || row.answer !== null) return null
      const version = { generation: row.generation, version: row.version }
      const tokens = row.accessToken ? openTokens(await keys.within(tx, userId), userId, row) : []
      if (tokens.length === 0) {
        await answered(tx, userId, revocationNo, version, 'nothing_to_revoke')
        return null
      }
      const { institutionId, name, baseUrl, tries } = row
      return { institution: { institutionId, name, baseUrl }, tokens, version, tries }
    })

  /** False: other tokens have come meanwhile, and the institution has not heard of those. */
  const told = (
    userId: UserId,
    revocationNo: number,
    version: TokenVersion,
    answer: InstitutionAnswer,
  ): Promise<boolean> => database.asUser(userId, (tx) => answered(tx, userId, revocationNo, version, answer))

  const notTold = (userId: UserId, revocationNo: number, failure: FailureName): Promise<void> =>
    database.asUser(userId, async (tx) => {
      await tx.execute(sql`
        UPDATE revocations SET institution_tries = institution_tries + 1, institution_failure = ${failure}
        WHERE ${ofRevocation(userId, revocationNo)} AND institution_answer IS NULL`)
    })

  /** Its time limit has passed: the tokens go, and a person has to see to it. */
  const giveUpTelling = (userId: UserId, revocationNo: number): Promise<void> =>
    database.asUser(userId, async (tx) => {
      const [row] = await tx.execute<{ institutionId: string; failure: string | null; tries: number }>(sql`
        UPDATE revocations SET institution_answer = 'unconfirmed', ${TOLD}
        WHERE ${ofRevocation(userId, revocationNo)} AND institution_answer IS NULL
        RETURNING institution_id AS "institutionId", institution_failure AS failure, institution_tries AS tries`)
      if (!row) return
      await writeAudit(tx, userId, {
        actor: 'worker',
        action: 'consent.unconfirmed',
        institutionId: row.institutionId,
        reason: row.failure,
        details: { revocationNo, tries: row.tries },
      })
    })

  return { begin, toTell, told, notTold, giveUpTelling }
}

export type RevocationSteps = ReturnType<typeof createRevocationSteps>

export const ofRevocation = (userId: UserId, revocationNo: number) =>
  sql`user_id = ${userId} AND revocation_no = ${revocationNo}`

/** A token is kept no longer than it is needed to be ended. */
const TOLD = sql`institution_answered_at = now(), access_token_sealed = NULL, refresh_token_sealed = NULL`

async function answered(
  tx: Tx,
  userId: UserId,
  revocationNo: number,
  { generation, version }: TokenVersion,
  answer: InstitutionAnswer,
): Promise<boolean> {
  const rows = await tx.execute(sql`
    UPDATE revocations SET institution_answer = ${answer}, ${TOLD}, institution_failure = NULL,
      institution_tries = institution_tries + CASE WHEN access_token_sealed IS NULL THEN 0 ELSE 1 END
    WHERE ${ofRevocation(userId, revocationNo)} AND institution_answer IS NULL
      AND (tokens_generation, tokens_version) IS NOT DISTINCT FROM (${generation}::int, ${version}::int)
    RETURNING 1`)
  return rows.length > 0
}

type Held = {
  institutionId: string
  name: string
  baseUrl: string
  answer: InstitutionAnswer | null
  generation: number | null
  version: number | null
  accessToken: Buffer | null
  refreshToken: Buffer | null
  tries: number
}

async function readHeld(tx: Tx, userId: UserId, revocationNo: number): Promise<Held | null> {
  const [row] = await tx.execute<Held>(sql`
    SELECT institution_id AS "institutionId", i.name, i.base_url AS "baseUrl", r.institution_answer AS answer,
      r.tokens_generation AS generation, r.tokens_version AS version, r.access_token_sealed AS "accessToken",
      r.refresh_token_sealed AS "refreshToken", r.institution_tries AS tries
    FROM revocations r JOIN institutions i USING (institution_id)
    WHERE ${ofRevocation(userId, revocationNo)}`)
  return row ?? null
}

/** The one that lives longest first: where an institution ends everything with it, the other is unknown afterwards. */
function openTokens(sealer: Sealer, userId: UserId, held: Held): string[] {
  const { institutionId, generation, version, accessToken, refreshToken } = held
  if (generation === null || version === null) return []
  const place = { userId, institutionId, generation, version }
  const open = (sealed: Buffer | null, column: 'refresh_token' | 'access_token') =>
    sealed ? [openCredential(sealer, place, column, sealed)] : []
  return [...open(refreshToken, 'refresh_token'), ...open(accessToken, 'access_token')]
}
