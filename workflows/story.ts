import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'

import type { Order } from '../domain/orders.ts'
import type { ClosedRefreshState, RefreshRef } from '../domain/refresh.ts'
import { type RefreshInput, ROWS_CHANGED, type RunState } from './contract.ts'
import { stepFailure } from './failures.ts'
import { ordersBySignal } from './orders.ts'
import { Readings } from './readings.ts'
import { long, patiently, short } from './steps.ts'

const rowsChangedSignal = defineSignal(ROWS_CHANGED)
const refreshState = defineSearchAttributeKey('RefreshState', SearchAttributeType.KEYWORD)

// Each cut needs something that landed, joined or failed otherwise since the last; a plan of a hundred institutions that
// all lag and are all asked again makes two hundred.
const MAX_CUTS = 500

// Events after which a parked run begins a new one: some forty wakes of ten each. The engine suggests it at ten times
// as many; a short history is cheap to replay when a worker has forgotten it.
const LONG_HISTORY = 400

// The engine's clock may be a little ahead of the database's, which decides what is due.
const CLOCK_MARGIN_MS = 50
// And where it is far ahead, a run that finds nothing due asks again once a second, not in a loop.
const LEAST_PARKED_MS = 1_000

export /** The rows say that the refresh is closed, and as what. */
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

/**
 * How a refresh goes: its plan, its readings, its cuts, and what it waits for. Told until the rows say that it has ended.
 */
export class Story {
  cutNo: number
  private readonly readings: Readings
  private readonly orders: Order[]
  private hinted = false
  /** A cut was due and came to nothing, or what is shown is no longer true: the next one is due at once. */
  private owesCut = false
  private patienceEnds = 0
  private readonly refresh: RefreshRef

  constructor(refresh: RefreshRef, cutNo: number) {
    this.refresh = refresh
    this.cutNo = cutNo
    this.readings = new Readings(refresh)
    this.orders = ordersBySignal()
    setHandler(rowsChangedSignal, () => {
      this.hinted = true
    })
  }

  async tell(): Promise<never> {
    for (;;) {
      await this.obeyOrders()
      await this.readPlan()
      if ((await this.waitForReadings()) === 'settled') await this.showAndGoOn()
    }
  }

  /** Cuts while there is something new to show, then waits for what can be mended. Returns to have the plan read again. */
  private async showAndGoOn(): Promise<void> {
    let isDue = this.cutNo === 0 || this.owesCut || this.readings.haveLanded()
    for (;;) {
      if (isDue) {
        const outcome = await this.cutAndPublish()
        this.owesCut = outcome === 'discarded'
        if (outcome === 'complete') throw new Ended('succeeded', null, this.cutNo)
        if (outcome !== 'partial') return // fenced or closed: the plan knows
        show('partial')
      }
      if (this.isNews() || this.readings.haveLanded() || !this.readings.haveAllSettled()) return
      const next = await patiently(() => short.parkOrContinue(this.refresh))
      if (next.next === 'closed') throw new Ended(next.as, next.because, this.cutNo)
      if (next.next === 'parked') return this.parked(Date.parse(next.wakeAt))
      if (next.next === 'read') return
      isDue = true
    }
  }

  /** No worker slot, one timer. Wakes at the next try, by a hint or an order; the rows say what there is to do. */
  private async parked(wakeAt: number): Promise<void> {
    show('parked')
    this.describe(`parked until ${new Date(wakeAt).toISOString()}: resume, excuse and cancel wake it`)
    if (
      !this.isNews() &&
      (workflowInfo().historyLength >= LONG_HISTORY || workflowInfo().continueAsNewSuggested)
    ) {
      await continueAsNew<(input: RefreshInput) => Promise<unknown>>({
        refresh: this.refresh,
        since: { cutNo: this.cutNo },
      })
    }
    const waitMs = Math.max(LEAST_PARKED_MS, wakeAt - Date.now() + CLOCK_MARGIN_MS)
    await condition(() => this.isNews(), waitMs, { summary: 'parked until the next try' })
    show('collecting')
  }

  private isNews(): boolean {
    return this.hinted || this.orders.length > 0
  }

  /** An order that came too late is refused on the record; that it cannot be written changes nothing. */
  async answerLateOrders(): Promise<void> {
    await CancellationScope.nonCancellable(() => this.obeyOrders().catch(() => {}))
  }

  /** One after another. An order that cannot be written is let go, with a word in the log: it must not end the refresh. */
  private async obeyOrders(): Promise<void> {
    for (let order = this.orders[0]; order; order = this.orders[0]) {
      const given = order
      try {
        await patiently(() => short.obeyOrder(this.refresh, given))
      } catch (error) {
        if (isCancellation(error)) throw error
        log.warn('an order of an operator could not be written down', { verb: given.verb })
      }
      this.orders.shift()
    }
  }

  private async readPlan(): Promise<void> {
    this.hinted = false
    const plan = await patiently(() => short.beginRefresh(this.refresh, workflowInfo().runId))
    if (plan.state === 'closed') throw new Ended(plan.as, plan.because, this.cutNo)
    // Anew for readings that begin together; whoever joins those under way waits no longer than they do.
    if (this.readings.haveAllSettled()) this.patienceEnds = Date.now() + plan.patienceMs
    // A consent has ended: nobody waits for a laggard to see what remains.
    if (plan.owesCut) this.owesCut = true
    this.readings.start(plan.readings)
    this.describe('reading')
  }

  /** Until all have settled, or patience has passed; where something was shown before, until a laggard lands. */
  private async waitForReadings(): Promise<'news' | 'settled'> {
    const { readings } = this
    const isOver = () => this.isNews() || readings.isBroken() || readings.haveAllSettled()
    const patienceMs = this.owesCut ? 0 : this.patienceEnds - Date.now()
    if (!isOver() && patienceMs > 0) await condition(isOver, patienceMs, { summary: 'patience' })
    if (!isOver() && !this.owesCut && this.cutNo > 0 && !(await this.somethingLands(isOver))) return 'news'
    readings.throwIfBroken()
    return this.isNews() ? 'news' : 'settled'
  }

  /** A laggard may hang for long: what failed beside it is tried again when it is due. False: that is now. */
  private async somethingLands(isOver: () => boolean): Promise<boolean> {
    const { readings } = this
    const lands = () => isOver() || readings.haveLanded()
    const dueAt = readings.firstDueAt()
    if (dueAt === null) return condition(lands).then(() => true)
    return condition(lands, Math.max(1, dueAt - Date.now() + CLOCK_MARGIN_MS), {
      summary: 'until the next try',
    })
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

/** What lists of runs are filtered by. */
export const show = (value: RunState): void => upsertSearchAttributes([{ key: refreshState, value }])
