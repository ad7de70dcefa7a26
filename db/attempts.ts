import { and, eq, isNull, sql } from 'drizzle-orm'

import { DomainFailure, type FailureName } from '../domain/failures.ts'
import type { ApiType, KnownAccount, Mark } from '../domain/reading.ts'
import { isOpen, type Limits } from '../domain/refresh.ts'
import type { Database, Tx, UserId } from './database.ts'
import { databaseNow } from './instants.ts'
import { readKnown } from './known.ts'
import { lockConsent, shareRefresh } from './locks.ts'
import { attempts, credentials, institutions, plans, userInstitutions } from './schema/index.ts'
import type { Sealer } from './sealing.ts'

/** Which reading: one institution of one refresh, in one round. The engine's own ids and counts play no part. */
export type ReadingRef = { userId: UserId; refreshNo: number; institutionId: string; round: number }

/** All that a reading needs to know before its first call. */
export type Attempt = {
  attempt: number
  generation: number
  /** The database's clock before the first call. */
  asOf: Date
  institution: {
    institutionId: string
    industry: string
    name: string
    baseUrl: string
    connector: string | null
  }
  accessToken: string
  apiType: ApiType
  spanMonths: number
  limits: Limits
  known: { accounts: KnownAccount[]; marks: Mark[] }
}

export type AttemptEnd = { outcome: 'failed' | 'stopped'; failure: FailureName | null; calls: number }

export function createAttempts(database: Database, sealer: Sealer) {
  /**
   * Begins a try, closing what a dead worker left open. 'done': this round has been collected already.
   * Throws Superseded if the refresh is closed, the consent has ended, or the row has moved to another round.
   */
  const begin = (ref: ReadingRef): Promise<Attempt | 'done'> =>
    database.asUser(ref.userId, async (tx) => {
      const [refresh, target, asOf] = await Promise.all([
        shareRefresh(tx, ref.userId, ref.refreshNo),
        readTarget(tx, ref),
        databaseNow(tx),
      ])
      if (!refresh || !isOpen(refresh.state)) throw superseded(ref, 'its refresh is closed')
      if (!target || target.consentState === 'ended') throw superseded(ref, 'its consent has ended')
      if (target.round === ref.round && target.planState === 'collected') return 'done'
      if (!target.accessTokenSealed) {
        throw new DomainFailure('CredentialsRejected', `no token is held for ${ref.institutionId}`)
      }
      const [attempt, known, isOurs] = await Promise.all([
        openAttempt(tx, ref, asOf),
        readKnown(tx, sealer, ref.userId, ref.institutionId),
        markCollecting(tx, ref),
      ])
      if (!isOurs) throw superseded(ref, 'its plan row has moved on')
      const belonging = { userId: ref.userId, institutionId: ref.institutionId, column: 'access_token' }
      return {
        attempt,
        generation: target.generation,
        asOf,
        institution: target.institution,
        accessToken: sealer.open(target.accessTokenSealed, belonging),
        apiType: target.apiType as ApiType,
        spanMonths: target.spanMonths,
        limits: target.limits as Limits,
        known,
      }
    })

  /** Whether a call may still be made: the refresh open, the consent the same, the row still ours. */
  const isStillWanted = (ref: ReadingRef, generation: number): Promise<boolean> =>
    database.asUser(ref.userId, async (tx) => {
      const rows = await tx.execute(sql`
        SELECT FROM refreshes r
        JOIN plans p USING (user_id, refresh_no)
        JOIN user_institutions ui USING (user_id, institution_id)
        WHERE r.user_id = ${ref.userId} AND r.refresh_no = ${ref.refreshNo}
          AND p.institution_id = ${ref.institutionId} AND p.round = ${ref.round} AND p.state = 'collecting'
          AND ui.generation = ${generation} AND ui.consent_state <> 'ended'
          AND r.state IN ('requested', 'running', 'parked')`)
      return rows.length > 0
    })

  /** Closes a try that brought nothing. The plan row is settled by the story, once no further try is due. */
  const end = (ref: ReadingRef, attempt: number, { outcome, failure, calls }: AttemptEnd): Promise<void> =>
    database.asUser(ref.userId, async (tx) => {
      await tx
        .update(attempts)
        .set({ endedAt: sql`now()`, outcome, failure, calls, rows: 0 })
        .where(and(thisAttempt(ref, attempt), isNull(attempts.endedAt)))
    })

  /**
   * Settles a plan row whose reading has failed for good, if it is still this round's. What only the user can mend is
   * said of the consent, so that nobody waits for it.
   */
  const fail = (ref: ReadingRef, failure: FailureName, nextTryAt: Date | null): Promise<boolean> =>
    database.asUser(ref.userId, async (tx) => {
      const refresh = await shareRefresh(tx, ref.userId, ref.refreshNo)
      if (!refresh || !isOpen(refresh.state)) return false
      const consent = await lockConsent(tx, ref.userId, ref.institutionId)
      if (!consent) return false
      const settled = await tx.execute(sql`
        UPDATE plans SET state = 'failed', failure = ${failure}, next_try_at = ${nextTryAt?.toISOString() ?? null},
          unseen = false, changed_at = now()
        WHERE user_id = ${ref.userId} AND refresh_no = ${ref.refreshNo} AND institution_id = ${ref.institutionId}
          AND round = ${ref.round} AND generation = ${consent.generation} AND state IN ('pending', 'collecting')
        RETURNING 1`)
      if (settled.length === 0) return false
      if (failure === 'CredentialsRejected' || failure === 'ConsentEnded') await needsUser(tx, ref)
      return true
    })

  return { begin, isStillWanted, end, fail }
}

