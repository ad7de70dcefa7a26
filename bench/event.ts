import { setTimeout as sleep } from 'node:timers/promises'

import type { Effort } from './arguments.ts'
import { CLOSELY_MS, type Ground, LOOSELY_MS } from './ground.ts'
import { type Person, preparePeople } from './people.ts'
import { percentile } from './statistics.ts'
import { type Figure, type Section, shown } from './tables.ts'
import { TARGETS } from './targets.ts'
import { inTurns } from './turns.ts'

const N = 10
const CALL_MS = 20
/** Five events a second, each a refresh: a third of what the machine carries. */
const BETWEEN_EVENTS_MS = 200
const BETWEEN_READS_MS = 20
// The worker's client notices the engine's return within seconds; the caretaker starts what was left to it, 40 in a round.
const CATCH_UP_LIMIT_MS = 120_000

type Found = {
  up: number[]
  down: number[]
  reads: number[]
  bytes: number
  rows: number
  caughtUp: { refreshes: number; ms: number }
}

/** How long the API takes to accept, with the engine up and stopped, and to show, while refreshes run. */
export async function event(ground: Ground, { quick, rounds }: Effort): Promise<Section[]> {
  const events = quick ? 20 : 60 * rounds
  const people = await preparePeople(ground, 'event', 20, N)
  await ground.institutions.behaveAll(CALL_MS)
  ground.pace.everyMs = LOOSELY_MS
  await accept(ground, people, 5) // connections and caches
  const state = { isOver: false }
  const reading = readWhile(ground, people, state)
  const up = await accept(ground, people, events).finally(() => (state.isOver = true))
  const { reads, bytes } = await reading
  const stopped = await whileStopped(ground, people, events)
  ground.pace.everyMs = CLOSELY_MS
  const [counted] = await ground.owner<{ rows: string }[]>`SELECT count(*)::text AS rows FROM transactions`
  return [sectionOf({ up, reads, bytes, rows: Number(counted!.rows), ...stopped })]
}

/** Events at a steady pace, each by a user at rest; ends when every refresh they started is published. */
async function accept({ api, watcher }: Ground, people: readonly Person[], count: number): Promise<number[]> {
  const rested = [...people]
  const posted: number[] = []
  const busy = new Set<Promise<unknown>>()
  const refresh = async (person: Person) => {
    const { refreshNo, ms } = await api.start(person)
    posted.push(ms)
    await watcher.visible(person.userId, refreshNo)
    rested.push(person)
  }
  for (let at = 0; at < count; at += 1) {
    while (rested.length === 0) await Promise.race(busy) // a machine this busy sets the pace itself
    const going: Promise<unknown> = refresh(rested.shift()!).finally(() => busy.delete(going))
    busy.add(going)
    await Promise.race([sleep(BETWEEN_EVENTS_MS), failureOf(going)])
  }
  await Promise.all(busy)
  return posted
}

/** Never resolves: only what went wrong is of interest before its time. */
const failureOf = (going: Promise<unknown>): Promise<never> => going.then(() => new Promise<never>(() => {}))

async function readWhile({ api }: Ground, people: readonly Person[], state: { isOver: boolean }) {
  const reads: number[] = []
  let bytes = 0
  for (let at = 0; !state.isOver; at += 1) {
    const read = await api.readSnapshot(people[at % people.length]!)
    reads.push(read.ms)
    bytes = read.bytes
    await sleep(BETWEEN_READS_MS)
  }
  return { reads, bytes }
}

/** Events while the engine is stopped: the first of each user starts a refresh, the others join it. All must be published later. */
async function whileStopped(ground: Ground, people: readonly Person[], count: number) {
  const { api, engine, watcher } = ground
  await engine.stop()
  const down: number[] = []
  const open = new Map<Person, number>()
  try {
    for (let at = 0; at < count; at += 1) {
      const person = people[at % people.length]!
      const { ms, refreshNo } = await api.post(person)
      down.push(ms)
      if (refreshNo !== null) open.set(person, refreshNo)
      await sleep(quickly(count))
    }
  } finally {
    await engine.startAgain()
  }
  const begunAt = performance.now()
  await inTurns([...open], open.size, ([person, refreshNo]) =>
    watcher.visible(person.userId, refreshNo, CATCH_UP_LIMIT_MS),
  )
  return { down, caughtUp: { refreshes: open.size, ms: performance.now() - begunAt } }
}

// Half a minute of engine outage at most, whatever the number of events.
const quickly = (count: number): number => Math.min(BETWEEN_EVENTS_MS / 2, 30_000 / count)

function sectionOf({ up, down, reads, bytes, rows, caughtUp }: Found): Section {
  const figures: Figure[] = [
    { name: '202 for an event, engine up, p99', value: p(up, 0.99), unit: 'ms', target: TARGETS.acceptedP99 },
    {
      name: '202 for an event, engine stopped, p99',
      value: p(down, 0.99),
      unit: 'ms',
      target: TARGETS.acceptedP99,
    },
    {
      name: 'snapshot read, p95',
      value: p(reads, 0.95),
      unit: 'ms',
      target: TARGETS.snapshotReadP95,
      note: `the target is meant at 10 million transactions; here ${rows}`,
    },
  ]
  return {
    title: 'event: how long the API takes to accept and to show',
    notes: [
      `${1_000 / BETWEEN_EVENTS_MS} events a second, each a refresh of ${N} institutions (${CALL_MS} ms a call); reads at the same time, ${bytes} bytes each.`,
      `engine stopped: the first event of each user starts a refresh, the others join. After its return all ${caughtUp.refreshes} were complete within ${shown(caughtUp.ms / 1_000)} s.`,
    ],
    columns: ['request', 'count', 'p50 ms', 'p95', 'p99', 'max'],
    rows: [
      line('POST /v1/events, engine up', up),
      line('POST /v1/events, engine stopped', down),
      line('GET /v1/me/snapshot', reads),
    ],
    figures,
    raw: { up, down, reads, bytes, rows, caughtUp },
  }
}

const p = (values: readonly number[], share: number): number | null => percentile(values, share)

const line = (name: string, values: readonly number[]): string[] => [
  name,
  `${values.length}`,
  ...[0.5, 0.95, 0.99, 1].map((share) => shown(p(values, share))),
]
