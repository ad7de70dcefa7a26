import { setTimeout as sleep } from 'node:timers/promises'

import type { Effort } from './arguments.ts'
import { mostAtOnce, readingsOf } from './at-once.ts'
import type { Ground } from './ground.ts'
import { type Cpu, type Memory, said, sectionOf, SLEEPING, type Woken } from './parked-table.ts'
import { startFirst } from './people.ts'
import { readProcesses, residentKb, sharedOutKb } from './proc.ts'
import { growth } from './statistics.ts'
import type { Section } from './tables.ts'
import { inTurns } from './turns.ts'

const PEOPLE = 2_000
const QUICK_PEOPLE = 300
// Parked before anything is measured: what the parts hold once they have worked at all is nobody's.
const WARM_PEOPLE = 60
const ENROLLED_AT_ONCE = 4
const PARKED_AT_ONCE = 60
const SLOTS = 20
const CALL_MS = 20
// Four rounds of the caretaker.
const ASLEEP_MS = 20_000
const LOOK_MS = 250
const GIVE_UP_MS = 600_000
// Sixty first readings take some ten seconds.
const PARKS_WITHIN_MS = 120_000
/** One try, then nothing by itself for six hours: only somebody's word wakes them. */
const PATIENT = { QUICK_TRIES: '1', WAITS_SECONDS: '21600' }

/** What refreshes cost that wait for one institution, and how they wake when an operator says that it is back. */
export async function parked(ground: Ground, { quick }: Effort): Promise<Section[]> {
  const people = quick ? QUICK_PEOPLE : PEOPLE
  const [well, down] = ground.institutions.list(2).map(({ institutionId }) => institutionId) as [
    string,
    string,
  ]
  const slots = (count: number) =>
    ground.owner`UPDATE institutions SET concurrency = ${count} WHERE institution_id = ${down}`
  await ground.institutions.behaveAll(0)
  await ground.institutions.breakDown(down)
  await slots(SLOTS)
  try {
    const names = Array.from({ length: people }, (_, at) => `parked-${at}`)
    const parking = parkingAt(ground, [well, down])
    await parking.park(names.slice(0, WARM_PEOPLE))
    const before = { cpu: await cpuAsleep(ground), memory: memoryOf(ground) }
    const begunAt = performance.now()
    await parking.park(names.slice(WARM_PEOPLE))
    const parkedInMs = performance.now() - begunAt
    const asleep = { cpu: await cpuAsleep(ground), memory: memoryOf(ground) }
    const healedAt = Date.now()
    await ground.institutions.behaveAll(CALL_MS)
    const woken = await wake(ground, down, parking.userIds)
    const readings = readingsOf(await ground.institutions.calls(down, healedAt), Date.now())
    return [
      sectionOf({
        people,
        warm: WARM_PEOPLE,
        slots: SLOTS,
        callMs: CALL_MS,
        asleepMs: ASLEEP_MS,
        giveUpMs: GIVE_UP_MS,
        parkedInMs,
        memory: { before: before.memory, after: asleep.memory },
        cpu: { before: before.cpu, asleep: asleep.cpu },
        woken,
        readings: { count: readings.length, most: mostAtOnce(readings) },
      }),
    ]
  } finally {
    await slots(100)
    await ground.institutions.behaveAll(0)
  }
}

/** People whose first refresh finds the second institution down, so many at a time. */
function parkingAt(ground: Ground, institutionIds: readonly string[]) {
  const consents = ground.repositories.consentsUnder(PATIENT)
  const userIds: number[] = []
  async function park(names: readonly string[]): Promise<void> {
    for (let from = 0; from < names.length; from += PARKED_AT_ONCE) {
      const some = names.slice(from, from + PARKED_AT_ONCE)
      const begun = await inTurns(some, ENROLLED_AT_ONCE, (name) =>
        startFirst(ground, consents, name, institutionIds),
      )
      userIds.push(...begun.map(({ userId }) => userId))
      const states = await whenAll(ground, userIds, 'parked', PARKS_WITHIN_MS)
      if (states['parked'] !== userIds.length) throw new Error(`not all could be parked: ${said(states)}`)
    }
  }
  return { park, userIds }
}

/** From the operator's word until every refresh is complete, or it has lasted too long. */
async function wake(ground: Ground, institutionId: string, userIds: readonly number[]): Promise<Woken> {
  const before = ground.cpu()
  const [clock] = await ground.owner<{ now: Date }[]>`SELECT clock_timestamp() AS now`
  const begunAt = performance.now()
  await ground.repositories.operator.recovered(institutionId, 'bench', 'it answers again')
  const broughtForwardMs = performance.now() - begunAt
  const states = await whenAll(ground, userIds, 'succeeded', GIVE_UP_MS)
  const wholeMs = performance.now() - begunAt
  const cpu = sleepersOf(before, ground.cpu(), userIds.length)
  const each = await ground.owner<{ ms: number }[]>`
    SELECT (extract(epoch FROM closed_at - ${clock!.now}) * 1000)::float8 AS ms FROM refreshes
    WHERE user_id = ANY (${[...userIds]}::int8[]) AND state = 'succeeded'`
  return { broughtForwardMs, wholeMs, eachMs: each.map(({ ms }) => ms), cpu, states }
}

/** Waits until all refreshes of these people have come to a state; after the limit it answers how they stand. */
async function whenAll({ owner }: Ground, userIds: readonly number[], state: string, limitMs: number) {
  for (const giveUpAt = performance.now() + limitMs; ; await sleep(LOOK_MS)) {
    const rows = await owner<{ state: string; count: number }[]>`
      SELECT state, count(*)::int AS count FROM refreshes WHERE user_id = ANY (${[...userIds]}::int8[]) GROUP BY 1`
    const states = Object.fromEntries(rows.map((row) => [row.state, row.count]))
    if (states[state] === userIds.length || performance.now() > giveUpAt) return states
  }
}

/** CPU ms per second of every part that waits; null where the system does not tell. */
async function cpuAsleep(ground: Ground): Promise<Cpu | null> {
  await sleep(2_000) // what has just been parked may still be written down
  const [before, begunAt] = [ground.cpu(), performance.now()]
  await sleep(ASLEEP_MS)
  return sleepersOf(before, ground.cpu(), (performance.now() - begunAt) / 1_000)
}

/** What each part used in between, by so many. */
function sleepersOf(before: Partial<Cpu>, after: Partial<Cpu>, by: number): Cpu | null {
  if (SLEEPING.some((part) => after[part] === undefined)) return null
  const used = growth(before, after as Cpu)
  return Object.fromEntries(SLEEPING.map((part) => [part, used[part] / by])) as Cpu
}

function memoryOf(ground: Ground): Memory {
  const { worker, engine, postgres } = ground.pids()
  return {
    worker: worker === undefined ? null : residentKb(worker),
    engine: engine === undefined ? null : residentKb(engine),
    postgres: postgres === undefined ? null : sharedOutKb(postgres, readProcesses()),
  }
}
