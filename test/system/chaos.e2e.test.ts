import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

import { cutFor, endConnections, freezeAllFor, loseRepliesFor } from './support-chaos/faults.ts'
import { type Ground, startGround } from './support-chaos/ground.ts'
import { createRandom, freshSeed } from './support/random.ts'
import { until } from './world.ts'

// The short forms of test/long: seconds of what is played there for minutes, on one ground, one after another.
const BROKEN_MS = 2_500
// The longest that anything may take to come back: a worker taken for dead, its steps done again, a wait of a few seconds.
const RECOVERED_WITHIN_MS = 120_000

let ground: Ground
let pids: (number | undefined)[]

beforeAll(async () => {
  ground = await startGround({ people: 5, workers: 2 })
  pids = pidsNow()
  await ground.atRest(RECOVERED_WITHIN_MS)
})
afterAll(() => ground.close())

const pidsNow = () => [ground.api, ...ground.workers].map((child) => child.pid())

/** What was broken while people pressed and looked is found again in nothing, and nobody ended who was not killed. */
async function expectEndured(breakIt: () => Promise<unknown>): Promise<void> {
  const { violations, wrong, facts } = await ground.endure(RECOVERED_WITHIN_MS, breakIt)
  expect(wrong).toEqual([])
  expect(violations).toEqual([])
  expect(facts.refreshes).toBeGreaterThan(0)
  expect(facts.reads).toBeGreaterThan(0)
}

afterEach(() => {
  expect(pidsNow()).toEqual(pids)
})

test('connections that the database ends, five a second, end no process and lose nothing', () =>
  expectEndured(async () => {
    expect(await endConnections(ground.moa, BROKEN_MS, 200)).toBeGreaterThan(0)
  }))

test('a database that workers cannot reach is waited for', () =>
  expectEndured(() => cutFor(ground.links.database, BROKEN_MS)))

test('what the database has done and could not say is not done twice', () =>
  expectEndured(() => loseRepliesFor(ground.links.database, BROKEN_MS)))

test('an engine that workers cannot reach is waited for', () =>
  expectEndured(() => cutFor(ground.links.engine, BROKEN_MS)))

test('what the engine was told, and its answer lost, is not done twice', () =>
  expectEndured(() => loseRepliesFor(ground.links.engine, BROKEN_MS)))

test('institutions that cannot be reached are tried again, and read', () =>
  expectEndured(() => cutFor(ground.links.institutions, BROKEN_MS)))

test('institutions whose answers are lost are tried again, and read', () =>
  expectEndured(() => loseRepliesFor(ground.links.institutions, BROKEN_MS)))

test('connections to institutions that nobody hears of any more hold a reading no longer than a call may take', () =>
  expectEndured(async () => {
    await until('a connection', async () => ground.links.institutions.connections() > 0)
    ground.links.institutions.strand()
    await sleep(BROKEN_MS)
  }))

test('a kept connection that the institution has closed costs no try', () =>
  expectEndured(async () => {
    const since = new Date()
    const stale = ground.links.institutions.staleFor('GET ')
    await until('three that were closed', async () => stale.resets() >= 3)
    ground.links.institutions.staleFor('nothing begins so')
    const failed = await ground.moa.test.owner`
      SELECT institution_id, failure FROM attempts WHERE failure IS NOT NULL AND started_at > ${since}`
    expect(failed).toEqual([])
  }))

test('everything that stood still goes on in whatever order it is let go', async () => {
  const seed = freshSeed()
  await expectEndured(() => freezeAllFor(ground, BROKEN_MS, createRandom(seed))).catch((error: unknown) => {
    throw new Error(`MOA_SEED=${seed}`, { cause: error })
  })
})
