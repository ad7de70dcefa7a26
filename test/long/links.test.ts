import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, test } from 'vitest'

import { cutFor, endConnections, freezeAllFor, loseRepliesFor } from '../system/support-chaos/faults.ts'
import { type Ground, startGround } from '../system/support-chaos/ground.ts'
import { createRandom, freshSeed } from '../system/support/random.ts'
import { count, expectEndured } from './counts.ts'

const BROKEN_MS = 30_000
// A worker taken for dead, its steps done again, waits of a few seconds; twenty tries of a step are up to half a minute apart.
const RECOVERED_WITHIN_MS = 120_000
// What the worker's database allows a statement, and what is waited beyond; the engine's client asks every half minute.
const SILENCE_MS = 65_000

let ground: Ground

beforeAll(async () => {
  ground = await startGround({ people: 10, workers: 2 })
  await ground.atRest(RECOVERED_WITHIN_MS)
})
afterAll(() => ground.close())

test('F11: connections end, five a second, for 30 s', async (context) => {
  const rate = async (forMs: number) => {
    const before = await succeeded()
    await sleep(forMs)
    return ((await succeeded()) - before) / (forMs / 1_000)
  }
  await expectEndured(context, ground, RECOVERED_WITHIN_MS, async () => {
    const usual = await rate(10_000)
    const ending = endConnections(ground.moa, BROKEN_MS, 200)
    const broken = await rate(BROKEN_MS)
    count(context, {
      'connections ended': await ending,
      'refreshes a second before': usual.toFixed(2),
      'refreshes a second meanwhile': broken.toFixed(2),
    })
  })
})

test('F16: the engine is out of reach for 30 s', (context) =>
  expectEndured(context, ground, RECOVERED_WITHIN_MS, () => cutFor(ground.links.engine, BROKEN_MS)))

test('F16: the database is out of reach for 30 s', (context) =>
  expectEndured(context, ground, RECOVERED_WITHIN_MS, () => cutFor(ground.links.database, BROKEN_MS)))

test('F16: the institutions are out of reach for 30 s', (context) =>
  expectEndured(context, ground, RECOVERED_WITHIN_MS, () => cutFor(ground.links.institutions, BROKEN_MS)))

test('F17: the database’s answers are lost for 10 s', (context) =>
  expectEndured(context, ground, RECOVERED_WITHIN_MS, () => loseRepliesFor(ground.links.database, 10_000)))

test('F17: the engine’s answers are lost for 10 s', (context) =>
  expectEndured(context, ground, RECOVERED_WITHIN_MS, () => loseRepliesFor(ground.links.engine, 10_000)))

test('F19: the database’s machine is gone without a word, and another is there', (context) =>
  expectEndured(context, ground, RECOVERED_WITHIN_MS + SILENCE_MS, async () => {
    ground.links.database.strand()
    await sleep(BROKEN_MS)
  }))

test('F19: the engine’s machine is gone without a word, and another is there', (context) =>
  expectEndured(context, ground, RECOVERED_WITHIN_MS, async () => {
    ground.links.engine.strand()
    await sleep(BROKEN_MS)
  }))

test('F20: everything stands still for 30 s, and goes on in an order of chance', (context) => {
  const seed = freshSeed()
  count(context, { MOA_SEED: seed })
  return expectEndured(context, ground, RECOVERED_WITHIN_MS, () =>
    freezeAllFor(ground, BROKEN_MS, createRandom(seed)),
  )
})

const succeeded = async (): Promise<number> => {
  const [row] = await ground.moa.test.owner<{ count: number }[]>`
    SELECT count(*)::int AS count FROM refreshes WHERE state = 'succeeded'`
  return row!.count
}
