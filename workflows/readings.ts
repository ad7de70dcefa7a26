import { isCancellation, sleep } from '@temporalio/workflow'

import type { CollectInput, NotYetBegun, SettleInput } from '../activities/collect.ts'
import type { PlanForRun } from '../activities/story.ts'
import type { FailureName } from '../domain/failures.ts'
import type { RefreshRef } from '../domain/refresh.ts'
import { nextTurn } from '../domain/turns.ts'
import { stepFailure } from './failures.ts'
import { collectInstitution, patiently, short } from './steps.ts'

export type Planned = Extract<PlanForRun, { state: 'open' }>['readings'][number]

/** How each institution stands, for people who watch the run: its last word, never data. */
export type Standing =
  | 'reading'
  | 'waiting for its turn'
  | 'changed'
  | 'unchanged'
  | 'superseded'
  | (string & {})

/** Outcomes that brought something a cut can show; a failure is shown only once nothing else is coming. */
const BROUGHT: readonly Standing[] = ['changed', 'unchanged', 'collected before']

/**
 * The readings of one refresh that are under way, each on its own: one institution's failure or slowness touches no
 * other. Two rounds of one institution never overlap: institutions forbid parallel ranges of one asset.
 */
export class Readings {
  readonly standing = new Map<string, Standing>()
  private readonly inFlight = new Map<string, number>()
  private readonly next = new Map<string, Planned>()
  /** By institution: when a row that failed is due again, by the engine's clock. */
  private readonly due = new Map<string, number>()
  private landed = 0
  private broken: unknown

  readonly refresh: RefreshRef
  constructor(refresh: RefreshRef) {
    this.refresh = refresh
  }

  /** Starts what is not under way; a newer round waits for the older to end. */
  start(planned: readonly Planned[]): void {
    // The plan was read: what was due is in it now, unless somebody took it out.
    for (const [institutionId, dueAt] of this.due) if (dueAt <= Date.now()) this.due.delete(institutionId)
    for (const reading of planned) {
      const round = this.inFlight.get(reading.institutionId)
      if (round === undefined) this.launch(reading)
      else if (reading.round > round) this.next.set(reading.institutionId, reading)
    }
  }

  haveAllSettled(): boolean {
    return this.inFlight.size === 0
  }

  /** Whether anything was brought since this was last asked to forget it. */
  haveLanded(): boolean {
    return this.landed > 0
  }

  forgetLanded(): void {
    this.landed = 0
  }

  /** When the first of those that failed is due again. Null: none is. */
  firstDueAt(): number | null {
    return this.due.size > 0 ? Math.min(...this.due.values()) : null
  }

  /** Throws what went wrong with the story itself (never an institution's failure: that is settled). */
  throwIfBroken(): void {
    if (this.broken !== undefined) throw this.broken
  }

  isBroken(): boolean {
    return this.broken !== undefined
  }

  private launch(reading: Planned): void {
    const { institutionId } = reading
    this.inFlight.set(institutionId, reading.round)
    this.due.delete(institutionId)
    this.standing.set(institutionId, 'reading')
    void this.read(reading).then(
      (standing) => this.settled(institutionId, standing),
      (error: unknown) => {
        this.broken ??= error
      },
    )
  }

  private settled(institutionId: string, standing: Standing): void {
    this.inFlight.delete(institutionId)
    this.standing.set(institutionId, standing)
    const next = this.next.get(institutionId)
    this.next.delete(institutionId)
    if (next) this.launch(next)
    else if (BROUGHT.includes(standing)) this.landed += 1
  }

  private async read(planned: Planned): Promise<Standing> {
    const { institutionId, round } = planned
    const input = { refresh: this.refresh, institutionId, round }
    const settle = async (
      failure: FailureName,
      notBefore: string | null,
      because?: SettleInput['because'],
    ) => {
      const { dueInMs } = await patiently(() =>
        short.settleReading({ ...input, failure, notBefore, because }),
      )
      if (dueInMs !== null) this.due.set(institutionId, Date.now() + dueInMs)
      return failure
    }
    try {
      for (let turn = 0; ; turn += 1) {
        const answer = await patiently(() => collect(planned, input))
        if (answer.outcome !== 'not yet') return answer.outcome
        const next = turnOf(turn, answer)
        if ('as' in next) return await settle(next.as, answer.notBefore, answer.because)
        this.standing.set(institutionId, 'waiting for its turn')
        await sleep(next.waitMs, { summary: `${institutionId}: waiting for its turn` })
        this.standing.set(institutionId, 'reading')
      }
    } catch (error) {
      if (isCancellation(error)) throw error
      const { type, notBefore } = stepFailure(error)
      return type === 'Superseded' ? 'superseded' : settle(type, notBefore)
    }
  }
}

const collect = ({ institutionId, round, limits }: Planned, input: CollectInput) =>
  collectInstitution.executeWithOptions(
    {
      startToCloseTimeout: limits.attemptMs,
      scheduleToCloseTimeout: limits.readingMs,
      heartbeatTimeout: limits.heartbeatMs,
      cancellationType: 'TRY_CANCEL',
      summary: round === 1 ? institutionId : `${institutionId}, round ${round}`,
      retry: {
        initialInterval: '1 second',
        maximumInterval: '10 seconds',
        maximumAttempts: limits.quickTries,
      },
    },
    [input],
  )

/** By the engine's clock and its own dice, which a replay repeats. */
const turnOf = (turn: number, { because, notBefore }: NotYetBegun) =>
  nextTurn({
    because: because ?? null,
    turn,
    statedMs: notBefore === null ? null : Date.parse(notBefore) - Date.now(),
    draw: Math.random(),
  })
