import { setTimeout as sleep } from 'node:timers/promises'

import type { Breakers } from '../db/breakers.ts'
import type { Recoveries } from '../db/recoveries.ts'
import type { RecoveryRefreshes } from '../db/recovery-refreshes.ts'
import type { Log } from '../log.ts'

export type RecoveryKeeperDeps = {
  breakers: Pick<Breakers, 'judgeOurNetwork'>
  /** Sees across users who waits, and no more. */
  recoveries: Recoveries
  /** Acts as the user whose refresh it is. */
  refreshes: RecoveryRefreshes
  log: Log
  /** Pause between two rounds. */
  everyMs: number
}

// A look fills a quarter of the room there is, and what it fills is begun within a second or two.
const NEXT_LOOK_MS = 1_000

/**
 * Sees to those who wait for institutions that were not called: sends one ahead where it is time to ask again, makes all
 * due where one answers again, and refreshes those who went without it, no faster than it bears. Any number of them may run.
 */
export function createRecoveryKeeper(deps: RecoveryKeeperDeps) {
  const { breakers, recoveries, log, everyMs } = deps

  /** Answers whether there is more to do, soon. */
  async function round(): Promise<boolean> {
    await recoveries.sendProbes()
    // Nobody is woken to call into the void; what waits is woken when anybody has answered us.
    if (await breakers.judgeOurNetwork()) return false
    const owed = await recoveries.owed()
    const looks = await Promise.all(
      owed.map((institutionId) => guarded(institutionId, () => lookAfter(institutionId))),
    )
    return looks.includes(true)
  }

  async function lookAfter(institutionId: string): Promise<boolean> {
    const { waiting, next, areMore } = await recoveries.look(institutionId)
    if (waiting > 0)
      log.info({ institutionId, count: waiting }, 'an institution answers again: what waits for it is due')
    for (const left of next) await guarded(institutionId, () => deps.refreshes.open(left))
    if (next.length > 0)
      log.info({ institutionId, count: next.length }, 'refreshing those who went without it')
    return areMore
  }

  async function guarded<T>(institutionId: string, work: () => Promise<T>): Promise<T | null> {
    return work().catch((error: unknown) => {
      log.warn(
        { institutionId, case: 'recovery', failure: nameOf(error) },
        'a recovery could not be looked after',
      )
      return null
    })
  }

  /** Runs rounds until told to stop. */
  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const areMore = await round().catch((error: unknown) => {
        log.warn({ failure: nameOf(error) }, 'a round of looking after recoveries failed')
        return false
      })
      await sleep(areMore ? Math.min(NEXT_LOOK_MS, everyMs) : everyMs, undefined, { signal }).catch(() => {})
    }
  }

  return { round, run }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'not an error')
