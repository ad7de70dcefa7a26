import { setTimeout as sleep } from 'node:timers/promises'

import type { UserId } from '../../db/database.ts'
import type { EventAnswer } from '../../db/events.ts'
import type { Users } from '../../db/users.ts'
import { EVENTS, type EventType } from '../../domain/event-map.ts'
import type { Runs } from '../../engine/runs.ts'
import type { Log } from '../../log.ts'

export type AnnounceDeps = {
  runs: Pick<Runs, 'start' | 'hint'>
  users: Pick<Users, 'keyOf'>
  log: Log
}

// While the engine is away each waits 5 s for it: at 200 events a second, 1,000. What is more is left to the caretaker.
const MOST_AT_ONCE = 1_000
// At a shutdown: as long as one call to the engine may take.
const SETTLE_MS = 5_000

/**
 * Tells the engine what the rows already say. Nobody waits for it and nobody fails with it: what is not said here, the
 * caretaker says a few seconds later.
 */
export function createAnnouncer({ runs, users, log }: AnnounceDeps) {
  const inFlight = new Set<Promise<void>>()

  /** Returns at once. */
  function announce(userId: UserId, type: EventType, answer: EventAnswer): void {
    if (answer.outcome !== 'started' && answer.outcome !== 'joined') return
    const { refreshNo, outcome } = answer
    if (inFlight.size >= MOST_AT_ONCE) {
      log.warn({ refreshNo, outcome, case: 'too many at once' }, 'a refresh was left to the caretaker')
      return
    }
    const told = tell(userId, type, refreshNo)
      .catch((error: unknown) => {
        log.warn({ refreshNo, outcome, failure: nameOf(error) }, 'a refresh was left to the caretaker')
      })
      .finally(() => inFlight.delete(told))
    inFlight.add(told)
  }

  /** Starting is harmless if the run is there, and needed if whoever opened the refresh died before it could. */
  async function tell(userId: UserId, type: EventType, refreshNo: number): Promise<void> {
    const userKey = await users.keyOf(userId)
    const { priority } = EVENTS[type]
    const outcome = await runs.start({ userKey, refreshNo }, { priority, reason: type })
    if (outcome === 'started-before') await runs.hint({ userKey, refreshNo })
  }

  /** Resolves when all has been said, or after the limit. */
  async function settled(): Promise<void> {
    await Promise.race([Promise.all(inFlight), sleep(SETTLE_MS, undefined, { ref: false })])
  }

  return { announce, settled }
}

export type Announcer = ReturnType<typeof createAnnouncer>

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'not an error')
