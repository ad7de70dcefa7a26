import { setTimeout as sleep } from 'node:timers/promises'

import type { Due, Purged, Purging } from '../db/purging.ts'
import type { Log } from '../log.ts'

export type PurgerDeps = {
  purging: Purging
  /** What belongs to nobody and grows: each takes away what is too old, a little at a time. */
  others?: readonly (() => Promise<unknown>)[]
  log: Log
  /** Pause between two rounds, give or take a half: workers that start together do not go on together. */
  everyMs: number
}

// 100 × 50 bytes; a page of users costs one look into an index.
const USERS_AT_ONCE = 100
// 20 steps are 40,000 rows and some seconds: after that it is the next user's turn, and this one's in the next round.
const STEPS_AT_ONCE = 20

/**
 * Takes away what nobody can read any more, user after user, of all whose turn it is; any number of them may run at
 * once. A user for whom it fails is tried again in the next round.
 */
export function createPurger({ purging, others = [], log, everyMs }: PurgerDeps) {
  async function round(signal: AbortSignal): Promise<void> {
    let users = 0
    let total = NOTHING
    let last: Due | null = null
    do {
      const page: Due[] = await purging.due(last, USERS_AT_ONCE)
      for (const { userId } of page) {
        if (signal.aborted) break
        const purged = await purgeUser(userId, signal)
        if (!isNothing(purged)) users += 1
        total = sum(total, purged)
      }
      last = page.length === USERS_AT_ONCE ? page.at(-1)! : null
    } while (last !== null && !signal.aborted)
    if (users > 0) log.info({ users, ...total }, 'purged what nobody can read any more')
    for (const forget of others) await forget()
  }

  async function purgeUser(userId: number, signal: AbortSignal): Promise<Purged> {
    let purged = NOTHING
    try {
      for (let steps = 0; steps < STEPS_AT_ONCE && !signal.aborted; steps += 1) {
        const step = await purging.step(userId)
        purged = sum(purged, step.purged)
        if (step.state !== 'more') break
      }
    } catch (error) {
      log.warn({ failure: nameOf(error) }, 'a user could not be purged')
    }
    return purged
  }

  /** Runs rounds until told to stop. */
  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(everyMs * (0.5 + Math.random()), undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      await round(signal).catch((error: unknown) =>
        log.warn({ failure: nameOf(error) }, 'a round of purging failed'),
      )
    }
  }

  return { round, run }
}

const NOTHING: Purged = { snapshots: 0, versions: 0, classifications: 0, collections: 0 }

const isNothing = (purged: Purged): boolean => Object.values(purged).every((count) => count === 0)

const sum = (a: Purged, b: Purged): Purged => ({
  snapshots: a.snapshots + b.snapshots,
  versions: a.versions + b.versions,
  classifications: a.classifications + b.classifications,
  collections: a.collections + b.collections,
})

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'not an error')
