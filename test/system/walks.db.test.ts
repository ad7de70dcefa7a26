import { afterAll, beforeAll, expect, test } from 'vitest'

import { createTestMoa, type TestMoa } from './moa.ts'
import { createSteps, type Steps } from './support/person.ts'
import { createRandom, freshSeed } from './support/random.ts'
import { createWalk } from './support/walk.ts'

const STEPS = 70
const AT_ONCE = 4
const WALKS_AT_LEAST = 8
const SPENT_AT_MOST_MS = 24_000

let moa: TestMoa
let steps: Steps

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})

afterAll(async () => {
  await moa.close()
})

/** One walk; the first step after which something no longer holds, with the way that led there. */
async function walk(seed: number): Promise<string[]> {
  const walked = await createWalk(moa, steps, createRandom(seed))
  for (let at = 0; at < STEPS; at += 1) {
    await walked.step()
    const broken = await walked.broken()
    if (broken.length > 0) return [`MOA_SEED=${seed}`, ...broken, ...walked.trail]
  }
  const broken = await walked.end()
  return broken.length > 0 ? [`MOA_SEED=${seed}`, ...broken, ...walked.trail] : []
}

test('wherever a refresh is led, every promise holds after every step, and quiet is never far', async () => {
  let seed = freshSeed()
  const giveUpAt = performance.now() + SPENT_AT_MOST_MS
  let walks = 0
  let found: string[] = []
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (found.length === 0 && (walks < WALKS_AT_LEAST || performance.now() < giveUpAt)) {
        walks += 1
        seed += 1
        const broken = await walk(seed - 1)
        if (broken.length > 0) found = broken
      }
    }),
  )
  expect(found).toEqual([])
  expect(walks).toBeGreaterThanOrEqual(WALKS_AT_LEAST)
})
