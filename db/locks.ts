import { eq, sql } from 'drizzle-orm'

import type { ConsentState, PlanState, RefreshState, SnapshotStatus } from '../domain/refresh.ts'
import { type HeldBreaker, heldOf } from './breaker-rows.ts'
import type { Tx, UserId } from './database.ts'
import { toInstant, toInstantOrNull } from './instants.ts'
import { breakers } from './schema/index.ts'

/*
 * The one order: users → refreshes → user_institutions (ascending) → snapshots → rows; plan rows last, never first.
 * Every explicit row lock of Moa is in this file, as the first statement of its protocol's step, under READ COMMITTED.
 *
 * FOR NO KEY UPDATE on users, not FOR UPDATE: a foreign key's KEY SHARE must not wait for it, or a long apply would
 * block events and deadlock with a revocation.
 */

export type UserState = 'active' | 'closing' | 'closed'

/** Taken first by every protocol that opens, joins, cuts, publishes or closes. Null: there is no such user. */
export async function lockUser(tx: Tx, userId: UserId): Promise<UserState | null> {
  const [row] = await tx.execute<{ state: UserState }>(
    sql`SELECT state FROM users WHERE user_id = ${userId} FOR NO KEY UPDATE`,
  )
  return row?.state ?? null
}

/** The way of the caretaker and of purging: they never wait for a user who is busy. */
export async function lockUserIfFree(tx: Tx, userId: UserId): Promise<boolean> {
  const rows = await tx.execute(
    sql`SELECT 1 FROM users WHERE user_id = ${userId} FOR NO KEY UPDATE SKIP LOCKED`,
  )
  return rows.length > 0
}

export type LockedRefresh = {
  refreshNo: number
  state: RefreshState
  workflowId: string
  baseNotOlderThan: Date
  deadline: Date
}

/** To change a refresh: begin, park, wake, publish, close. The user is locked already. */
export const lockRefresh = (tx: Tx, userId: UserId, refreshNo: number): Promise<LockedRefresh | null> =>
  refreshRow(tx, userId, refreshNo, sql`FOR NO KEY UPDATE`)

/**
 * To read a refresh whose user is locked: whoever closes one takes the user first, so it stays as it was read. A lock
 * would wait for every reading that is being applied.
 */
export const readRefresh = (tx: Tx, userId: UserId, refreshNo: number): Promise<LockedRefresh | null> =>
  refreshRow(tx, userId, refreshNo, sql``)

/** To hold a refresh open while an attempt begins, fails or applies; many may hold it at once. */
export const shareRefresh = (tx: Tx, userId: UserId, refreshNo: number): Promise<LockedRefresh | null> =>
  refreshRow(tx, userId, refreshNo, sql`FOR SHARE`)

async function refreshRow(
  tx: Tx,
  userId: UserId,
  refreshNo: number,
  strength: ReturnType<typeof sql>,
): Promise<LockedRefresh | null> {
  const [row] = await tx.execute<
    Omit<LockedRefresh, 'baseNotOlderThan' | 'deadline'> & { baseNotOlderThan: string; deadline: string }
  >(sql`
    SELECT refresh_no AS "refreshNo", state, workflow_id AS "workflowId", deadline,
      base_not_older_than AS "baseNotOlderThan"
    FROM refreshes WHERE user_id = ${userId} AND refresh_no = ${refreshNo} ${strength}`)
  return row
    ? { ...row, baseNotOlderThan: toInstant(row.baseNotOlderThan), deadline: toInstant(row.deadline) }
    : null
}

/**
 * Takes the next collection number under the generation that the reading began with; two attempts queue up here.
 * Null: the consent was renewed or has ended meanwhile.
 */
export async function takeNextSeq(
  tx: Tx,
  userId: UserId,
  institutionId: string,
  generation: number,
): Promise<{ seq: number; erasedSeq: number } | null> {
  const [row] = await tx.execute<{ seq: number; erasedSeq: number }>(sql`
    UPDATE user_institutions SET current_seq = current_seq + 1
    WHERE user_id = ${userId} AND institution_id = ${institutionId} AND generation = ${generation}
      AND consent_state <> 'ended'
    RETURNING current_seq AS seq, erased_seq AS "erasedSeq"`)
  return row ?? null
}

