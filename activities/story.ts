import { analyse } from '../domain/analysis/analyse.ts'
import { classify, CLASSIFIER_VERSION } from '../domain/classification/classify.ts'
import { DomainFailure } from '../domain/failures.ts'
import type { Order } from '../domain/orders.ts'
import type { ClosedRefreshState, Limits, RefreshRef } from '../domain/refresh.ts'
import { type ActivityDeps, userIdOf } from './deps.ts'
import { alive } from './heartbeat.ts'

/** What a run has to do, in what may travel through the engine. */
export type PlanForRun =
  | {
      state: 'open'
      patienceMs: number
      /** What is shown waits to be shown anew: a consent has ended. */
      owesCut: boolean
      readings: { institutionId: string; round: number; limits: Limits }[]
    }
  | { state: 'closed'; as: ClosedRefreshState; because: string | null }

export type CutRef = { userKey: string; snapshotNo: number }
/** What comes after a partial publication; instants travel as text. */
export type NextForRun =
  | { next: 'read' | 'cut' }
  | { next: 'parked'; wakeAt: string }
  | { next: 'closed'; as: ClosedRefreshState; because: string | null }

type Closing = { as: 'failed' | 'cancelled'; because: string }

/** The steps of a refresh besides collecting: one transaction each, safe to repeat. */
export function createStory(deps: ActivityDeps) {
  const { refreshes, orders, cuts, classifications, analyses, failpoint } = deps

  async function beginRefresh(ref: RefreshRef, runId: string): Promise<PlanForRun> {
    const plan = await refreshes.begin(await userIdOf(deps, ref.userKey), ref.refreshNo, runId)
    if (plan.state === 'closed') return plan
    const { patienceMs, readings, owesCut } = plan
    return { state: 'open', patienceMs, readings, owesCut }
  }

  /** Null: the refresh is closed. */
  async function cutSnapshot(ref: RefreshRef, cutNo: number): Promise<number | null> {
    const snapshotNo = await cuts.cut(await userIdOf(deps, ref.userKey), ref.refreshNo, cutNo)
    await failpoint('snapshot.cut')
    return snapshotNo
  }

  async function classifySnapshot({
    userKey,
    snapshotNo,
  }: CutRef): Promise<{ classified: number; changed: number }> {
    const result = await alive(async () =>
      classifications.classifyCut(await userIdOf(deps, userKey), snapshotNo, classify, CLASSIFIER_VERSION),
    )
    await failpoint('snapshot.classified')
    return result
  }

  /** Names what failed; a required analyser that fails keeps the snapshot from being published. */
  async function analyseSnapshot({
    userKey,
    snapshotNo,
  }: CutRef): Promise<{ analysed: number; failed: string[] }> {
    const results = await alive(async () =>
      analyses.analyseCut(await userIdOf(deps, userKey), snapshotNo, analyse),
    )
    await failpoint('snapshot.analysed')
    const failed = results.filter(({ failure }) => failure !== null)
    const required = failed.filter((result) => result.required)
    if (required.length > 0) {
      throw new DomainFailure(
        'Unexpected',
        `required analysers failed: ${required.map((r) => r.analyser).join(', ')}`,
      )
    }
    return { analysed: results.length - failed.length, failed: failed.map(({ analyser }) => analyser) }
  }

  async function publishSnapshot({ userKey, snapshotNo }: CutRef) {
    await failpoint('snapshot.publishing')
    const { outcome } = await cuts.publish(await userIdOf(deps, userKey), snapshotNo)
    await failpoint('snapshot.published')
    if (outcome === 'unfinished') {
      throw new DomainFailure('Unexpected', `snapshot ${snapshotNo} is not classified or not analysed`)
    }
    return outcome
  }

  async function parkOrContinue(ref: RefreshRef): Promise<NextForRun> {
    const next = await refreshes.parkOrContinue(await userIdOf(deps, ref.userKey), ref.refreshNo)
    await failpoint('refresh.parked')
    return next.next === 'parked' ? { next: 'parked', wakeAt: next.wakeAt.toISOString() } : next
  }

  /** An operator's order that came through the engine: written to rows and audited like any other. */
  async function obeyOrder(ref: RefreshRef, order: Order): Promise<{ outcome: string }> {
    const { outcome } = await orders.give(await userIdOf(deps, ref.userKey), ref.refreshNo, order)
    return { outcome }
  }

  async function closeRefresh(ref: RefreshRef, { as, because }: Closing) {
    const userId = await userIdOf(deps, ref.userKey)
    // Only an act is audited; a step of our own that failed is in the refresh's own row.
    const word = as === 'cancelled' ? ((await deps.whoCancelled(ref)) ?? { by: null, why: null }) : null
    return refreshes.close(userId, ref.refreshNo, as, because, { word })
  }

  return {
    beginRefresh,
    cutSnapshot,
    classifySnapshot,
    analyseSnapshot,
    publishSnapshot,
    parkOrContinue,
    obeyOrder,
    closeRefresh,
  }
}
