import { setTimeout as sleep } from 'node:timers/promises'

import type { ConsentEnds } from '../db/consent-ends.ts'
import type { ConsentWatch, DueConsent } from '../db/consent-watch.ts'
import type { Log } from '../log.ts'

export type ConsentKeeperDeps = {
  /** Sees across users which are due, and no more. */
  watch: ConsentWatch
  /** Acts as the user whose consent it is. */
  ends: ConsentEnds
  log: Log
  /** Pause between two rounds. */
  everyMs: number
}

/**
 * Ends consents whose time is over, and writes down that their users are to be told before. Any number of them may run:
 * each act is done once, by whoever comes first.
 */
export function createConsentKeeper({ watch, ends, log, everyMs }: ConsentKeeperDeps) {
  async function round(): Promise<void> {
    for (const due of await watch.due()) {
      await keep(due).catch((error: unknown) =>
        log.warn(
          { institutionId: due.institutionId, case: 'consent', failure: nameOf(error) },
          'a consent could not be looked after',
        ),
      )
    }
  }

  async function keep({ isOver, ...consent }: DueConsent): Promise<void> {
    const { institutionId } = consent
    if (!isOver) await ends.notice(consent)
    else if (await ends.expire(consent)) log.info({ institutionId }, 'a consent has expired')
  }

  /** Runs rounds until told to stop. */
  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await round().catch((error: unknown) =>
        log.warn({ failure: nameOf(error) }, 'a round of looking after consents failed'),
      )
      await sleep(everyMs, undefined, { signal }).catch(() => {})
    }
  }

  return { round, run }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'not an error')
