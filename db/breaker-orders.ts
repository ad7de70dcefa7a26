import { desc, eq } from 'drizzle-orm'

import { type Breaker, force, isForced, release } from '../domain/breaker.ts'
import { writeAudit } from './audit.ts'
import { addBreaker, asKept, keepBreaker } from './breaker-rows.ts'
import type { Database, Tx } from './database.ts'
import { databaseNow } from './instants.ts'
import { lockBreaker } from './locks.ts'
import { breakerTransitions } from './schema/index.ts'

/** An operator's word about an institution, and until when; `none` takes it back. */
export type Forced = { to: 'open' | 'closed'; until: Date } | { to: 'none' }

/** Who says so, why, and from where. */
export type By = { by: string; why: string; place: string | null }

/** How an institution's breaker stands, for people. */
export type BreakerView = {
  state: Breaker['state']
  since: Date
  cause: Breaker['cause']
  /** While it is not closed: when somebody may next ask whether it answers. */
  probeFrom: Date | null
  forced: { to: 'open' | 'closed'; until: Date } | null
}

/** `changed` is false where it was so already. */
export type ForceAnswer = { changed: boolean; breaker: BreakerView }

export type TransitionView = {
  at: Date
  from: string
  to: string
  cause: string
  by: string | null
  why: string | null
}

// A page of the operators' list; a bank that flaps all day changes some hundred times.
const MOST_TRANSITIONS = 200

/** The operators' hand on breakers: above all that is observed, until it ends by itself. */
export function createBreakerOrders(database: Database) {
  /** One transaction with its row in the audit. Told twice it changes nothing. */
  const forceTo = (institutionId: string, word: Forced, { by, why, place }: By): Promise<ForceAnswer> =>
    database.asNobody(async (tx) => {
      const before = await hold(tx, institutionId)
      const now = (await databaseNow(tx)).getTime()
      const after = obeyed(before, word, now)
      const changed = after !== null
      if (after) await keepBreaker(tx, institutionId, after, { by, why })
      const view = viewOf(after?.breaker ?? before, now)
      await writeAudit(tx, null, {
        actor: by,
        action: 'institution.force',
        institutionId,
        reason: why,
        place,
        details: {
          to: word.to,
          until: word.to === 'none' ? null : word.until.toISOString(),
          outcome: changed ? 'done' : 'already',
          before: viewOf(before, now),
          after: view,
        },
      })
      return { changed, breaker: view }
    })

  /** What changed and why, newest first. */
  const history = async (institutionId: string): Promise<TransitionView[]> =>
    database.asNobody((tx) =>
      tx
        .select({
          at: breakerTransitions.at,
          from: breakerTransitions.fromState,
          to: breakerTransitions.toState,
          cause: breakerTransitions.cause,
          by: breakerTransitions.by,
          why: breakerTransitions.why,
        })
        .from(breakerTransitions)
        .where(eq(breakerTransitions.institutionId, institutionId))
        .orderBy(desc(breakerTransitions.transitionNo))
        .limit(MOST_TRANSITIONS),
    )

  return { force: forceTo, history }
}

export type BreakerOrders = ReturnType<typeof createBreakerOrders>

async function hold(tx: Tx, institutionId: string): Promise<Breaker> {
  const held = await lockBreaker(tx, institutionId)
  if (held) return held.breaker
  await addBreaker(tx, institutionId, await databaseNow(tx))
  return (await lockBreaker(tx, institutionId))!.breaker
}

/** Null: it is so already. */
function obeyed(before: Breaker, word: Forced, now: number) {
  if (word.to === 'none') {
    return isForced(before, now) ? { breaker: release(before, now), transitions: [] } : null
  }
  const until = word.until.getTime()
  if (isForced(before, now) && before.forced?.to === word.to && before.forced.until === until) return null
  return asKept(force(before, word.to, until, now))
}

/** For people: a word that has ended is none. */
export const viewOf = (breaker: Breaker, now: number): BreakerView => ({
  state: breaker.state,
  since: new Date(breaker.since),
  cause: breaker.cause,
  probeFrom: breaker.probeFrom === null ? null : new Date(breaker.probeFrom),
  forced:
    isForced(breaker, now) && breaker.forced
      ? { to: breaker.forced.to, until: new Date(breaker.forced.until) }
      : null,
})
