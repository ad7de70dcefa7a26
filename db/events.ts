import { hash } from 'node:crypto'

import { and, eq, sql } from 'drizzle-orm'

import { type Asked, decide, type Decision, type DeferredBecause } from '../domain/decide.ts'
import { DEADLINE_MS, EVENTS, type EventType, TRIES_AGAIN_AN_HOUR } from '../domain/event-map.ts'
import { DomainFailure } from '../domain/failures.ts'
import { OPEN_STATES } from '../domain/refresh.ts'
import type { Database, Tx, UserId } from './database.ts'
import { databaseNow, toInstantOrNull } from './instants.ts'
import { lockPlan, lockUser } from './locks.ts'
import { changePlan, type ReadingPolicy } from './plan-writes.ts'
import { events, refreshes, users } from './schema/index.ts'
import { readSituation } from './situation.ts'
import { createTurns } from './turns.ts'

export type EventInput = {
  type: EventType
  /** Of a detail page or a grant; null for events about all institutions. */
  institutionId: string | null
  /** With a key, the same body is answered the same; null for what our own routes raise. */
  idempotencyKey: string | null
}

export type EventAnswer =
  | { outcome: 'started' | 'joined'; refreshNo: number; eventId: number }
  | { outcome: 'fresh'; asOf: string | null; eventId: number }
  /** Nothing was done; the user is told when it may be asked again. */
  | { outcome: 'deferred'; because: DeferredBecause; nextAllowedAt: string; eventId: number }
  | {
      outcome: 'rejected'
      because: 'no_consent' | 'needs_user' | 'set_aside' | 'member_left'
      eventId: number | null
    }
  /** The key was used before with another body. */
  | { outcome: 'conflict' }

export type EventPolicy = Pick<ReadingPolicy, 'spanMonths' | 'limitsFor'>

/** Events: stored, decided and made into an open refresh, in one transaction under the user's lock. */
export function createEvents(database: Database, policy: EventPolicy) {
  const inTurn = createTurns()

  /** Accepted means durable: what this answers survives the death of every process. */
  const record = (userId: UserId, input: EventInput): Promise<EventAnswer> =>
    inTurn(userId, () => database.asUser(userId, (tx) => recordEvent(tx, userId, input, policy)))

  return { record }
}

export type Events = ReturnType<typeof createEvents>

/** The step itself, for protocols that raise an event within their own transaction. */
export async function recordEvent(
  tx: Tx,
  userId: UserId,
  input: EventInput,
  policy: EventPolicy,
): Promise<EventAnswer> {
  const userState = await lockUser(tx, userId)
  if (userState !== 'active') return { outcome: 'rejected', because: 'member_left', eventId: null }
  const bodyHash = hash('sha256', JSON.stringify([input.type, input.institutionId]), 'buffer')
  const earlier = input.idempotencyKey === null ? null : await sameKey(tx, userId, input.idempotencyKey)
  if (earlier) return earlier.bodyHash?.equals(bodyHash) ? earlier.answer : { outcome: 'conflict' }

  const { decision, refreshNo } = await openOrJoin(tx, userId, input, policy)
  const answer = answerOf(decision, refreshNo)
  const [stored] = await tx
    .insert(events)
    .values({
      userId,
      ...input,
      bodyHash,
      outcome: answer.outcome,
      answer,
      refreshNo,
      triesAgain: decision.outcome === 'joined' && decision.triesAgain,
    })
    .returning({ eventId: events.eventId })
  return { ...answer, eventId: stored!.eventId } as EventAnswer
}

async function sameKey(tx: Tx, userId: UserId, idempotencyKey: string) {
  const [row] = await tx
    .select({ bodyHash: events.bodyHash, answer: events.answer, eventId: events.eventId })
    .from(events)
    .where(and(eq(events.userId, userId), eq(events.idempotencyKey, idempotencyKey)))
  return (
    row && {
      bodyHash: row.bodyHash,
      answer: { ...(row.answer as object), eventId: row.eventId } as EventAnswer,
    }
  )
}

