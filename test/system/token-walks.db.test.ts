import { afterAll, beforeAll, expect, test } from 'vitest'

import { createTestMoa, makeInstitution, type TestMoa } from './moa.ts'
import { createRandom, freshSeed } from './support/random.ts'
import { createTokenWalk } from './support/token-walk.ts'

const STEPS = 120
const AT_ONCE = 4
const WALKS_AT_LEAST = 16
const SPENT_AT_MOST_MS = 15_000
const BANK = 'WALKBANK01'

let moa: TestMoa

beforeAll(async () => {
  moa = await createTestMoa()
  await moa.api.institutions.register([makeInstitution(BANK)])
})

afterAll(async () => {
  await moa.close()
})

/** One walk; what no longer held, with the way that led there. */
async function walk(seed: number): Promise<string[]> {
  const walked = await createTokenWalk(moa, BANK, createRandom(seed))
  for (let at = 0; at < STEPS; at += 1) {
    const broken = await walked.step()
    if (broken.length > 0) return [`MOA_SEED=${seed}`, ...broken, ...walked.trail]
  }
  const broken = await walked.end()
  return broken.length > 0 ? [`MOA_SEED=${seed}`, ...broken, ...walked.trail] : []
}

test('whoever claims, dies, stores late or is refused, in whatever order: one calls at a time, older tokens never take the place of newer, and the user is told once', async () => {
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
