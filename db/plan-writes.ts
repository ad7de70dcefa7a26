import { sql } from 'drizzle-orm'

import type { PlanChange } from '../domain/decide.ts'
import { withTimeouts } from '../domain/institution-settings.ts'
import type { ApiType } from '../domain/reading.ts'
import type { Limits } from '../domain/refresh.ts'
import type { Tx, UserId } from './database.ts'
import { instantText } from './instants.ts'
import { plans } from './schema/index.ts'
import type { PlannableView } from './situation.ts'

/** How a plan's rows are to be read; policy travels in the plan. */
export type ReadingPolicy = {
  reason: string
  apiType: ApiType
  spanMonths: number
  /** An institution never read before has a year to bring, and more time for it. */
  limitsFor: (isFirst: boolean) => Limits
}

/**
 * Writes a decision into the plan of an open refresh. Each reset opens a new round: what an older round still brings
 * no longer matches its row.
 */
export async function changePlan(
  tx: Tx,
  userId: UserId,
  refreshNo: number,
  changes: readonly PlanChange[],
  institutions: readonly PlannableView[],
  policy: ReadingPolicy,
): Promise<void> {
  const views = new Map(institutions.map((view) => [view.institutionId, view]))
  const inserts = changes.filter((change) => change.change === 'insert')
  if (inserts.length > 0) {
    await tx.insert(plans).values(
      inserts.map(({ institutionId, notOlderThan, collectedSeq }) => ({
        userId,
        refreshNo,
        institutionId,
        generation: views.get(institutionId)!.generation,
        reason: policy.reason,
        apiType: policy.apiType,
        spanMonths: policy.spanMonths,
        notOlderThan,
        notBefore: statedEarlier(userId, institutionId),
        limits: limitsOf(views.get(institutionId)!, policy),
        state: collectedSeq === null ? 'pending' : 'collected',
        seq: collectedSeq,
      })),
    )
  }
  for (const change of changes) {
    if (change.change === 'tighten') await tighten(tx, userId, refreshNo, change)
    if (change.change === 'reset') {
      await reset(tx, userId, refreshNo, change, views.get(change.institutionId)!.generation, policy)
    }
  }
}

function limitsOf({ stored, timeouts }: PlannableView, policy: ReadingPolicy): Limits {
  const isFirst = stored === null
  return withTimeouts(policy.limitsFor(isFirst), timeouts, isFirst)
}

/** What an institution named in an earlier refresh holds in the next one as well. */
const statedEarlier = (userId: UserId, institutionId: string) => sql`(
  SELECT max(not_before) FROM plans
  WHERE user_id = ${userId} AND institution_id = ${institutionId} AND not_before > now())`

const tighten = (
  tx: Tx,
  userId: UserId,
  refreshNo: number,
  { institutionId, notOlderThan }: { institutionId: string; notOlderThan: Date },
) =>
  tx.execute(sql`
    UPDATE plans SET not_older_than = greatest(not_older_than, ${instantText(notOlderThan)}::timestamptz)
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND institution_id = ${institutionId}`)

const reset = (
  tx: Tx,
  userId: UserId,
  refreshNo: number,
  { institutionId, notOlderThan }: { institutionId: string; notOlderThan: Date },
  generation: number,
  { reason, apiType }: ReadingPolicy,
) =>
  tx.execute(sql`
    UPDATE plans SET state = 'pending', failure = NULL, next_try_at = NULL, seq = NULL,
      waits = greatest(waits - 1, 0),
      generation = ${generation}, round = round + 1, unseen = true, changed_at = now(),
      reason = ${reason}, api_type = ${apiType},
      not_older_than = greatest(not_older_than, ${instantText(notOlderThan)}::timestamptz)
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND institution_id = ${institutionId}`)
