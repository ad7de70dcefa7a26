import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { mostAtOnce, readingsOf } from '../../bench/at-once.ts'
import { createTestMoa } from './moa.ts'
import { type ProcessWorld, startProcessWorld } from './support-e2e/processes.ts'
import { type Person, until } from './world.ts'

vi.setConfig({ testTimeout: 400_000, hookTimeout: 120_000 })

const INSTITUTIONS = 12
const DOWN = ['SBXBANK010', 'SBXBANK011', 'SBXBANK012'] as const
const WELL = Array.from({ length: INSTITUTIONS - DOWN.length }, (_, at) => bankNo(at + 1))
const USERS = 200
/** Who comes when it is known already that their bank is down; who gives up waiting for it. */
const LATE = 20
const LEAVING = 10
const CONCURRENCY = 8
// On a machine that does much else besides; it takes half a minute on one that does not.
const PATIENCE_MS = 120_000
/** Nothing by itself for an hour: only the fleet's word wakes them. */
const limits = {
  callMs: 20_000,
  attemptMs: 60_000,
  readingMs: 120_000,
  heartbeatMs: 20_000,
  quickTries: 2,
  waitsMs: [3_600_000],
}

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
  people = await enrol(0, USERS - LATE)
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

/** Nobody tells the engine: the caretakers of both workers see who waits to be begun. */
const enrol = (from: number, to: number): Promise<Person[]> =>
  inBatches(
    Array.from({ length: to - from }, (_, at) => from + at),
    (at) => world.enrol(`user-${at}`, banksOf(at)),
  )

const owner = () => world.moa.test.owner

/** The transitions to a state, by bank. */
async function transitionsTo(state: string): Promise<Map<string, number>> {
  const rows = await owner()<{ institutionId: string; count: number }[]>`
    SELECT institution_id AS "institutionId", count(*)::int AS count FROM breaker_transitions
    WHERE to_state = ${state} GROUP BY 1`
  return new Map(rows.map(({ institutionId, count }) => [institutionId, count]))
}

const openedAtLeast = (count: number) => async () => {
  const seen = await transitionsTo('open')
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

/** How many of these people's newest refreshes stand otherwise. One query for all: two hundred who look would be a load. */
async function others(these: readonly Person[], state: string): Promise<number> {
  const [row] = await owner()<{ count: number }[]>`
    SELECT count(*)::int AS count FROM refreshes r
    WHERE user_id = ANY (${these.map(({ userId }) => userId)}::int8[]) AND state <> ${state}
      AND refresh_no = (SELECT max(refresh_no) FROM refreshes l WHERE l.user_id = r.user_id)`
  return row!.count
}

/** Says how everything stands where it does not come true: nobody sees it twice. */
const comesTrue = (what: string, look: () => Promise<boolean>) =>
  until(what, look, PATIENCE_MS).catch(async (error: unknown) => {
    const breakers =
      await owner()`SELECT institution_id, state, cause, misses, openings, probe_no FROM breakers`
    const states = await owner()`
      SELECT r.state, p.institution_id, p.state AS row, p.failure, count(*)::int FROM plans p
      JOIN refreshes r USING (user_id, refresh_no) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2`
    const said = [JSON.stringify(breakers), JSON.stringify(states), ...world.warnings().slice(-20)]
    throw new Error(said.join('\n'), { cause: error })
  })

const all = (these: readonly Person[], state: string) => async () => (await others(these, state)) === 0

test('two workers agree about three banks of twelve: nobody calls them but one probe at a time, and all 200 are whole when they are back', async () => {
  await comesTrue('three open breakers', openedAtLeast(1))
  await comesTrue('nobody to read them', nobodyReads)
  const quietAt = Date.now()
  people.push(...(await enrol(USERS - LATE, USERS)))
  const without = people.filter((_, at) => at % 4 !== 3)
  // One at each is woken whenever it is time to ask again.
  await comesTrue('all others to be parked', async () => (await others(without, 'parked')) <= DOWN.length)
  await timePasses()
  await comesTrue('a probe at each, in vain', openedAtLeast(2))
  await comesTrue('nobody to read them', nobodyReads)

  const probes = await transitionsTo('half_open')
  for (const institutionId of DOWN) {
    const calls = world.sandbox.control.calls({ institutionId, since: quietAt }).length
    expect(calls, `calls to ${institutionId}`).toBeGreaterThan(0)
    expect(calls, `calls to ${institutionId}`).toBeLessThanOrEqual(probes.get(institutionId)!)
  }

  const leaving = without.slice(-LEAVING)
  await owner()`
    UPDATE refreshes SET deadline = now() WHERE user_id = ANY (${leaving.map(({ userId }) => userId)}::int8[])`
  await Promise.all(leaving.map(world.runs.hint))
  await comesTrue('who leaves to have ended', all(leaving, 'incomplete'))

  world.sandbox.control.resetBehaviour()
  const healedAt = Date.now()
  await timePasses()
  // Where the machine was so busy that a bank which is well was given up, somebody says so.
  await Promise.all(WELL.map((bank) => world.moa.institutionOrders.recovered(bank, 'kim', 'a busy machine')))
  await comesTrue('everybody to be whole', all(people, 'succeeded'))
  const states = await owner()<{ state: string }[]>`
    SELECT DISTINCT p.state FROM plans p JOIN refreshes r USING (user_id, refresh_no) WHERE r.state = 'succeeded'`
  expect(states.map(({ state }) => state)).toEqual(['collected'])
  const again = await owner()<{ reason: string }[]>`SELECT reason FROM refreshes WHERE refresh_no > 1`
  expect(again.map(({ reason }) => reason)).toEqual(leaving.map(() => 'institution.recovered'))
  for (const institutionId of DOWN) {
    const calls = world.sandbox.control.calls({ institutionId, since: healedAt })
    expect(mostAtOnce(readingsOf(calls, Date.now())), institutionId).toBeLessThanOrEqual(CONCURRENCY)
  }
})