export type Attempts = ReturnType<typeof createAttempts>

const superseded = ({ institutionId, refreshNo, round }: ReadingRef, why: string): DomainFailure =>
  new DomainFailure(
    'Superseded',
    `the reading of ${institutionId} (refresh ${refreshNo}, round ${round}) ends: ${why}`,
  )

async function readTarget(tx: Tx, { userId, refreshNo, institutionId }: ReadingRef) {
  const [row] = await tx
    .select({
      generation: userInstitutions.generation,
      consentState: userInstitutions.consentState,
      institution: {
        institutionId: institutions.institutionId,
        industry: institutions.industry,
        name: institutions.name,
        baseUrl: institutions.baseUrl,
        connector: institutions.connector,
      },
      accessTokenSealed: credentials.accessTokenSealed,
      round: plans.round,
      planState: plans.state,
      apiType: plans.apiType,
      spanMonths: plans.spanMonths,
      limits: plans.limits,
    })
    .from(plans)
    .innerJoin(
      userInstitutions,
      and(eq(userInstitutions.userId, plans.userId), eq(userInstitutions.institutionId, plans.institutionId)),
    )
    .innerJoin(institutions, eq(institutions.institutionId, plans.institutionId))
    .leftJoin(
      credentials,
      and(eq(credentials.userId, plans.userId), eq(credentials.institutionId, plans.institutionId)),
    )
    .where(
      and(eq(plans.userId, userId), eq(plans.refreshNo, refreshNo), eq(plans.institutionId, institutionId)),
    )
  return row
}

/** Numbers the try, and closes what a worker that died left open. */
async function openAttempt(tx: Tx, ref: ReadingRef, startedAt: Date): Promise<number> {
  const [row] = await tx.execute<{ attempt: number }>(sql`
    WITH left_open AS (
      UPDATE attempts SET ended_at = now(), outcome = 'abandoned'
      WHERE user_id = ${ref.userId} AND refresh_no = ${ref.refreshNo} AND institution_id = ${ref.institutionId}
        AND ended_at IS NULL
    )
    INSERT INTO attempts (user_id, refresh_no, institution_id, round, attempt, started_at)
    SELECT ${ref.userId}, ${ref.refreshNo}, ${ref.institutionId}, ${ref.round}, coalesce(max(attempt), 0) + 1,
      ${startedAt.toISOString()}::timestamptz
    FROM attempts
    WHERE user_id = ${ref.userId} AND refresh_no = ${ref.refreshNo} AND institution_id = ${ref.institutionId}
      AND round = ${ref.round}
    RETURNING attempt`)
  return row!.attempt
}

async function markCollecting(tx: Tx, ref: ReadingRef): Promise<boolean> {
  const rows = await tx.execute(sql`
    UPDATE plans SET state = 'collecting', changed_at = now()
    WHERE user_id = ${ref.userId} AND refresh_no = ${ref.refreshNo} AND institution_id = ${ref.institutionId}
      AND round = ${ref.round} AND state IN ('pending', 'collecting')
    RETURNING 1`)
  return rows.length > 0
}

const needsUser = (tx: Tx, { userId, institutionId }: ReadingRef) =>
  tx
    .update(userInstitutions)
    .set({ consentState: 'needs_user' })
    .where(and(eq(userInstitutions.userId, userId), eq(userInstitutions.institutionId, institutionId)))

const thisAttempt = (ref: ReadingRef, attempt: number) =>
  and(
    eq(attempts.userId, ref.userId),
    eq(attempts.refreshNo, ref.refreshNo),
    eq(attempts.institutionId, ref.institutionId),
    eq(attempts.round, ref.round),
    eq(attempts.attempt, attempt),
  )
