import { setTimeout as sleep } from 'node:timers/promises'

import type { Effort } from './arguments.ts'
import { mostAtOnce, readingsOf } from './at-once.ts'
import { limitCalls, limitNoCalls } from './call-limits.ts'
import { INSTITUTIONS } from './children.ts'
import { CLOSELY_MS, type Ground, LOOSELY_MS } from './ground.ts'
import { type Person, preparePeopleAt } from './people.ts'
import { median, percentile } from './statistics.ts'
import { type Section, shown } from './tables.ts'
import { TARGETS } from './targets.ts'
import { inTurns } from './turns.ts'

const WAITING = 300
const SLOW_MS = 20_000
// What is slow here still answers: an institution that never did would soon not be asked any more.
const WAITED_MS = 60_000
const CALL_MS = 300
const N = 10
// Two people who refresh again and again, and some who rest: the machine itself is not what is measured.
const LANES = 2
const OTHERS = 8
// One that is not complete by then counts as that long, and its person takes part no more.
const LIMIT_MS = 60_000
/** Before so many readings of it are under way, nobody waits for the slow one as is meant. */
const LEAST_UNDER_WAY = 50
const CALM_MS = 3_000
const START_LIMIT_MS = 180_000
const DRAIN_LIMIT_MS = 120_000

type Arm = 'alone' | 'beside'
type Window = { arm: Arm; totalsMs: number[]; underWay: number }

/** Whether one institution that takes twenty seconds, and all who wait for it, are felt by those who never asked it. */
export async function slowInstitution(ground: Ground, { quick, rounds }: Effort): Promise<Section[]> {
  const ids = ground.institutions.idsUpTo(INSTITUTIONS)
  const slow = ids.at(-1)!
  await ground.institutions.behaveAll(0)
  const others = await preparePeopleAt(ground, 'others', OTHERS, ids.slice(0, N))
  const waiting = await preparePeopleAt(ground, 'waiting', WAITING, [slow])
  const windowMs = quick ? 12_000 : 30_000
  const windows: Window[] = []
  const measure = async (arm: Arm, underWay: number) =>
    windows.push({ arm, underWay, totalsMs: await closedLoop(ground, others, windowMs) })
  await limitCalls(ground, new Map([[slow, WAITED_MS]]), null)
  try {
    await ground.institutions.behaveAll(CALL_MS)
    await closedLoop(ground, others, CALM_MS) // connections and caches
    for (let round = 0; round < rounds; round += 1) {
      await measure('alone', 0)
      const since = Date.now()
      await ground.institutions.slowDown(slow, SLOW_MS)
      const open = await inTurns(waiting, 8, async (person) => ({
        person,
        ...(await ground.api.post(person)),
      }))
      await untilUnderWay(ground, slow, since)
      await untilTheyWait(ground, open)
      await sleep(CALM_MS)
      await measure('beside', await underWayAt(ground, slow, since))
      await ground.institutions.behaveAll(CALL_MS)
      await drain(ground, slow, open)
      await sleep(CALM_MS)
    }
    // On a machine that others use as well, what came before and what came after are both the baseline.
    await measure('alone', 0)
  } finally {
    ground.pace.everyMs = CLOSELY_MS
    await limitNoCalls(ground)
    await ground.institutions.behaveAll(0)
  }
  return [sectionOf(windows, rounds)]
}

/** Who waited is served before those who never did are measured alone again. */
async function drain(
  ground: Ground,
  slow: string,
  open: readonly { person: Person; refreshNo: number | null }[],
) {
  await ground.repositories.operator.recovered(slow, 'bench', 'it answers at once again')
  ground.pace.everyMs = LOOSELY_MS
  await inTurns(open, open.length, async ({ person, refreshNo }) => {
    // One that its failures keep waiting for longer than this is left to itself.
    if (refreshNo !== null)
      await ground.watcher.visible(person.userId, refreshNo, DRAIN_LIMIT_MS).catch(() => null)
  })
}

