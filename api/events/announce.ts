import { setTimeout as sleep } from 'node:timers/promises'

import type { UserId } from '../../db/database.ts'
import type { EventAnswer } from '../../db/events.ts'
import type { Revoked } from '../../db/revocations.ts'
import type { Users } from '../../db/users.ts'
import { EVENTS, type EventType } from '../../domain/event-map.ts'
import type { Runs } from '../../engine/runs.ts'
import type { Log } from '../../log.ts'

export type AnnounceDeps = {
  runs: Pick<Runs, 'start' | 'hint' | 'startRevocation' | 'hintRevocation'>
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
    say({ refreshNo, outcome }, () => tell(userId, type, refreshNo))
  }

  /** The same of a consent that has ended: its own story, and the refresh that shows what remains. */
  function announceRevocation(userId: UserId, { revocation, refresh }: Revoked): void {
    const { revocationNo, state } = revocation
    if (state !== 'done') {
      say({ revocationNo }, async () => {
        const named = { userKey: await users.keyOf(userId), revocationNo }
        // A deletion may have been added to what is under way.
        if ((await runs.startRevocation(named)) === 'started-before') await runs.hintRevocation(named)
      })
    }
    if (refresh) announce(userId, 'consent.revoked', refresh)
  }

  function say(facts: object, work: () => Promise<void>): void {
    if (inFlight.size >= MOST_AT_ONCE) {
      log.warn({ ...facts, case: 'too many at once' }, 'a run was left to the caretaker')
      return
    }
    const said = work()
      .catch((error: unknown) => {
        log.warn({ ...facts, failure: nameOf(error) }, 'a run was left to the caretaker')
      })
      .finally(() => inFlight.delete(said))
    inFlight.add(said)
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

  return { announce, announceRevocation, settled }
}

export type Announcer = ReturnType<typeof createAnnouncer>

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'not an error')
