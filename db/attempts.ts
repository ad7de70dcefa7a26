import { and, eq, isNull, sql } from 'drizzle-orm'

import type { Leave } from '../domain/consent.ts'
import { DomainFailure, type FailureName, FAILURES } from '../domain/failures.ts'
import { heldAt } from '../domain/institution-settings.ts'
import type { ReadingStep } from '../domain/poison.ts'
import type { ApiType, KnownAccount, Mark } from '../domain/reading.ts'
import { isOpen, type Limits, UNSETTLED } from '../domain/refresh.ts'
import type { Because } from '../domain/turns.ts'
import { countsAsWait, waitAfter } from '../domain/waiting.ts'
import { breakerOf } from './breaker-rows.ts'
import { endAsFound } from './consent-ends.ts'
import type { Database, Tx, UserId } from './database.ts'
import { databaseNow, fromNow, toInstantOrNull } from './instants.ts'
import { readSettings } from './institution-settings.ts'
import type { Keys } from './keys.ts'
import { readKnown } from './known.ts'
import { lockConsent, lockUser, shareRefresh } from './locks.ts'
import { countUnexpected } from './poison.ts'
import { askBreaker, keepProbe } from './probes.ts'
import {
  attempts,
  breakers,
  consents,
  credentials,
  institutions,
  plans,
  userInstitutions,
} from './schema/index.ts'
import { slotHolder } from './sealing.ts'
import { giveSlotBack, takeSlot } from './slots.ts'

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
  /** What the consent allows; judged before every call. */
  leave: Leave
  apiType: ApiType
  spanMonths: number
  limits: Limits
  /** How often its row has waited since something last came of it. */
  waits: number
  /** The name of the probe that it is; null: it is none. */
  probe: number | null
  known: { accounts: KnownAccount[]; marks: Mark[] }
}

/** It may not begin yet: a result, not a failure, so that waiting costs the engine no attempt. */
export type NotYet = { notYet: Exclude<Because, null>; notBefore: Date | null }

/** Whether the row was still this round's, and how long until its next one; null: waiting mends nothing. */
export type Settled = { isSettled: boolean; waitMs: number | null }

export type AttemptEnd = {
  outcome: 'failed' | 'stopped'
  failure: FailureName | null
  calls: number
  /** How far it had come. */
  step?: ReadingStep
}