/** Refreshes one after another in each lane, until the time is over; how long each took. */
async function closedLoop(ground: Ground, rested: Person[], windowMs: number): Promise<number[]> {
  ground.pace.everyMs = CLOSELY_MS
  const totalsMs: number[] = []
  const until = performance.now() + windowMs
  const lane = async () => {
    while (performance.now() < until) {
      const person = rested.shift()
      if (!person) return
      const begunAt = performance.now()
      const { refreshNo } = await ground.api.start(person)
      const seen = await ground.watcher.visible(person.userId, refreshNo, LIMIT_MS).catch(() => null)
      totalsMs.push(seen === null ? LIMIT_MS : seen - begunAt)
      if (seen !== null) rested.push(person)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return totalsMs
}

async function untilUnderWay(ground: Ground, slow: string, since: number): Promise<void> {
  const until = performance.now() + START_LIMIT_MS
  while ((await underWayAt(ground, slow, since)) < LEAST_UNDER_WAY) {
    if (performance.now() > until)
      throw new Error(`fewer than ${LEAST_UNDER_WAY} readings of the slow one began`)
    await sleep(500)
  }
}

/**
 * Three hundred that begin at once are a burst, and so are the partial snapshots that all of them show when their patience is
 * over. Waiting is what comes after that.
 */
async function untilTheyWait(
  { owner }: Ground,
  open: readonly { person: Person; refreshNo: number | null }[],
): Promise<void> {
  const until = performance.now() + START_LIMIT_MS
  const users = open.map(({ person }) => person.userId)
  for (let count = 0; count < open.length;) {
    if (performance.now() > until) throw new Error(`only ${count} of ${open.length} show what they have`)
    const [row] = await owner<{ shown: number }[]>`
      SELECT count(DISTINCT r.user_id)::int AS shown FROM refreshes r JOIN snapshots s USING (user_id, refresh_no)
      WHERE r.closed_at IS NULL AND s.published_at IS NOT NULL AND r.user_id = ANY (${users}::int8[])`
    count = row!.shown
    await sleep(500)
  }
}

const underWayAt = async ({ institutions }: Ground, slow: string, since: number): Promise<number> =>
  mostAtOnce(readingsOf(await institutions.calls(slow, since), Date.now()))

function sectionOf(windows: readonly Window[], rounds: number): Section {
  const of = (arm: Arm) => windows.filter((window) => window.arm === arm)
  const totals = (arm: Arm) => of(arm).flatMap(({ totalsMs }) => totalsMs)
  const [alone, beside] = [median(totals('alone')), median(totals('beside'))]
  const rise = alone === null || beside === null ? null : (beside / alone - 1) * 100
  return {
    title: 'slow-institution: whether those who never ask it feel one that takes twenty seconds',
    notes: [
      `${WAITING} people whose only institution takes ${SLOW_MS / 1_000} s a call have a refresh open; ${LANES} others refresh ${N} other institutions (${CALL_MS} ms a call) again and again.`,
      `alone and beside in turns, ${rounds} round(s), alone once more at the end. Readings of the slow one under way: ${of(
        'beside',
      )
        .map(({ underWay }) => underWay)
        .join(', ')} at most; the rest waits for its turn.`,
    ],
    columns: ['others’ refreshes', 'count', 'p50 ms', 'p95', 'max'],
    rows: [line('without', totals('alone')), line('with', totals('beside'))],
    figures: [
      {
        name: `others’ median with ${WAITING} waiting for a slow institution: rise`,
        value: rise,
        unit: '%',
        target: TARGETS.slowInstitutionRise,
      },
    ],
    raw: windows,
  }
}

const line = (name: string, values: readonly number[]): string[] => [
  name,
  `${values.length}`,
  ...[0.5, 0.95, 1].map((share) => shown(percentile(values, share))),
]
