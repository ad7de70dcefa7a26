import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { mostAtOnce, readingsOf } from '../../bench/at-once.ts'
import { createTestMoa, testPolicy } from './moa.ts'
import { tell } from './support-e2e/asking.ts'
import { type ProcessWorld, startProcessWorld } from './support-e2e/processes.ts'
import { closed, type Person, until } from './world.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

const INSTITUTIONS = 12
const DOWN = ['SBXBANK010', 'SBXBANK011', 'SBXBANK012'] as const
const WELL = Array.from({ length: INSTITUTIONS - DOWN.length }, (_, at) => bankNo(at + 1))
const USERS = 200
/** Who comes when it is known already that their bank is down; who gives up waiting for it. */
const LATE = 20
const LEAVING = 10
const CONCURRENCY = 8
/** Nothing by itself for an hour: only the fleet's word wakes them. */
const limits = { ...testPolicy.limitsFor(false), heartbeatMs: 10_000, quickTries: 2, waitsMs: [3_600_000] }

let world: ProcessWorld
let people: Person[]

function bankNo(no: number): string {
  return `SBXBANK${String(no).padStart(3, '0')}`
}

/** Of three quarters the first bank is one that will be down. */
const banksOf = (at: number): string[] => {
  const own = [WELL[at % WELL.length]!, WELL[(at + 4) % WELL.length]!]
  return at % 4 === 3 ? own : [DOWN[at % DOWN.length]!, own[0]!]
}

beforeAll(async () => {
  const moa = await createTestMoa({ policy: { spanMonths: 1, limitsFor: () => limits } })
  world = await startProcessWorld({ moa, institutions: INSTITUTIONS })
  await moa.test.owner`
    UPDATE institutions SET concurrency = ${CONCURRENCY} WHERE institution_id = ANY (${[...DOWN]})`
  people = await inBatches(
    Array.from({ length: USERS }, (_, at) => at),
    (at) => world.enrol(`user-${at}`, banksOf(at)),
  )
  for (const institutionId of DOWN) world.sandbox.control.behaviour({ institutionId, status: { http: 500 } })
  await Promise.all([world.startWorker(), world.startWorker()])
})
afterAll(() => world.close())

async function inBatches<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let at = 0; at < all.length; at += 10) {
    done.push(...(await Promise.all(all.slice(at, at + 10).map(work))))
  }
  return done
}

const owner = () => world.moa.test.owner

/** The transitions to a state, by bank. */
async function transitionsTo(state: string): Promise<Map<string, number>> {
  const rows = await owner()<{ institutionId: string; count: number }[]>`
    SELECT institution_id AS "institutionId", count(*)::int AS count FROM breaker_transitions
    WHERE to_state = ${state} GROUP BY 1`
  return new Map(rows.map(({ institutionId, count }) => [institutionId, count]))
}

const all = (state: string, count: number) => async () => {
  const seen = await transitionsTo(state)
  return DOWN.every((institutionId) => (seen.get(institutionId) ?? 0) >= count)
}

/** Whoever began before a breaker opened has ended. */
const nobodyReads = async () =>
  (
    await owner()`
      SELECT FROM attempts WHERE ended_at IS NULL AND institution_id = ANY (${[...DOWN]}) LIMIT 1`
  ).length === 0

/** As if the time had come to ask again. */
const timePasses = () => owner()`
  UPDATE breakers SET probe_from = now() WHERE state = 'open' AND institution_id = ANY (${[...DOWN]})`

async function isParked({ userId, refreshNo }: Person): Promise<boolean> {
  return (await world.moa.api.progress.of(userId, refreshNo))?.state === 'parked'
}

test('two workers agree about three banks of twelve: nobody calls them but one probe at a time, and all 200 are whole when they are back', async () => {
  const [early, late] = [people.slice(LATE), people.slice(0, LATE)]
  await inBatches(early, (person) => tell(world, person, 'consent.granted'))
  await until('three open breakers', all('open', 1), 60_000)
  await until('nobody to read them', nobodyReads, 60_000)
  const quietAt = Date.now()
  await inBatches(late, (person) => tell(world, person, 'consent.granted'))
  const withoutAll = people.filter((_, at) => at % 4 !== 3)
  const waitForAll = withoutAll.map((person) => until('all to be parked', () => isParked(person), 90_000))
  await timePasses()
  await until('a probe at each, in vain', all('open', 2), 60_000)
  await Promise.all(waitForAll)

  const probes = await transitionsTo('half_open')
  for (const institutionId of DOWN) {
    const calls = world.sandbox.control.calls({ institutionId, since: quietAt })
    expect.soft(calls.length, `calls to ${institutionId}`).toBeGreaterThan(0)
    expect(calls.length, `calls to ${institutionId}`).toBeLessThanOrEqual(probes.get(institutionId)!)
  }

  const leaving = withoutAll.slice(-LEAVING)
  await owner()`
    UPDATE refreshes SET deadline = now() WHERE user_id = ANY (${leaving.map(({ userId }) => userId)}::int8[])`
  const left = await Promise.all(
    leaving.map(({ userId, refreshNo }) => closed(world, userId, refreshNo, 60_000)),
  )
  expect(left.map(({ state }) => state)).toEqual(left.map(() => 'incomplete'))

  world.sandbox.control.resetBehaviour()
  const healedAt = Date.now()
  await timePasses()
  const ended = await Promise.all(
    people.map((person) => {
      const refreshNo = person.refreshNo + (leaving.includes(person) ? 1 : 0)
      return closed(world, person.userId, refreshNo, 120_000)
    }),
  )
  const lost = ended.filter(({ state }) => state !== 'succeeded')
  expect(lost, world.warnings().join('\n')).toEqual([])
  expect(new Set(ended.flatMap(({ readings }) => readings.map(({ state }) => state)))).toEqual(
    new Set(['collected']),
  )
  const reasons = ended.filter((_, at) => leaving.includes(people[at]!)).map(({ reason }) => reason)
  expect(reasons).toEqual(leaving.map(() => 'institution.recovered'))
  for (const institutionId of DOWN) {
    const calls = world.sandbox.control.calls({ institutionId, since: healedAt })
    expect(mostAtOnce(readingsOf(calls, Date.now())), institutionId).toBeLessThanOrEqual(CONCURRENCY)
  }
  const [open] = await owner()`SELECT count(*)::int AS open FROM refreshes WHERE closed_at IS NULL`
  expect({ ...open }).toEqual({ open: 0 })
})