export function createAttempts(database: Database, keys: Keys) {
  /**
   * Begins a try, closing what a dead worker left open. 'done': this round has been collected already. `notYet`: the
   * institution is read by as many as it bears, has named a time, is known not to answer, or operators have said that it
   * is not read now.
   * Throws Superseded if the refresh is closed, the consent has ended, or the row has moved to another round.
   */
  const begin = async (ref: ReadingRef): Promise<Attempt | NotYet | 'done'> => {
    const sealer = await keys.of(ref.userId)
    return database.asUser(ref.userId, async (tx) => {
      const [refresh, target, now, settings] = await Promise.all([
        shareRefresh(tx, ref.userId, ref.refreshNo),
        readTarget(tx, ref),
        databaseNow(tx),
        readSettings(tx, ref.institutionId),
      ])
      if (!refresh || !isOpen(refresh.state)) throw superseded(ref, 'its refresh is closed')
      if (!target?.leave || target.consentState === 'ended') throw superseded(ref, 'its consent has ended')
      if (target.round === ref.round && target.planState === 'collected') return 'done'
      if (target.round !== ref.round || !isUnsettled(target.planState)) {
        throw superseded(ref, 'its plan row has moved on')
      }
      if (!target.hasCredentials) {
        throw new DomainFailure('CredentialsRejected', `nothing is held for ${ref.institutionId}`)
      }
      const held = settings && heldAt(settings, now)
      if (held) return { notYet: held.because, notBefore: held.until }
      if (target.notBefore && target.notBefore > now) return { notYet: 'stated', notBefore: target.notBefore }
      const limits = target.limits as Limits
      const asked = { breaker: target.breaker && breakerOf(target.breaker), now, leaseMs: limits.attemptMs }
      const may = await askBreaker(tx, ref.institutionId, asked)
      if ('notBefore' in may) return { notYet: 'breaker', notBefore: may.notBefore }
      const hasSlot = await takeSlot(tx, ref.institutionId, slotHolder(sealer, ref), limits.attemptMs)
      if (!hasSlot) return { notYet: 'slot', notBefore: null }
      const [attempt, known, asOf] = await Promise.all([
        openAttempt(tx, ref, now),
        readKnown(tx, sealer, ref.userId, ref.institutionId),
        markCollecting(tx, ref),
      ])
      if (!asOf) throw superseded(ref, 'its plan row has moved on')
      const probe = may.probe && (await keepProbe(tx, ref.institutionId, may.probe))
      return {
        attempt,
        generation: target.generation,
        asOf,
        institution: target.institution,
        leave: target.leave,
        apiType: target.apiType as ApiType,
        spanMonths: target.spanMonths,
        limits,
        waits: target.waits,
        probe,
        known,
      }
    })
  }

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
  const end = async (
    ref: ReadingRef,
    attempt: number,
    { outcome, failure, calls, step }: AttemptEnd,
  ): Promise<void> => {
    const sealer = await keys.of(ref.userId)
    await database.asUser(ref.userId, async (tx) => {
      await giveSlotBack(tx, slotHolder(sealer, ref), { ...ref, attempt })
      await tx
        .update(attempts)
        .set({ endedAt: sql`now()`, outcome, failure, calls, rows: 0, step: step ?? null })
        .where(and(thisAttempt(ref, attempt), isNull(attempts.endedAt)))
    })
  }

  /**
   * Settles a plan row whose quick tries have failed, if it is still this round's, with the time of its next round. A time
   * that we named ourselves holds nobody back who asks again: it may end, or be taken back, at any moment. What only the
   * user can mend is said of the consent, so that nobody waits for it. An institution's word that the consent has ended is
   * its end here as well.
   */
  const fail = (
    ref: ReadingRef,
    failure: FailureName,
    notBefore: Date | null,
    isOurWord = false,
  ): Promise<Settled> =>
    database.asUser(ref.userId, async (tx) => {
      if (failure === 'ConsentEnded') await lockUser(tx, ref.userId)
      const refresh = await shareRefresh(tx, ref.userId, ref.refreshNo)
      if (!refresh || !isOpen(refresh.state)) return NOT_OURS
      const consent = await lockConsent(tx, ref.userId, ref.institutionId)
      const past = await readPast(tx, ref)
      if (!consent || !past) return NOT_OURS
      const statedMs = notBefore === null ? null : notBefore.getTime() - past.now.getTime()
      const waitMs = waitAfter({ ...past, failure, statedMs, isOurWord, draw: Math.random() })
      const isOurs = isOurWord || failure === 'InstitutionPaused'
      const isCounted = waitMs !== null && countsAsWait(failure) && !(isOurWord && notBefore)
      const settled = await tx.execute(sql`
        UPDATE plans SET state = 'failed', failure = ${failure}, next_try_at = ${fromNow(waitMs)},
          not_before = ${isOurs ? null : (notBefore?.toISOString() ?? null)}, waits = waits + ${isCounted ? 1 : 0},
          unseen = false, changed_at = now()
        WHERE user_id = ${ref.userId} AND refresh_no = ${ref.refreshNo} AND institution_id = ${ref.institutionId}
          AND round = ${ref.round} AND generation = ${consent.generation} AND state IN ('pending', 'collecting')
        RETURNING 1`)
      if (settled.length === 0) return NOT_OURS
      if (failure === 'Unexpected' && (await countUnexpected(tx, ref, consent.generation))) {
        await waitNoMore(tx, ref)
        return { isSettled: true, waitMs: null }
      }
      const isOfThePast = failure === 'CredentialsRejected' && (await hasNewerTokens(tx, ref))
      if (failure === 'ConsentEnded') await endAsFound(tx, ref.userId, ref.institutionId)
      else if (FAILURES[failure].acts === 'user' && !isOfThePast) await needsUser(tx, ref, failure)
      return { isSettled: true, waitMs }
    })

  return { begin, isStillWanted, end, fail }
}

