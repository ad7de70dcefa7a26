import { afterAll, beforeAll, expect, test } from 'vitest'

import { createTestMoa, type TestMoa } from './moa.ts'
import { createSteps, type Steps } from './support/person.ts'
import { createRandom, freshSeed } from './support/random.ts'
import { createWalk } from './support/walk.ts'

const STEPS = 70
const AT_ONCE = 4

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

/** Walks side by side, until so many are over and so much time has passed, or until one breaks a promise. */
async function walkSideBySide({ atLeast, spendMs }: { atLeast: number; spendMs: number }) {
  let seed = freshSeed()
  const giveUpAt = performance.now() + spendMs
  let walks = 0
  let found: string[] = []
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (found.length === 0 && (walks < atLeast || performance.now() < giveUpAt)) {
        walks += 1
        seed += 1
        const broken = await walk(seed - 1)
        if (broken.length > 0) found = broken
      }
    }),
  )
  return { walks, found }
}

test('wherever a refresh is led, every promise holds after every step, and quiet is never far', async () => {
  const { walks, found } = await walkSideBySide({ atLeast: 8, spendMs: 20_000 })
  expect(found).toEqual([])
  expect(walks).toBeGreaterThanOrEqual(8)
})

test('every query names its user itself: the same holds side by side without row-level security', async () => {
  const tables = await moa.test.owner<{ name: string }[]>`
    SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity`
  for (const { name } of tables)
    await moa.test.owner.unsafe(`ALTER TABLE "${name}" DISABLE ROW LEVEL SECURITY`)
  const { walks, found } = await walkSideBySide({ atLeast: 4, spendMs: 4_000 })
  expect(found).toEqual([])
  expect(walks).toBeGreaterThanOrEqual(4)
})
