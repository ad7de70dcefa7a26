import type { FailureName } from './failures.ts'
import { FAILURES, isFailureName } from './failures.ts'
import type { PlanState, RefreshState } from './refresh.ts'
import { isOpen } from './refresh.ts'

/** What an operator may do to a refresh. */
export type Verb = 'cancel' | 'resume' | 'excuse'

/** An operator's order, from the listener or by a signal of the engine. Null: all institutions. */
export type Order = {
  verb: Verb
  institutionIds: readonly string[] | null
  by: string
  why: string
  via: 'operator' | 'engine'
  /** The address it came from, where there is one. */
  place?: string | null
  /** Of an order by signal, whose step may be done twice: it stands in the audit once. */
  id?: string
}

export type Refusal =
  | 'no_such_refresh'
  | 'refresh_closed'
  | 'not_in_plan'
  | 'already_collected'
  | 'nothing_failed'
  | 'waits_for_user'
  | 'institution_asks_to_wait'
  | 'no_institution_named'
  | 'no_longer_matches'

export type RowAnswer = {
  institutionId: string
  outcome: 'done' | 'already' | 'refused'
  because: Refusal | null
  /** When the institution asked to wait: until then. */
  notBefore: Date | null
}

export type OrderedRow = {
  institutionId: string
  state: PlanState
  failure: string | null
  nextTryAt: Date | null
  notBefore: Date | null
  /** Some of it could not be read, as the last snapshot of the refresh says. */
  hasGaps: boolean
}

/**
 * What an order does to each row of an open refresh; the same order again finds its work done. `resume` tries again at
 * once what has failed or has gaps, never before an institution's own word, and never what only the user can mend.
 * `excuse` takes what has not been read out of the requirement.
 */
export function obey(order: Order, rows: readonly OrderedRow[], now: Date): RowAnswer[] {
  if (order.verb === 'cancel') return []
  const answer = order.verb === 'resume' ? resume : excuse
  if (order.institutionIds === null) {
    return rows.filter((row) => isMeant(order.verb, row)).map((row) => answer(row, now))
  }
  return [...new Set(order.institutionIds)].map((institutionId) => {
    const row = rows.find((each) => each.institutionId === institutionId)
    return row ? answer(row, now) : refused(institutionId, 'not_in_plan')
  })
}

/** By an order for all: what failed or has gaps. To resume what is on its way already is to have it done. */
const isMeant = (verb: Verb, { state, nextTryAt, hasGaps }: OrderedRow): boolean =>
  state === 'failed' ||
  nextTryAt !== null ||
  hasGaps ||
  (verb === 'resume' && (state === 'pending' || state === 'collecting'))

function resume(
  { institutionId, state, failure, nextTryAt, notBefore, hasGaps }: OrderedRow,
  now: Date,
): RowAnswer {
  if (state === 'pending' || state === 'collecting') return already(institutionId)
  if (state === 'failed' && actsUser(failure)) return refused(institutionId, 'waits_for_user')
  if (state !== 'failed' && state !== 'excused' && !nextTryAt && !hasGaps)
    return refused(institutionId, 'nothing_failed')
  if (notBefore && notBefore > now)
    return { ...refused(institutionId, 'institution_asks_to_wait'), notBefore }
  return done(institutionId)
}

function excuse({ institutionId, state, failure, nextTryAt, hasGaps }: OrderedRow): RowAnswer {
  if (state === 'excused') return already(institutionId)
  if (state === 'failed' && actsUser(failure)) return refused(institutionId, 'waits_for_user')
  if (state === 'withdrawn') return refused(institutionId, 'not_in_plan')
  if (state === 'collected' && !nextTryAt && !hasGaps) return refused(institutionId, 'already_collected')
  return done(institutionId)
}

/** How a whole order ended, from its rows: done if anything was, a refusal only if everything was refused. */
export function summary(rows: readonly RowAnswer[]): Pick<RowAnswer, 'outcome' | 'because'> {
  if (rows.some(({ outcome }) => outcome === 'done')) return { outcome: 'done', because: null }
  if (rows.some(({ outcome }) => outcome === 'already')) return { outcome: 'already', because: null }
  return { outcome: 'refused', because: rows[0]?.because ?? 'nothing_failed' }
}

/** Cancelling twice is once; what ended otherwise stays as it ended. */
export function closedAnswer(verb: Verb, state: RefreshState): Pick<RowAnswer, 'outcome' | 'because'> | null {
  if (isOpen(state)) return null
  if (verb === 'cancel' && state === 'cancelled') return { outcome: 'already', because: null }
  return { outcome: 'refused', because: 'refresh_closed' }
}

const actsUser = (failure: string | null): boolean =>
  isFailureName(failure) && FAILURES[failure satisfies FailureName].acts === 'user'

const done = (institutionId: string): RowAnswer => row(institutionId, 'done', null)
const already = (institutionId: string): RowAnswer => row(institutionId, 'already', null)
const refused = (institutionId: string, because: Refusal): RowAnswer => row(institutionId, 'refused', because)

const row = (institutionId: string, outcome: RowAnswer['outcome'], because: Refusal | null): RowAnswer => ({
  institutionId,
  outcome,
  because,
  notBefore: null,
})
