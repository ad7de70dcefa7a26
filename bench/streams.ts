import { get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Effort } from './arguments.ts'
import { type Ground, LOOSELY_MS, type Part } from './ground.ts'
import { type Person, preparePeople } from './people.ts'
import { residentKb } from './proc.ts'
import { countStatements, type Statements } from './statements.ts'
import { percentile } from './statistics.ts'
import { type Figure, type Section, shown } from './tables.ts'
import { TARGETS } from './targets.ts'
import { inTurns } from './turns.ts'

const STREAMS = 1_000
const OPENED_AT_ONCE = 50
// Ten looks of the API fall into it.
const IDLE_MS = 50_000
const QUICK_IDLE_MS = 15_000
// Two banks each and short calls: what is measured comes after them.
const N = 2
const CALL_MS = 20

type Found = {
  people: number
  opening: { ms: number[]; wholeMs: number }
  residentKb: { before: number; after: number } | null
  idle: { seconds: number; cpu: { api: number | null; postgres: number | null }; statements: Statements }
  connections: Record<string, number>
  delaysMs: number[]
  heartbeats: number
}

/** What a thousand streams cost on which nothing happens, and how soon something that does is told beside them. */
export async function streams(ground: Ground, { quick, rounds }: Effort): Promise<Section[]> {
  ground.pace.everyMs = LOOSELY_MS
  const people = await preparePeople(ground, 'streams', quick ? STREAMS / 5 : STREAMS, N)
  const warm = await Promise.all(people.slice(0, OPENED_AT_ONCE).map((person) => openStream(ground, person)))
  warm.forEach(({ close }) => close())
  await sleep(2_000)
  const before = residentKbOf(ground)
  const begunAt = performance.now()
  const open = await inTurns(
    Array.from({ length: STREAMS }, (_, at) => people[at % people.length]!),
    OPENED_AT_ONCE,
    (person) => openStream(ground, person),
  )
  const wholeMs = performance.now() - begunAt
  try {
    await sleep(6_000) // the first look tells each of them once
    const idle = await measureIdle(ground, quick ? QUICK_IDLE_MS : IDLE_MS)
    const after = residentKbOf(ground)
    const connections = await connectionsOf(ground)
    const delaysMs = await measureDelays(ground, people.slice(0, 10), quick ? 20 : 40 * rounds)
    const heartbeats = open.reduce((sum, stream) => sum + stream.heartbeats(), 0)
    const resident = before === null || after === null ? null : { before, after }
    const opening = { ms: open.map(({ ms }) => ms), wholeMs }
    return [
      sectionOf({
        people: people.length,
        opening,
        residentKb: resident,
        idle,
        connections,
        delaysMs,
        heartbeats,
      }),
    ]
  } finally {
    open.forEach(({ close }) => close())
  }
}

/** A stream of all that is a person's, as an app keeps one. */
async function openStream({ apiUrl }: Ground, { token }: Person) {
  const begunAt = performance.now()
  const request = get(`${apiUrl}/v1/me/stream`, {
    agent: false,
    headers: { authorization: `Bearer ${token}` },
  })
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject)
  })
  if (response.statusCode !== 200) throw new Error(`expected a stream, got ${response.statusCode}`)
  const ms = performance.now() - begunAt
  let heartbeats = 0
  const seen = new Map<number, number>()
  response.setEncoding('utf8').on('data', (text: string) => {
    if (text === ':\n\n') heartbeats += 1
    for (const [, snapshotNo] of text.matchAll(/^id: (\d+)$/gm))
      seen.set(Number(snapshotNo), performance.now())
  })
  response.on('error', () => {}) // the end of the bench hangs up
  return { ms, seen, heartbeats: () => heartbeats, close: () => void request.destroy() }
}

async function measureIdle(ground: Ground, forMs: number): Promise<Found['idle']> {
  const begunAt = performance.now()
  const before = ground.cpu()
  await sleep(forMs)
  const after = ground.cpu()
  const seconds = (performance.now() - begunAt) / 1_000
  // Apart, since writing every statement to a log is work as well.
  const statements = await countStatements(ground, () => sleep(forMs))
  return {
    seconds,
    cpu: { api: used(before, after, 'api'), postgres: used(before, after, 'postgres') },
    statements,
  }
}

