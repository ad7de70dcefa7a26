import { isCancellation } from '@temporalio/workflow'

import type { PlanForRun } from '../activities/story.ts'
import type { RefreshRef } from '../domain/refresh.ts'
import { stepFailure } from './failures.ts'
import { collectInstitution, patiently, short } from './steps.ts'

export type Planned = Extract<PlanForRun, { state: 'open' }>['readings'][number]

/** How each institution stands, for people who watch the run: its last word, never data. */
export type Standing = 'reading' | 'changed' | 'unchanged' | 'superseded' | (string & {})

/**
 * The readings of one refresh that are under way, each on its own: one institution's failure or slowness touches no
 * other. Two rounds of one institution never overlap: institutions forbid parallel ranges of one asset.
 */
export class Readings {
  readonly standing = new Map<string, Standing>()
  private readonly inFlight = new Map<string, number>()
  private readonly next = new Map<string, Planned>()
  private landed = 0
  private broken: unknown

  readonly refresh: RefreshRef
  constructor(refresh: RefreshRef) {
    this.refresh = refresh
  }

  /** Starts what is not under way; a newer round waits for the older to end. */
  start(planned: readonly Planned[]): void {
    for (const reading of planned) {
      const round = this.inFlight.get(reading.institutionId)
      if (round === undefined) this.launch(reading)
      else if (reading.round > round) this.next.set(reading.institutionId, reading)
    }
  }

  haveAllSettled(): boolean {
    return this.inFlight.size === 0
  }

  /** Whether anything settled since this was last asked to forget it. */
  haveLanded(): boolean {
    return this.landed > 0
  }

  forgetLanded(): void {
    this.landed = 0
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
    else this.landed += 1
  }

  private async read({ institutionId, round, limits }: Planned): Promise<Standing> {
    const input = { refresh: this.refresh, institutionId, round }
    try {
      const { outcome } = await patiently(() =>
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
        ),
      )
      return outcome
    } catch (error) {
      if (isCancellation(error)) throw error
      const { type, notBefore } = stepFailure(error)
      if (type === 'Superseded') return 'superseded'
      await patiently(() => short.settleReading({ ...input, failure: type, notBefore }))
      return type
    }
  }
}
