import { setTimeout as sleep } from 'node:timers/promises'

import type { Verb } from '../../domain/orders.ts'
import type { RefreshRef } from '../../domain/refresh.ts'
import type { Runs } from '../../engine/runs.ts'
import type { Log } from '../../log.ts'

// Operators are few; a batch of orders from a script is not, and while the engine is away each waits 5 s for it.
const MOST_AT_ONCE = 200
// At a shutdown: as long as one call to the engine may take.
const SETTLE_MS = 5_000

/**
 * Tells a run what an order wrote into the rows. Nobody waits for it, and no order fails with it: the rows decide, and
 * what is not said here the caretaker says a few seconds later.
 */
export function createEngineTeller({ runs, log }: { runs: Pick<Runs, 'hint' | 'cancel'>; log: Log }) {
  const inFlight = new Set<Promise<void>>()

  /** Returns at once. */
  function tell(verb: Verb, refresh: RefreshRef): void {
    const facts = { userKey: refresh.userKey, refreshNo: refresh.refreshNo, case: verb }
    if (inFlight.size >= MOST_AT_ONCE) {
      log.warn({ ...facts, outcome: 'too many at once' }, 'an order was left to the caretaker')
      return
    }
    // A cancelled run ends as cancelled; told only that its rows changed it would end as failed.
    const told = (verb === 'cancel' ? runs.cancel(refresh) : runs.hint(refresh))
      .then(() => {})
      .catch((error: unknown) => {
        log.warn({ ...facts, failure: nameOf(error) }, 'an order was left to the caretaker')
      })
      .finally(() => inFlight.delete(told))
    inFlight.add(told)
  }

  /** Resolves when all has been said, or after the limit. */
  async function settled(): Promise<void> {
    await Promise.race([Promise.all(inFlight), sleep(SETTLE_MS, undefined, { ref: false })])
  }

  return { tell, settled }
}

export type EngineTeller = ReturnType<typeof createEngineTeller>

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'not an error')
