import { Context } from '@temporalio/activity'

import type { Bearer } from '../connectors/connector.ts'
import { bindCall } from '../connectors/http.ts'
import type { Attempt, NotYet, ReadingRef } from '../db/attempts.ts'
import type { Applied } from '../db/collections.ts'
import { mayCall } from '../domain/consent.ts'
import { DomainFailure, type FailureName } from '../domain/failures.ts'
import type { ReadingStep } from '../domain/poison.ts'
import type { Reading } from '../domain/reading.ts'
import type { RefreshRef } from '../domain/refresh.ts'
import { kstDate } from '../domain/time.ts'
import { waitAfterGaps } from '../domain/waiting.ts'
import type { Leave } from './bearers.ts'
import { type CallTally, createCallTally } from './call-tally.ts'
import { type ActivityDeps, userIdOf } from './deps.ts'
import { asItMayBeTried, tellFleet } from './fleet.ts'
import { keepAlive } from './heartbeat.ts'
import { keepUnexpected } from './kept-responses.ts'

export type CollectInput = { refresh: RefreshRef; institutionId: string; round: number }

/** Counts only: what was read is in the database. A second try that finds the first one's work says so, and no counts. */
export type Collected =
  | { outcome: 'changed' | 'unchanged'; introduced: number; removed: number; gaps: number }
  | { outcome: 'collected before' }
  | NotYetBegun

/**
 * Nothing was asked: no slot was free, the institution named a time, or operators have said that it is not read now. The
 * time is given; null: try again in a while. Without a reason in what runs of before were answered.
 */
export type NotYetBegun = { outcome: 'not yet'; because?: NotYet['notYet']; notBefore: string | null }

export type SettleInput = CollectInput & {
  failure: FailureName
  notBefore: string | null
  /** Why it could not even begin. */
  because?: NotYet['notYet'] | undefined
}

/** Times that we ourselves have set, and may take back. */
const OUR_WORDS: readonly SettleInput['because'][] = ['paused', 'window']

// No call may go out later than a second after its leave was taken away: the rows are asked when the last answer of
// theirs is older than this. It leaves a tenth of a second for the asking.
const LEAVE_HOLDS_MS = 900

export function createCollection(deps: ActivityDeps) {
  /** Reads one institution for one refresh and applies what it brought, all or nothing. May run twice, or twice at once. */
  async function collectInstitution(input: CollectInput): Promise<Collected> {
    const userId = await userIdOf(deps, input.refresh.userKey)
    const { institutionId, round } = input
    const ref = { userId, refreshNo: input.refresh.refreshNo, institutionId, round }
    const attempt = await deps.attempts.begin(ref)
    if (attempt === 'done') return { outcome: 'collected before' }
    if ('notYet' in attempt) {
      const { notYet, notBefore } = attempt
      return { outcome: 'not yet', because: notYet, notBefore: notBefore?.toISOString() ?? null }
    }
    const { outcome, introduced, removed, gaps } = await perform(deps, ref, attempt)
    return { outcome, introduced, removed, gaps }
  }

  /** Writes down that the quick tries of a reading have failed, unless its row has moved on; says when it is due again. */
  async function settleReading({
    refresh,
    institutionId,
    round,
    failure,
    notBefore,
    because,
  }: SettleInput): Promise<{ dueInMs: number | null }> {
    const userId = await userIdOf(deps, refresh.userKey)
    const ref = { userId, refreshNo: refresh.refreshNo, institutionId, round }
    const until = notBefore === null ? null : new Date(notBefore)
    const { waitMs } = await deps.attempts.fail(ref, failure, until, OUR_WORDS.includes(because))
    return { dueInMs: waitMs }
  }

  return { collectInstitution, settleReading }
}

/** One try from its first call to its commit; whatever happens, its row in `attempts` says how it ended. */
async function perform(deps: ActivityDeps, ref: ReadingRef, attempt: Attempt): Promise<Applied> {
  const stop = deps.stops.watch(ref)
  const stopHeartbeat = keepAlive()
  const signal = AbortSignal.any([Context.current().cancellationSignal, stop.signal])
  const leave = leaveToCall(deps, ref, attempt, signal)
  const tally = createCallTally(deps.http)
  let step: ReadingStep = 'token'
  try {
    await deps.failpoint('reading.begun')
    leave.mayAskFor('token-003')
    const bearer = await bearerOf(deps, ref, attempt, { signal, holds: leave.holds })
    step = 'reading'
    const reading = await read({ ...deps, http: tally }, attempt, bearer, signal, leave.beforeCall)
    await deps.failpoint('reading.answered')
    step = 'applying'
    const facts = {
      attempt: attempt.attempt,
      generation: attempt.generation,
      asOf: attempt.asOf,
      calls: leave.calls(),
      nextTryInMs: waitAfterGaps(
        reading.gaps.map(({ failure }) => failure),
        { waits: attempt.waits, waitsMs: attempt.limits.waitsMs, draw: Math.random() },
      ),
    }
    const applied = await deps.collections.apply(ref, facts, reading)
    await deps.failpoint('reading.applied')
    await keepUnexpected(deps, ref, attempt, reading.gaps)
    await tellFleet(deps, ref, attempt, tally.outcomes())
    return applied
  } catch (error) {
    await noteEnd(deps, ref, attempt, error, { calls: leave.calls(), step })
    await keepUnexpected(deps, ref, attempt, [error])
    await tellFleet(deps, ref, attempt, tally.outcomes(), error)
    throw await asItMayBeTried(deps, ref, attempt, error)
  } finally {
    stopHeartbeat()
    stop.release()
    await noteTally(deps, ref, tally)
  }
}