function answerOf(
  decision: Decision,
  refreshNo: number | null,
): Record<string, unknown> & { outcome: string } {
  switch (decision.outcome) {
    case 'fresh':
      return { outcome: 'fresh', asOf: decision.asOf?.toISOString() ?? null }
    case 'deferred':
      return {
        outcome: 'deferred',
        because: decision.because,
        nextAllowedAt: decision.nextAllowedAt.toISOString(),
      }
    case 'rejected':
      return { outcome: 'rejected', because: decision.because }
    case 'started':
    case 'joined':
      return { outcome: decision.outcome, refreshNo }
  }
}

/** Joins the open refresh by rows, or opens one. The user is locked. */
async function openOrJoin(
  tx: Tx,
  userId: UserId,
  input: EventInput,
  policy: EventPolicy,
): Promise<{ decision: Decision; refreshNo: number | null }> {
  const rule = EVENTS[input.type]
  const now = await databaseNow(tx)
  const openNo = await openRefreshNo(tx, userId)
  const plan = openNo === null ? [] : await lockPlan(tx, userId, openNo)
  const institutions = await readSituation(tx, userId, plan)
  const cycleBound = new Date(now.getTime() - (await cycleMs(tx, userId)))
  const asked: Asked = {
    notOlderThan: new Date(now.getTime() - rule.freshEnoughMs),
    scope: rule.scope,
    institutionId: input.institutionId,
    isButton: rule.isButton,
  }
  const decision = decide(asked, {
    now,
    isOpen: openNo !== null,
    tryAgainFrom: openNo !== null && rule.isButton ? await tryAgainFrom(tx, userId) : null,
    cycleBound,
    institutions,
  })
  if (decision.outcome !== 'started' && decision.outcome !== 'joined') return { decision, refreshNo: null }

  const refreshNo = openNo ?? (await openRefresh(tx, userId, input.type, now, cycleBound))
  const reading = { ...policy, reason: input.type, apiType: rule.readsAs }
  await changePlan(tx, userId, refreshNo, decision.changes, institutions, reading)
  return { decision, refreshNo }
}

/** When the oldest of the tries that fill the hour leaves it; null while there is room. */
async function tryAgainFrom(tx: Tx, userId: UserId): Promise<Date | null> {
  const [row] = await tx.execute<{ from: string }>(sql`
    SELECT occurred_at + interval '1 hour' AS "from" FROM events
    WHERE user_id = ${userId} AND tries_again AND occurred_at > now() - interval '1 hour'
    ORDER BY occurred_at DESC OFFSET ${TRIES_AGAIN_AN_HOUR - 1} LIMIT 1`)
  return toInstantOrNull(row?.from ?? null)
}

async function openRefreshNo(tx: Tx, userId: UserId): Promise<number | null> {
  const [row] = await tx.execute<{ refreshNo: number }>(sql`
    SELECT refresh_no AS "refreshNo" FROM refreshes
    WHERE user_id = ${userId} AND state IN ${[...OPEN_STATES]}`)
  return row?.refreshNo ?? null
}

async function cycleMs(tx: Tx, userId: UserId): Promise<number> {
  const [row] = await tx.select({ cycleMs: users.cycleMs }).from(users).where(eq(users.userId, userId))
  if (!row) throw new DomainFailure('Superseded', 'the user has left')
  return row.cycleMs
}

async function openRefresh(
  tx: Tx,
  userId: UserId,
  type: EventType,
  now: Date,
  cycleBound: Date,
): Promise<number> {
  const [last] = await tx.execute<{ refreshNo: number; userKey: string }>(sql`
    SELECT coalesce((SELECT max(refresh_no) FROM refreshes WHERE user_id = ${userId}), 0) AS "refreshNo",
      user_key AS "userKey" FROM users WHERE user_id = ${userId}`)
  const refreshNo = last!.refreshNo + 1
  await tx.insert(refreshes).values({
    userId,
    refreshNo,
    state: 'requested',
    reason: type,
    workflowId: `refresh/${last!.userKey}/${refreshNo}`,
    priority: EVENTS[type].priority,
    patienceMs: EVENTS[type].patienceMs,
    baseNotOlderThan: cycleBound,
    openedAt: now,
    deadline: new Date(now.getTime() + DEADLINE_MS),
  })
  return refreshNo
}
