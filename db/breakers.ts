import { and, desc, gt, isNotNull, ne, or, sql } from 'drizzle-orm'

import { afterReading, type Evidence } from '../domain/breaker-evidence.ts'
import type { Breaker, Transition } from '../domain/breaker.ts'
import { absolve, lastAnsweredAt, ourNetworkIsDown, type Sighting } from '../domain/our-network.ts'
import { drawRetry, earnRetries } from '../domain/retry-allowance.ts'
import { addBreaker, type HeldBreaker, keepBreaker, keepRetries } from './breaker-rows.ts'
import type { Database, Tx } from './database.ts'
import { gathering } from './gathering.ts'
import { databaseNow } from './instants.ts'
import { lockBreaker } from './locks.ts'
import { breakers } from './schema/index.ts'

/** A reading that has ended: its calls in order, the probe's name if it was one, when it began; the first of its round? */
export type Noted = Pick<Evidence, 'calls' | 'probe'> & { begunAt: Date; isFirstTry: boolean }

/** Beyond this nobody's word is looked at by the rules: the portal knows some 700 institutions. */
const MOST_SIGHTINGS = 5_000

// A quarter of a year, at some hundred changes a day of one that flaps: 10,000 rows.
const KEPT_DAYS = 90
const FORGOTTEN_AT_ONCE = 10_000

/** What the fleet holds about institutions; each worker says what it saw, once per reading. */
export function createBreakers(database: Database) {
  /**
   * What a reading teaches. Those of one institution that end while one is being written down are written together: under
   * load its row is held by each process in turn, not by each reading.
   */
  const note = gathering((institutionId: string, noted: readonly Noted[]) =>
    database.asNobody((tx) => learn(tx, institutionId, noted)),
  )

  /** Where it was we who reached nobody, what opened for that closes at once. Answers whether it is so now. */
  const judgeOurNetwork = async (): Promise<boolean> => {
    const { now, lastAnswer, isDown, suspects } = await database.asNobody(async (tx) => {
      const sightings = await readSightings(tx, null)
      const at = (await databaseNow(tx)).getTime()
      const last = lastAnsweredAt(sightings)
      const open = await tx
        .select({ institutionId: breakers.institutionId })
        .from(breakers)
        .where(and(ne(breakers.state, 'closed'), gt(breakers.openedAt, new Date(last))))
      return { now: at, lastAnswer: last, isDown: ourNetworkIsDown(sightings, at), suspects: open }
    })
    if (!isDown) return false
    // One after another, each alone: two rows are never held together.
    for (const { institutionId } of suspects) {
      await database.asNobody(async (tx) => {
        const { breaker } = await hold(tx, institutionId)
        const changed = absolve(breaker, lastAnswer, now)
        if (changed.transition)
          await keepBreaker(tx, institutionId, kept(changed.breaker, [changed.transition]))
      })
    }
    return true
  }

  /** Takes one of what may be spent on quick retries, if there is one left. */
  const drawRetryOf = (institutionId: string): Promise<boolean> =>
    database.asNobody(async (tx) => {
      const { retries } = await hold(tx, institutionId)
      const { allowance, isGranted } = drawRetry(retries, (await databaseNow(tx)).getTime())
      await keepRetries(tx, institutionId, allowance)
      return isGranted
    })

  /** Takes away what is too old to tell anybody anything. Answers how many changes. */
  const forgetHistory = async (): Promise<number> => {
    const gone = await database.asNobody((tx) =>
      tx.execute(sql`
        DELETE FROM breaker_transitions WHERE transition_no IN (
          SELECT transition_no FROM breaker_transitions
          WHERE at < now() - make_interval(days => ${KEPT_DAYS}) LIMIT ${FORGOTTEN_AT_ONCE})
        RETURNING 1`),
    )
    return gone.length
  }

  return { note, drawRetry: drawRetryOf, judgeOurNetwork, forgetHistory }
}

export type Breakers = ReturnType<typeof createBreakers>

async function learn(tx: Tx, institutionId: string, noted: readonly Noted[]): Promise<void> {
  const { breaker: before, retries } = await hold(tx, institutionId)
  const now = (await databaseNow(tx)).getTime()
  const evidence = noted.map(({ calls, probe, begunAt }) => ({
    calls,
    probe,
    begunAt: begunAt.getTime(),
    now,
  }))
  const isOurNetworkDown = await isItWe(tx, institutionId, before, evidence, now)
  const transitions: Transition[] = []
  let breaker = before
  for (const each of evidence) {
    const changed = afterReading(breaker, { ...each, isOurNetworkDown })
    breaker = changed.breaker
    if (changed.transition) transitions.push(changed.transition)
  }
  await keepBreaker(tx, institutionId, kept(breaker, transitions))
  const firstTries = noted.filter(({ isFirstTry }) => isFirstTry).length
  if (firstTries > 0) await keepRetries(tx, institutionId, earnRetries(retries, firstTries, now))
}

/** The row, held; it is made where there is none, and whoever makes it at the same time waits and finds it. */
async function hold(tx: Tx, institutionId: string): Promise<HeldBreaker> {
  const held = await lockBreaker(tx, institutionId)
  if (held) return held
  await addBreaker(tx, institutionId, await databaseNow(tx))
  return (await lockBreaker(tx, institutionId))!
}

/** Asked only where a call stayed unanswered: nothing else opens a breaker for our sake. */
async function isItWe(
  tx: Tx,
  institutionId: string,
  before: Breaker,
  evidence: readonly Omit<Evidence, 'isOurNetworkDown'>[],
  now: number,
): Promise<boolean> {
  const seen = evidence.reduce<Breaker>(
    (breaker, each) => afterReading(breaker, { ...each, isOurNetworkDown: true }).breaker,
    before,
  )
  if (seen.missedAt !== now) return false
  return ourNetworkIsDown([...(await readSightings(tx, institutionId)), seen], now)
}

async function readSightings(tx: Tx, except: string | null): Promise<Sighting[]> {
  const rows = await tx
    .select({ answeredAt: breakers.answeredAt, missedAt: breakers.missedAt })
    .from(breakers)
    .where(
      and(
        or(isNotNull(breakers.answeredAt), isNotNull(breakers.missedAt)),
        except === null ? sql`true` : ne(breakers.institutionId, except),
      ),
    )
    .orderBy(desc(sql`greatest(${breakers.answeredAt}, ${breakers.missedAt})`))
    .limit(MOST_SIGHTINGS)
  return rows.map(({ answeredAt, missedAt }) => ({
    answeredAt: answeredAt?.getTime() ?? null,
    missedAt: missedAt?.getTime() ?? null,
  }))
}

const kept = (breaker: Breaker, transitions: readonly Transition[]) => ({ breaker, transitions })