export type Attempts = ReturnType<typeof createAttempts>

const isUnsettled = (state: string): boolean => UNSETTLED.some((unsettled) => unsettled === state)

const NOT_OURS: Settled = { isSettled: false, waitMs: null }

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
      breaker: breakers,
      notBefore: plans.notBefore,
      waits: plans.waits,
      hasCredentials: sql<boolean>`${credentials.userId} IS NOT NULL`,
      leave: {
        scope: consents.scope,
        purpose: consents.purpose,
        isRegular: consents.isRegular,
        endsAt: consents.endsAt,
      },
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
    .leftJoin(breakers, eq(breakers.institutionId, plans.institutionId))
    .leftJoin(
      consents,
      and(
        eq(consents.userId, plans.userId),
        eq(consents.institutionId, plans.institutionId),
        eq(consents.generation, userInstitutions.generation),
      ),
    )
    .leftJoin(
      credentials,
      and(eq(credentials.userId, plans.userId), eq(credentials.institutionId, plans.institutionId)),
    )
    .where(
      and(eq(plans.userId, userId), eq(plans.refreshNo, refreshNo), eq(plans.institutionId, institutionId)),
    )
  return row
}

/** What a row's next wait follows from. */
async function readPast(tx: Tx, ref: ReadingRef) {
  const [row] = await tx
    .select({ waits: plans.waits, limits: plans.limits })
    .from(plans)
    .where(
      and(
        eq(plans.userId, ref.userId),
        eq(plans.refreshNo, ref.refreshNo),
        eq(plans.institutionId, ref.institutionId),
      ),
    )
  return row && { waits: row.waits, waitsMs: (row.limits as Limits).waitsMs, now: await databaseNow(tx) }
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

/**
 * Answers the instant as of which it reads: after the row is held, so that whoever asks for newer data in between finds it
 * collecting and opens another round, and before the first call. Null: the row has moved on.
 */
async function markCollecting(tx: Tx, ref: ReadingRef): Promise<Date | null> {
  const [row] = await tx.execute<{ asOf: string }>(sql`
    UPDATE plans SET state = 'collecting', changed_at = now()
    WHERE user_id = ${ref.userId} AND refresh_no = ${ref.refreshNo} AND institution_id = ${ref.institutionId}
      AND round = ${ref.round} AND state IN ('pending', 'collecting')
    RETURNING clock_timestamp()::timestamptz(3) AS "asOf"`)
  return toInstantOrNull(row?.asOf ?? null)
}

/** Stored since the last try ended: what it was refused is not what is held any more. */
async function hasNewerTokens(tx: Tx, ref: ReadingRef): Promise<boolean> {
  const rows = await tx.execute(sql`
    SELECT FROM credentials c
    WHERE c.user_id = ${ref.userId} AND c.institution_id = ${ref.institutionId} AND c.version > 1
      AND c.updated_at > (SELECT max(coalesce(a.ended_at, a.started_at)) FROM attempts a
        WHERE a.user_id = c.user_id AND a.institution_id = c.institution_id
          AND a.refresh_no = ${ref.refreshNo} AND a.round = ${ref.round})`)
  return rows.length > 0
}

/** What is set aside waits for a developer. */
const waitNoMore = (tx: Tx, { userId, refreshNo, institutionId }: ReadingRef) =>
  tx.execute(sql`
    UPDATE plans SET next_try_at = NULL
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND institution_id = ${institutionId}`)

const needsUser = (tx: Tx, { userId, institutionId }: ReadingRef, because: FailureName) =>
  tx
    .update(userInstitutions)
    .set({ consentState: 'needs_user', needsUserBecause: because })
    .where(and(eq(userInstitutions.userId, userId), eq(userInstitutions.institutionId, institutionId)))

const thisAttempt = (ref: ReadingRef, attempt: number) =>
  and(
    eq(attempts.userId, ref.userId),
    eq(attempts.refreshNo, ref.refreshNo),
    eq(attempts.institutionId, ref.institutionId),
    eq(attempts.round, ref.round),
    eq(attempts.attempt, attempt),
  )
