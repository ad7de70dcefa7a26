import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'

import type { ClosedRefreshState, RefreshRef } from '../domain/refresh.ts'
import { type RefreshInput, type RefreshResult, ROWS_CHANGED, type RunState } from './contract.ts'
import { stepFailure } from './failures.ts'
import { Readings } from './readings.ts'
import { long, patiently, short } from './steps.ts'

export const rowsChangedSignal = defineSignal(ROWS_CHANGED)

const refreshState = defineSearchAttributeKey('RefreshState', SearchAttributeType.KEYWORD)

// Each cut needs something that landed or joined since the last; a plan of a hundred institutions that all lag and are
// all asked again makes two hundred.
const MAX_CUTS = 500

/**
 * One refresh of one user: read every institution in its plan, classify, analyse, publish; whole, or saying what is
 * missing. The rows decide; this run only drives. It succeeds if and only if it published a complete snapshot.
 */
export async function refreshSnapshot({ refresh }: RefreshInput): Promise<RefreshResult> {
  const story = new Story(refresh)
  try {
    return await story.tell()
  } catch (error) {
    if (error instanceof Ended) return endAs(error)
    const closing = isCancellation(error)
      ? ({ as: 'cancelled', because: 'cancelled in the engine' } as const)
      : ({ as: 'failed', because: stepFailure(error).type } as const)
    const closed = await CancellationScope.nonCancellable(() =>
      patiently(() => short.closeRefresh(refresh, closing)),
    )
    if (closed.as === 'succeeded') return endAs(new Ended('succeeded', null, story.cutNo))
    show(closing.as)
    if (closing.as === 'cancelled') throw error
    throw ApplicationFailure.nonRetryable(`the refresh was closed: ${closing.because}`, closing.because)
  }
}

/** The rows say that the refresh is closed, and as what. */
class Ended extends Error {
  readonly as: ClosedRefreshState
  readonly because: string | null
  readonly cuts: number
  constructor(as: ClosedRefreshState, because: string | null, cuts: number) {
    super(as)
    this.as = as
    this.because = because
    this.cuts = cuts
  }
}

class Story {
  cutNo = 0
  private readonly readings: Readings
  private hinted = false
  private patienceEnds = 0

  private readonly refresh: RefreshRef
  constructor(refresh: RefreshRef) {
    this.refresh = refresh
    this.readings = new Readings(refresh)
    setHandler(rowsChangedSignal, () => {
      this.hinted = true
    })
  }

  async tell(): Promise<RefreshResult> {
    for (;;) {
      await this.readPlan()
      if ((await this.waitForReadings()) === 'hinted') continue
      const outcome = await this.cutAndPublish()
      if (outcome === 'complete') throw new Ended('succeeded', null, this.cutNo)
      if (outcome !== 'partial') continue // fenced or closed: the plan knows
      show('partial')
      if (this.hinted || this.readings.haveLanded() || !this.readings.haveAllSettled()) continue
      const next = await patiently(() => short.continueOrEnd(this.refresh))
      if (next.next === 'closed') throw new Ended(next.as, next.because, this.cutNo)
    }
  }

  private async readPlan(): Promise<void> {
    this.hinted = false
    const plan = await patiently(() => short.beginRefresh(this.refresh, workflowInfo().runId))
    if (plan.state === 'closed') throw new Ended(plan.as, plan.because, this.cutNo)
    this.patienceEnds ||= Date.now() + plan.patienceMs
    this.readings.start(plan.readings)
    this.describe('reading')
  }

  /** Until all have settled, or patience has passed; after the first cut: until a laggard lands. */
  private async waitForReadings(): Promise<'hinted' | 'settled'> {
    const { readings } = this
    const isDue = () =>
      this.hinted ||
      readings.isBroken() ||
      readings.haveAllSettled() ||
      (this.cutNo > 0 && readings.haveLanded())
    const patienceMs = this.patienceEnds - Date.now()
    if (!isDue()) {
      if (this.cutNo === 0 && patienceMs > 0) await condition(isDue, patienceMs, { summary: 'patience' })
      else if (this.cutNo > 0) await condition(isDue)
    }
    readings.throwIfBroken()
    return this.hinted ? 'hinted' : 'settled'
  }

  private async cutAndPublish(): Promise<'complete' | 'partial' | 'discarded' | 'closed'> {
    if (this.cutNo >= MAX_CUTS) throw ApplicationFailure.nonRetryable('too many cuts', 'Unexpected')
    this.cutNo += 1
    this.readings.forgetLanded()
    const snapshotNo = await patiently(() => short.cutSnapshot(this.refresh, this.cutNo))
    if (snapshotNo === null) return 'closed'
    const cut = { userKey: this.refresh.userKey, snapshotNo }
    this.describe(`classifying snapshot ${snapshotNo}`)
    try {
      await patiently(() => long.classifySnapshot(cut))
      this.describe(`analysing snapshot ${snapshotNo}`)
      await patiently(() => long.analyseSnapshot(cut))
    } catch (error) {
      if (!isCancellation(error) && stepFailure(error).type === 'Superseded') return 'discarded'
      throw error
    }
    this.describe(`publishing snapshot ${snapshotNo}`)
    return patiently(() => short.publishSnapshot(cut))
  }

  /** What an operator reads at the top of the run's page. Ids and states only. */
  private describe(phase: string): void {
    const rows = [...this.readings.standing].map(
      ([institution, standing]) => `| ${institution} | ${standing} |`,
    )
    setCurrentDetails([`**${phase}**`, '', '| institution | |', '|---|---|', ...rows].join('\n'))
  }
}

/** Nothing that can fail comes after the rows have said how it ended. */
function endAs({ as, because, cuts }: Ended): RefreshResult {
  if (as === 'succeeded') {
    show('complete')
    return { snapshot: 'complete', cuts }
  }
  show(as === 'incomplete' || as === 'cancelled' ? as : 'failed')
  const type = as === 'incomplete' ? 'SnapshotIncomplete' : as
  throw ApplicationFailure.nonRetryable(`the refresh ended ${as}${because ? `: ${because}` : ''}`, type)
}

const show = (value: RunState): void => upsertSearchAttributes([{ key: refreshState, value }])