export type LockedConsent = { generation: number; consentState: ConsentState; currentSeq: number }

/** To move a generation: grant, renew, revoke, refuse. The user is locked already, except when an attempt fails. */
export async function lockConsent(
  tx: Tx,
  userId: UserId,
  institutionId: string,
): Promise<LockedConsent | null> {
  const [row] = await tx.execute<LockedConsent>(sql`
    SELECT generation, consent_state AS "consentState", current_seq AS "currentSeq"
    FROM user_institutions WHERE user_id = ${userId} AND institution_id = ${institutionId} FOR NO KEY UPDATE`)
  return row ?? null
}

/**
 * To claim, store or give up what was got from an institution: whoever holds the row reads anew what it and its consent
 * are. Taken alone, or after the consent. Never held during a call. False: there is none.
 */
export async function lockCredentials(tx: Tx, userId: UserId, institutionId: string): Promise<boolean> {
  const rows = await tx.execute(sql`
    SELECT 1 FROM credentials WHERE user_id = ${userId} AND institution_id = ${institutionId} FOR NO KEY UPDATE`)
  return rows.length > 0
}

export type LockedSnapshot = { status: SnapshotStatus; refreshNo: number; classSeq: number | null }

/** To write into a cut, or to publish it. Two attempts at one cut queue up here. */
export async function lockSnapshot(
  tx: Tx,
  userId: UserId,
  snapshotNo: number,
): Promise<LockedSnapshot | null> {
  const [row] = await tx.execute<LockedSnapshot>(sql`
    SELECT status, refresh_no AS "refreshNo", class_seq AS "classSeq"
    FROM snapshots WHERE user_id = ${userId} AND snapshot_no = ${snapshotNo} FOR UPDATE`)
  return row ?? null
}

/** To purge: of these snapshots those into which nobody writes at the moment. The user is locked already. */
export async function lockSnapshotsIfFree(
  tx: Tx,
  userId: UserId,
  snapshotNos: readonly number[],
): Promise<number[]> {
  const rows = await tx.execute<{ snapshotNo: number }>(sql`
    SELECT snapshot_no AS "snapshotNo" FROM snapshots
    WHERE user_id = ${userId} AND snapshot_no = ANY (${sql.param(snapshotNos.map(String))}::text[]::int[])
    ORDER BY snapshot_no FOR UPDATE SKIP LOCKED`)
  return rows.map(({ snapshotNo }) => snapshotNo)
}

/** To purge: institutions at which nothing is being applied, and nothing will be until the end. The user is locked already. */
export async function lockHeadsIfFree(tx: Tx, userId: UserId): Promise<string[]> {
  const rows = await tx.execute<{ institutionId: string }>(sql`
    SELECT institution_id AS "institutionId" FROM user_institutions
    WHERE user_id = ${userId} ORDER BY institution_id FOR SHARE SKIP LOCKED`)
  return rows.map(({ institutionId }) => institutionId)
}

/** To delete what a consent had brought: nothing is being applied at this institution, and nothing will be until the end. */
export async function lockHeadIfFree(tx: Tx, userId: UserId, institutionId: string): Promise<boolean> {
  const rows = await tx.execute(sql`
    SELECT FROM user_institutions WHERE user_id = ${userId} AND institution_id = ${institutionId}
    FOR SHARE SKIP LOCKED`)
  return rows.length > 0
}

export type LockedPlanRow = {
  institutionId: string
  generation: number
  round: number
  unseen: boolean
  state: PlanState
  notOlderThan: Date
  failure: string | null
  nextTryAt: Date | null
  notBefore: Date | null
  changedAt: Date
}

type InstantText = 'notOlderThan' | 'nextTryAt' | 'notBefore' | 'changedAt'