const bearerOf = ({ bearers }: ActivityDeps, ref: ReadingRef, attempt: Attempt, leave: Leave) =>
  bearers.bearerFor({
    ref: { userId: ref.userId, institutionId: ref.institutionId, generation: attempt.generation },
    institution: attempt.institution,
    limits: attempt.limits,
    leave,
  })

async function read(
  deps: Pick<ActivityDeps, 'connectorFor'> & { http: CallTally },
  attempt: Attempt,
  bearer: Bearer,
  signal: AbortSignal,
  beforeCall: (api: string) => Promise<void>,
): Promise<Reading> {
  const { institution, apiType, leave, limits } = attempt
  const visit = { institution, apiType }
  const connector = deps.connectorFor(institution.connector, institution.industry)
  if (!connector) {
    throw new DomainFailure('RequestRejected', `there is no way of reading ${institution.institutionId} here`)
  }
  return connector.collect({
    ...visit,
    scope: leave.scope,
    today: kstDate(attempt.asOf),
    historyMonths: attempt.spanMonths,
    known: attempt.known,
    call: bindCall(deps.http, visit, bearer, { signal, deadlineMs: limits.callMs, beforeCall }),
  })
}

/** Counts the calls, and lets none go out that the consent does not cover, or on a leave older than its limit. */
function leaveToCall({ attempts }: ActivityDeps, ref: ReadingRef, attempt: Attempt, signal: AbortSignal) {
  let calls = 0
  const begunAt = performance.now()
  let grantedAt = begunAt
  async function holds(): Promise<boolean> {
    const askedAt = performance.now()
    if (askedAt - grantedAt <= LEAVE_HOLDS_MS) return true
    if (!(await attempts.isStillWanted(ref, attempt.generation))) return false
    grantedAt = askedAt
    return true
  }
  function mayAskFor(api: string): void {
    // By the database's clock, as the end was written.
    const now = new Date(attempt.asOf.getTime() + (performance.now() - begunAt))
    const whyNot = mayCall(attempt.leave, { api, apiType: attempt.apiType, now })
    if (whyNot)
      throw new DomainFailure(whyNot, `${ref.institutionId} ${api}: expected a consent that covers it`)
  }
  async function beforeCall(api: string): Promise<void> {
    signal.throwIfAborted()
    mayAskFor(api)
    if (!(await holds())) {
      throw new DomainFailure('Superseded', `the reading of ${ref.institutionId} is no longer wanted`)
    }
    calls += 1
  }
  return { holds, mayAskFor, beforeCall, calls: () => calls }
}

/** What statistics learn of an institution. A reading is what it is, whether or not it could be written down. */
async function noteTally(deps: ActivityDeps, ref: ReadingRef, tally: CallTally): Promise<void> {
  const outcomes = tally.outcomes()
  if (outcomes.length === 0) return
  await deps.noteCalls(ref.institutionId, outcomes).catch(() => {
    deps.log.warn(
      { institutionId: ref.institutionId, refreshNo: ref.refreshNo },
      'its calls could not be counted',
    )
  })
}

async function noteEnd(
  { attempts, log }: ActivityDeps,
  ref: ReadingRef,
  { attempt }: Attempt,
  error: unknown,
  come: { calls: number; step: ReadingStep },
): Promise<void> {
  const isStop = Context.current().cancellationSignal.aborted
  const failure = error instanceof DomainFailure ? error.type : 'Unexpected'
  const outcome = isStop || failure === 'Superseded' ? 'stopped' : 'failed'
  try {
    await attempts.end(ref, attempt, { outcome, failure: isStop ? null : failure, ...come })
  } catch {
    // The next try, or whoever closes the refresh, closes the row; what matters is the first error.
    log.warn({ institutionId: ref.institutionId, refreshNo: ref.refreshNo }, 'an attempt could not be closed')
  }
}