type Used = Partial<Record<Part, number>>
const used = (before: Used, after: Used, part: Part): number | null => {
  const [from, to] = [before[part], after[part]]
  return from === undefined || to === undefined ? null : to - from
}

/** From the moment a snapshot is there to be read until an open stream of its user has told it. */
async function measureDelays(ground: Ground, people: readonly Person[], count: number): Promise<number[]> {
  await ground.institutions.behaveAll(CALL_MS)
  ground.pace.everyMs = 2
  const watched = await Promise.all(people.map((person) => openStream(ground, person)))
  const delays: number[] = []
  for (let at = 0; at < count; at += 1) {
    const person = people[at % people.length]!
    const { seen } = watched[at % people.length]!
    const known = seen.size
    const { refreshNo } = await ground.api.start(person)
    const visibleAt = await ground.watcher.visible(person.userId, refreshNo)
    while (seen.size === known) await sleep(1)
    delays.push([...seen.values()].at(-1)! - visibleAt)
  }
  watched.forEach(({ close }) => close())
  await ground.institutions.behaveAll(0)
  return delays
}

const residentKbOf = ({ pids }: Ground): number | null => {
  const pid = pids().api
  return pid === undefined ? null : residentKb(pid)
}

async function connectionsOf({ owner }: Ground): Promise<Record<string, number>> {
  const rows = await owner<{ name: string; count: number }[]>`
    SELECT application_name AS name, count(*)::int AS count FROM pg_stat_activity
    WHERE application_name IN ('moa api', 'moa stream listener') GROUP BY 1 ORDER BY 1`
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]))
}

function sectionOf(found: Found): Section {
  const { idle, opening, residentKb: resident, connections, delaysMs, people } = found
  const perStream = resident ? (resident.after - resident.before) / STREAMS : null
  const perSecond = (ms: number | null): number | null => (ms === null ? null : ms / idle.seconds)
  const figures: Figure[] = [
    { name: 'memory of the API per idle stream', value: perStream, unit: 'KB', target: TARGETS.streamKb },
    {
      name: `CPU of the API for ${STREAMS} idle streams`,
      value: perSecond(idle.cpu.api),
      unit: 'ms/s',
      target: TARGETS.streamsCpu,
    },
    {
      name: `statements of the API for ${STREAMS} idle streams`,
      value: idle.statements.count / idle.seconds,
      unit: '/s',
      target: TARGETS.streamsStatements,
    },
    {
      name: 'from readable to told, p95',
      value: percentile(delaysMs, 0.95),
      unit: 'ms',
      target: TARGETS.toldP95,
    },
  ]
  return {
    title: `streams: what ${STREAMS} of them cost while nothing happens, and how soon something is told`,
    notes: [
      `${STREAMS} streams of ${people} people, opened ${OPENED_AT_ONCE} at once in ${shown(opening.wholeMs / 1_000)} s (p95 ${shown(percentile(opening.ms, 0.95))} ms each); idle for ${shown(idle.seconds)} s.`,
      `memory: the API’s resident set, ${shown((resident?.before ?? 0) / 1024)} MB before and ${shown((resident?.after ?? 0) / 1024)} MB with them; a heartbeat each 15 s (${found.heartbeats} in all).`,
      `database: ${shown(perSecond(idle.cpu.postgres))} ms of CPU a second for everything on the machine; connections ${Object.entries(
        connections,
      )
        .map(([name, count]) => `${count} ${name}`)
        .join(', ')}; a BEGIN and a COMMIT count as statements.`,
      `told: ${delaysMs.length} refreshes beside the idle streams, from the pointer’s move (seen within 2 ms) to the event at the client.`,
    ],
    columns: ['step', 'p50 ms', 'p95', 'max'],
    rows: [
      ['opening a stream', ...[0.5, 0.95, 1].map((share) => shown(percentile(opening.ms, share)))],
      ['from readable to told', ...[0.5, 0.95, 1].map((share) => shown(percentile(delaysMs, share)))],
    ],
    figures,
    raw: found,
  }
}