/** The whole plan, last of all locks: whoever decides about rows sees each as it stands, and keeps it so. */
export async function lockPlan(tx: Tx, userId: UserId, refreshNo: number): Promise<LockedPlanRow[]> {
  const rows = await tx.execute<
    Omit<LockedPlanRow, InstantText> & {
      notOlderThan: string
      nextTryAt: string | null
      notBefore: string | null
      changedAt: string
    }
  >(sql`
    SELECT institution_id AS "institutionId", generation, round, unseen, state, failure,
      not_older_than AS "notOlderThan", next_try_at AS "nextTryAt", not_before AS "notBefore",
      changed_at AS "changedAt"
    FROM plans WHERE user_id = ${userId} AND refresh_no = ${refreshNo}
    ORDER BY institution_id FOR NO KEY UPDATE`)
  return rows.map((row) => ({
    ...row,
    notOlderThan: toInstant(row.notOlderThan),
    nextTryAt: toInstantOrNull(row.nextTryAt),
    notBefore: toInstantOrNull(row.notBefore),
    changedAt: toInstant(row.changedAt),
  }))
}

/**
 * Takes one of an institution's slots for a reading, or the one it holds already (its worker died, or lives on unseen).
 * Never waits: a slot that somebody is just taking is not free. Null: none is. Where a limit was lowered, who reads above
 * it counts below it: of the others' slots so many stay empty.
 */
export async function takeFreeSlot(
  tx: Tx,
  institutionId: string,
  holder: string,
  holdMs: number,
): Promise<number | null> {
  const [row] = await tx.execute<{ slotNo: number }>(sql`
    WITH highest AS (
      SELECT max(slot_no) AS slot_no FROM (
        SELECT slot_no, count(*) FILTER (WHERE holder <> ${holder}::uuid AND expires_at >= now())
          OVER (ORDER BY slot_no DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS held_above
        FROM institution_slots WHERE institution_id = ${institutionId}) s
      WHERE slot_no + held_above <= (SELECT concurrency FROM institutions WHERE institution_id = ${institutionId})
    ), free AS (
      SELECT s.slot_no FROM institution_slots s
      WHERE s.institution_id = ${institutionId} AND s.slot_no <= (SELECT slot_no FROM highest)
        AND (s.holder IS NULL OR s.holder = ${holder}::uuid OR s.expires_at < now())
      ORDER BY (s.holder = ${holder}::uuid) IS TRUE DESC, s.slot_no LIMIT 1 FOR NO KEY UPDATE OF s SKIP LOCKED
    )
    UPDATE institution_slots s SET holder = ${holder}::uuid,
      expires_at = now() + make_interval(secs => ${holdMs / 1000})
    FROM free WHERE s.institution_id = ${institutionId} AND s.slot_no = free.slot_no
    RETURNING s.slot_no AS "slotNo"`)
  return row?.slotNo ?? null
}

/** To change what operators have said of an institution: first and alone; whoever reads there does not wait for it. */
export async function lockInstitution(tx: Tx, institutionId: string): Promise<boolean> {
  const rows = await tx.execute(
    sql`SELECT 1 FROM institutions WHERE institution_id = ${institutionId} FOR NO KEY UPDATE`,
  )
  return rows.length > 0
}

/** To begin or end a batch of orders: alone, and in no transaction of a refresh. */
export async function lockBatch(tx: Tx, batchNo: number): Promise<boolean> {
  const rows = await tx.execute(
    sql`SELECT 1 FROM operator_batches WHERE batch_no = ${batchNo} FOR NO KEY UPDATE`,
  )
  return rows.length > 0
}

/**
 * Makes what waits for our own word about an institution (a pause, a window) due at another time, if that is sooner; a page
 * at a time, past rows that somebody holds. What the institution itself named is kept. Answers how many were moved.
 */
