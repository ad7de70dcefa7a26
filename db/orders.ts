import { sql } from 'drizzle-orm'

import { closedAnswer, obey, type Order, type Refusal, type RowAnswer, summary } from '../domain/orders.ts'
import type { RefreshState } from '../domain/refresh.ts'
import { writeAudit } from './audit.ts'
import type { Database, Tx, UserId } from './database.ts'
import { databaseNow } from './instants.ts'
import { lockPlan, lockRefresh, lockUser, type LockedPlanRow } from './locks.ts'
import { announceStop } from './notices.ts'
import { readPublishedParts } from './parts.ts'
import { closeLocked } from './refreshes.ts'

/** What came of an order. `state`: of the refresh, as it stands now; null: there is none. */
export type OrderAnswer = {
  outcome: 'done' | 'already' | 'refused'
  because: Refusal | null
  state: RefreshState | null
  institutions: RowAnswer[]
}

/** An order as a part of a batch: in its own transaction, once, and only for what is still as it was looked for. */
export type OrderPart = {
  batchNo: number
  /** False: it was carried out before. Asked under the user's lock, which stays until the part is settled. */
  isOpen: (tx: Tx) => Promise<boolean>
  isStillMeant: (tx: Tx) => Promise<boolean>
  settle: (tx: Tx, answer: Pick<OrderAnswer, 'outcome' | 'because'>) => Promise<void>
}

/** What the user reads of it; who ordered it and why is in the audit. */
const BY_OPERATOR = 'cancelled by an operator'

/** An operator's hand: every order is a transaction that changes the rows and writes down who, why, before and after. */
export function createOrders(database: Database) {
  /** Obeys or refuses, and audits either. Repeatable. The run is told afterwards; a lost hint costs seconds. */
  const give = (
    userId: UserId,
    refreshNo: number,
    order: Order,
    part: OrderPart | null = null,
  ): Promise<OrderAnswer> =>
    database.asUser(userId, async (tx) => {
      await lockUser(tx, userId)
      if (part && !(await part.isOpen(tx))) return DONE_BEFORE
      const before = await standing(tx, userId, refreshNo)
      const answer = await carryOut(tx, userId, refreshNo, order, before, part)
      const after = answer.outcome === 'done' ? await standing(tx, userId, refreshNo) : before
      await note(tx, userId, refreshNo, order, answer, { before, after }, part)
      await part?.settle(tx, answer)
      return { ...answer, state: after.state }
    })

  return { give }
}

export type Orders = ReturnType<typeof createOrders>

const DONE_BEFORE: OrderAnswer = { outcome: 'already', because: null, state: null, institutions: [] }

type Standing = { state: RefreshState | null; plan: LockedPlanRow[] }

async function standing(tx: Tx, userId: UserId, refreshNo: number): Promise<Standing> {
  const refresh = await lockRefresh(tx, userId, refreshNo)
  return { state: refresh?.state ?? null, plan: refresh ? await lockPlan(tx, userId, refreshNo) : [] }
}

async function carryOut(
  tx: Tx,
  userId: UserId,
  refreshNo: number,
  order: Order,
  { state, plan }: Standing,
  part: OrderPart | null,
): Promise<Omit<OrderAnswer, 'state'>> {
  if (state === null) return { outcome: 'refused', because: 'no_such_refresh', institutions: [] }
  const closed = closedAnswer(order.verb, state)
  if (closed) return { ...closed, institutions: [] }
  if (part && !(await part.isStillMeant(tx))) {
    return { outcome: 'refused', because: 'no_longer_matches', institutions: [] }
  }
  if (order.verb === 'cancel') {
    await closeLocked(tx, userId, refreshNo, 'cancelled', BY_OPERATOR, 'someone-else')
    return { outcome: 'done', because: null, institutions: [] }
  }
  if (order.verb === 'excuse' && order.institutionIds === null) {
    return { outcome: 'refused', because: 'no_institution_named', institutions: [] }
  }
  const withGaps = await readGaps(tx, userId, refreshNo)
  const rows = plan.map((row) => ({
    ...row,
    hasGaps: row.state === 'collected' && withGaps.has(row.institutionId),
  }))
  const institutions = obey(order, rows, await databaseNow(tx))
  const ids = institutions.flatMap(({ institutionId, outcome }) => (outcome === 'done' ? institutionId : []))
  if (ids.length > 0) await (order.verb === 'resume' ? tryAgain : takeOut)(tx, userId, refreshNo, ids)
  return { ...summary(institutions), institutions }
}

/** Which parts of what the refresh published last have gaps: that they have some, not which. */
async function readGaps(tx: Tx, userId: UserId, refreshNo: number): Promise<Set<string>> {
  const parts = await readPublishedParts(tx, userId, refreshNo)
  return new Set(
    (parts ?? []).flatMap(({ institutionId, reason }) => (reason === 'gaps' ? institutionId : [])),
  )
}

const tryAgain = (tx: Tx, userId: UserId, refreshNo: number, institutionIds: string[]) =>
  tx.execute(sql`
    UPDATE plans SET state = 'pending', failure = NULL, next_try_at = NULL, seq = NULL,
      waits = greatest(waits - 1, 0), -- a round opened by hand, if it fails, makes the wait no longer
      round = round + 1, unseen = true, changed_at = now()
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo}
      AND institution_id = ANY(${sql.param(institutionIds)}::text[])`)

/** What is being read is told to stop: its row has moved on, so nothing of it could be applied. */
async function takeOut(tx: Tx, userId: UserId, refreshNo: number, institutionIds: string[]): Promise<void> {
  await tx.execute(sql`
    UPDATE plans SET state = 'excused', failure = NULL, next_try_at = NULL,
      unseen = true, changed_at = now()
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo}
      AND institution_id = ANY(${sql.param(institutionIds)}::text[])`)
  for (const institutionId of institutionIds) {
    await announceStop(tx, { userId, refreshNo, institutionId })
  }
}

async function note(
  tx: Tx,
  userId: UserId,
  refreshNo: number,
  order: Order,
  answer: Omit<OrderAnswer, 'state'>,
  { before, after }: { before: Standing; after: Standing },
  part: OrderPart | null,
): Promise<void> {
  await writeAudit(tx, userId, {
    actor: order.by,
    action: `refresh.${order.verb}`,
    institutionId: order.institutionIds?.length === 1 ? order.institutionIds[0]! : null,
    reason: order.why,
    place: order.place ?? null,
    details: {
      refreshNo,
      via: order.via,
      ...(order.id === undefined ? {} : { orderId: order.id }),
      ...(part ? { batchNo: part.batchNo } : {}),
      institutionIds: order.institutionIds,
      outcome: answer.outcome,
      because: answer.because,
      before: shown(before),
      after: shown(after),
    },
  })
}

const shown = ({ state, plan }: Standing) => ({
  state,
  plan: Object.fromEntries(
    plan.map((row) => [row.institutionId, row.failure ? `${row.state}: ${row.failure}` : row.state]),
  ),
})
