import type { Stop } from '../db/notices.ts'
import { DomainFailure } from '../domain/failures.ts'

type Watch = { userId: number; refreshNo: number; institutionId: string; controller: AbortController }

/**
 * Readings in flight in this process, and the way to stop them at once. Cancellation through the engine travels with
 * heartbeats, seconds late; this is the fast path, and the check before each call is the sure one.
 */
export function createStops() {
  const watches = new Set<Watch>()

  /** A signal that is aborted when this reading is told to stop. Call `release` when the reading has ended. */
  function watch(reading: Omit<Watch, 'controller'>): { signal: AbortSignal; release: () => void } {
    const entry = { ...reading, controller: new AbortController() }
    watches.add(entry)
    return { signal: entry.controller.signal, release: () => watches.delete(entry) }
  }

  /** Stops every reading that a notice speaks of: one refresh, or one institution of a user. */
  function heard(stop: Stop): void {
    for (const { userId, refreshNo, institutionId, controller } of watches) {
      const isMeant =
        userId === stop.userId &&
        (stop.refreshNo === undefined || stop.refreshNo === refreshNo) &&
        (stop.institutionId === undefined || stop.institutionId === institutionId)
      if (isMeant)
        controller.abort(new DomainFailure('Superseded', `the reading of ${institutionId} was told to stop`))
    }
  }

  return { watch, heard }
}

export type Stops = ReturnType<typeof createStops>