export async function bringOursForward(
  tx: Tx,
  institutionId: string,
  { failure, dueAt, atOnce }: { failure: string; dueAt: Date; atOnce: number },
): Promise<number> {
  const moved = await tx.execute(sql`
    UPDATE plans SET next_try_at = ${dueAt.toISOString()}::timestamptz
    WHERE (user_id, refresh_no, institution_id) IN (
      SELECT user_id, refresh_no, institution_id FROM plans
      WHERE institution_id = ${institutionId} AND failure = ${failure} AND not_before IS NULL
        AND next_try_at > ${dueAt.toISOString()}::timestamptz
      LIMIT ${atOnce} FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING 1`)
  return moved.length
}

/**
 * Makes what waits for an institution due now, a page at a time: what failed, and what has gaps. Rows that somebody else
 * holds are passed over, so that it waits for nobody and breaks no order of locks; whoever calls comes again for them. A
 * time that a throttling institution stated is kept. Answers how many were moved.
 */
export async function bringForward(
  tx: Tx,
  institutionId: string,
  failures: readonly string[],
  atOnce: number,
): Promise<number> {
  const due = sql`CASE WHEN failure = 'RateLimited' THEN greatest(now(), coalesce(not_before, now())) ELSE now() END`
  const moved = await tx.execute(sql`
    UPDATE plans SET next_try_at = ${due}, not_before = CASE WHEN failure = 'RateLimited' THEN not_before END,
      waits = CASE WHEN failure = 'RateLimited' THEN waits ELSE 0 END -- what it waited for is over
    WHERE (user_id, refresh_no, institution_id) IN (
      SELECT user_id, refresh_no, institution_id FROM plans
      WHERE institution_id = ${institutionId} AND next_try_at > ${due}
        AND (state = 'collected' OR failure = ANY(${sql.param([...failures])}::text[]))
      LIMIT ${atOnce} FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING 1`)
  return moved.length
}

/** To change what the fleet holds about an institution. Taken alone; whoever begins a reading never waits for it. */
export const lockBreaker = async (tx: Tx, institutionId: string): Promise<HeldBreaker | null> => {
  const [row] = await tx
    .select()
    .from(breakers)
    .where(eq(breakers.institutionId, institutionId))
    .for('no key update')
  return row ? heldOf(row) : null
}

/** To take the one probe. Null: somebody is about to, or changes the breaker at this moment. */
export const lockBreakerIfFree = async (tx: Tx, institutionId: string): Promise<HeldBreaker | null> => {
  const [row] = await tx
    .select()
    .from(breakers)
    .where(eq(breakers.institutionId, institutionId))
    .for('no key update', { skipLocked: true })
  return row ? heldOf(row) : null
}

// Whoever was woken as a probe has asked within this, or will not.
const PROBES_WITHIN_MS = 15_000

/**
 * Makes one row that waits for an institution due now, where none has just become so: whose reading is to show whether it answers again.
 * People before schedules, who waited longest first.
 */
export async function bringOneForward(
  tx: Tx,
  institutionId: string,
  failures: readonly string[],
): Promise<boolean> {
  const moved = await tx.execute(sql`
    UPDATE plans SET next_try_at = now(), not_before = NULL
    WHERE (user_id, refresh_no, institution_id) = (
      SELECT p.user_id, p.refresh_no, p.institution_id FROM plans p JOIN refreshes r USING (user_id, refresh_no)
      WHERE p.institution_id = ${institutionId} AND p.next_try_at > now() AND r.state = 'parked' AND r.deadline > now()
        AND p.state = 'failed' AND p.failure = ANY(${sql.param([...failures])}::text[])
        AND (p.failure <> 'RateLimited' OR p.not_before IS NULL OR p.not_before <= now())
        AND NOT EXISTS (SELECT FROM plans d JOIN refreshes dr USING (user_id, refresh_no)
          WHERE d.institution_id = ${institutionId} AND dr.state = 'parked'
            AND d.next_try_at BETWEEN now() - make_interval(secs => ${PROBES_WITHIN_MS / 1_000}) AND now())
      ORDER BY r.priority, p.changed_at LIMIT 1 FOR NO KEY UPDATE OF p SKIP LOCKED)
    RETURNING 1`)
  return moved.length > 0
}
