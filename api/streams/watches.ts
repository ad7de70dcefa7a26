import type { Changes } from '../../db/changes.ts'
import type { UserId } from '../../db/database.ts'
import { type Log, whereFrom } from '../../log.ts'

export type WatchDeps = {
  marks: Changes['marks']
  /** Whether changes are heard of as they happen. */
  isListening: () => boolean
  log: Pick<Log, 'warn'>
  pace?: { deafMs: number; alwaysMs: number }
}

// Notices may be lost, so rows are looked at in any case: one statement for everyone who has a stream open. 5,000 users
// are some 100 ms of the database per look.
const PACE = { deafMs: 1_000, alwaysMs: 5_000 }

/** Who wants to know of whose changes. What is heard is told at once; what was not heard is found by looking. */
export function createWatches({ marks, isListening, log, pace = PACE }: WatchDeps) {
  const watchers = new Map<UserId, Set<() => void>>()
  const seen = new Map<UserId, string>()
  let lookedAt = 0
  let looking: Promise<void> | null = null
  let isAway = false

  /** Calls back after every change of this user's rows, and now and then without one; answers with what ends it. */
  function watch(userId: UserId, changed: () => void): () => void {
    const ofUser = watchers.get(userId) ?? new Set()
    watchers.set(userId, ofUser.add(changed))
    return () => {
      ofUser.delete(changed)
      if (ofUser.size > 0 || watchers.get(userId) !== ofUser) return
      watchers.delete(userId)
      seen.delete(userId)
    }
  }

  const tell = (userId: UserId): void => watchers.get(userId)?.forEach((changed) => changed())

  const heard = (userIds: readonly UserId[]): void => userIds.forEach(tell)

  /** Looks for what was not heard. One look at a time: whoever asks meanwhile gets that one. */
  const look = (): Promise<void> =>
    (looking ??= lookOnce()
      .then(() => void (isAway = false), noteAway)
      .finally(() => (looking = null)))

  function noteAway(error: unknown): void {
    if (!isAway)
      log.warn(whereFrom(error), 'changes cannot be looked for: streams stand still until they can')
    isAway = true
  }

  async function lookOnce(): Promise<void> {
    if (watchers.size === 0) return
    lookedAt = performance.now()
    for (const [userId, mark] of await marks([...watchers.keys()])) {
      if (!watchers.has(userId) || seen.get(userId) === mark) continue
      seen.set(userId, mark)
      tell(userId)
    }
  }

  const beat = setInterval(() => {
    if (!isListening() || performance.now() - lookedAt >= pace.alwaysMs) void look()
  }, pace.deafMs)
  beat.unref()

  return { watch, heard, look, close: () => clearInterval(beat) }
}

export type Watches = ReturnType<typeof createWatches>
