import { setTimeout as sleep } from 'node:timers/promises'

import { createCallStatistics } from '../db/call-statistics.ts'
import { createDatabase } from '../db/database.ts'
import { merged } from '../domain/call-statistics.ts'
import type { Effort } from './arguments.ts'
import { callDeadlineMs } from './call-deadline.ts'
import { limitCalls, limitNoCalls } from './call-limits.ts'
import { type Ground, LOOSELY_MS } from './ground.ts'
import { type Person, preparePeople } from './people.ts'
import { percentile } from './statistics.ts'
import { type Section, shown } from './tables.ts'
import { DAY_MS, inTurns } from './turns.ts'

const N = 10
const PEOPLE_AN_ARM = 3
/** Four calls a reading: 60 refreshes are more than the two hundred calls that a percentile of each institution takes. */
const LEARNED_FROM = 60
const FIXED_MS = 20_000
/** Whoever looks at a screen has long gone; what is not complete by then counts as not complete. */
const PATIENCE_MS = 20_000
const LIMIT_MS = 60_000
const DEFERRED_MS = 2_000

type Arm = 'fixed' | 'adaptive'
type Outcome = { arm: Arm; ms: number | null }

/** Whether deadlines that follow an institution's own statistics pay, under institutions as they are. */
export async function deadlines(ground: Ground, { quick, rounds }: Effort): Promise<Section[]> {
  const people = await preparePeople(ground, 'deadlines', 2 * PEOPLE_AN_ARM, N)
  const arms: Record<Arm, Person[]> = {
    fixed: people.slice(PEOPLE_AN_ARM),
    adaptive: people.slice(0, PEOPLE_AN_ARM),
  }
  ground.pace.everyMs = LOOSELY_MS
  await ground.institutions.play('realistic')
  await refreshAll(ground, 'fixed', people, LEARNED_FROM)
  const learned = await deadlinesOf(ground)
  await limitCalls(
    ground,
    learned,
    arms.adaptive.map(({ userId }) => userId),
  )
  // Both at the same time: whatever the machine and the institutions do falls on both.
  const each = (quick ? 40 : 80) * rounds
  const outcomes = (
    await Promise.all((['fixed', 'adaptive'] as const).map((arm) => refreshAll(ground, arm, arms[arm], each)))
  ).flat()
  await limitNoCalls(ground)
  await ground.institutions.behaveAll(0)
  return [sectionOf(outcomes, learned)]
}

/** So many refreshes, one after another by each person; how long until everything was there. */
async function refreshAll(
  ground: Ground,
  arm: Arm,
  people: readonly Person[],
  count: number,
): Promise<Outcome[]> {
  let left = count
  const lanes = await inTurns(people, people.length, async (person) => {
    const outcomes: Outcome[] = []
    while (left > 0) {
      left -= 1
      const begunAt = performance.now()
      const { refreshNo } = await ground.api.post(person)
      // Deferred: what is missing is tried again in its own time, and an hour has only so many buttons.
      if (refreshNo === null) await sleep(DEFERRED_MS)
      const isSeen = refreshNo !== null && ground.watcher.visible(person.userId, refreshNo, LIMIT_MS)
      const seen = isSeen ? await isSeen.catch(() => null) : null
      outcomes.push({ arm, ms: seen === null ? null : seen - begunAt })
    }
    return outcomes
  })
  return lanes.flat()
}

/** As the product's own statistics have it. */
async function deadlinesOf({ database: { urlOf } }: Ground): Promise<Map<string, number>> {
  const database = createDatabase({
    url: urlOf('moa_worker'),
    size: 1,
    applicationName: 'moa bench',
    lockTimeoutMs: 2_000,
    statementTimeoutMs: 60_000,
  })
  try {
    const { counted } = await createCallStatistics(database).look({
      institutionId: null,
      sinceMs: DAY_MS,
      stepMs: DAY_MS,
    })
    const ids = [...new Set(counted.map(({ institutionId }) => institutionId))]
    return new Map(
      ids.map((id) => [
        id,
        callDeadlineMs(merged(counted.filter(({ institutionId }) => institutionId === id)), FIXED_MS),
      ]),
    )
  } finally {
    await database.close()
  }
}

function sectionOf(outcomes: readonly Outcome[], learned: ReadonlyMap<string, number>): Section {
  const limits = [...learned.values()].map((ms) => ms / 1_000)
  return {
    title: 'deadlines: whether limits of calls that follow an institution’s own statistics pay',
    notes: [
      `Profile realistic, ${N} institutions a refresh; both arms at the same time, ${PEOPLE_AN_ARM} people each.`,
      `fixed: ${FIXED_MS / 1_000} s. adaptive: three times the p99 of ${LEARNED_FROM} refreshes, 2 to 20 s: here ${shown(percentile(limits, 0))} to ${shown(percentile(limits, 1))} s, median ${shown(percentile(limits, 0.5))} s.`,
      `A refresh that was never complete within ${LIMIT_MS / 1_000} s counts as that long.`,
    ],
    columns: [
      'calls wait',
      'refreshes',
      `complete in ${PATIENCE_MS / 1_000} s`,
      'p50 s',
      'p90',
      'p95',
      'p99',
    ],
    rows: (['fixed', 'adaptive'] as const).map((arm) => rowOf(arm, outcomes)),
    figures: [],
    raw: { outcomes, learned: Object.fromEntries(learned) },
  }
}

function rowOf(arm: Arm, outcomes: readonly Outcome[]): string[] {
  const own = outcomes.filter((outcome) => outcome.arm === arm).map(({ ms }) => ms ?? LIMIT_MS)
  const complete = own.filter((ms) => ms <= PATIENCE_MS).length / Math.max(1, own.length)
  return [
    arm,
    `${own.length}`,
    `${(complete * 100).toFixed(1)} %`,
    ...[0.5, 0.9, 0.95, 0.99].map((share) => shown((percentile(own, share) ?? 0) / 1_000)),
  ]
}
