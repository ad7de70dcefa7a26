import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createTestMoa, type TestMoa } from './moa.ts'
import { type Act, ACTS, createLife } from './support/generations.ts'
import { createSteps, type Steps } from './support/person.ts'
import { freshSeed } from './support/random.ts'

const LIVES = 25
const MEETINGS = 8
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

const acts = fc.constantFrom<Act>(...ACTS)
const meetings = fc.array(fc.array(acts, { minLength: 1, maxLength: AT_ONCE }), {
  minLength: 1,
  maxLength: MEETINGS,
})

/** One life from its first consent on; the first meeting after which something no longer holds. */
async function live(met: readonly (readonly Act[])[]): Promise<string[]> {
  const { userId } = await steps.enrol(['A'])
  const life = createLife(moa, steps, userId)
  for (const together of [['grant'], ...met] as Act[][]) {
    const broken = await life.meet(together)
    if (broken.length > 0) return broken
  }
  return []
}

test('whatever meets whatever, the state is that of the last generation, and not of the last arrival', async () => {
  await fc.assert(
    fc.asyncProperty(meetings, async (met) => {
      expect(await live(met)).toEqual([])
    }),
    { numRuns: LIVES, seed: freshSeed() },
  )
})

test.each<[string, Act[][]]>([
  ['a reading of the consent before the last', [['begin'], ['grant', 'apply'], ['apply', 'refused']]],
  ['a refusal that comes with a renewal', [['begin'], ['refused', 'grant'], ['refused', 'callback']]],
  ['a withdrawal there and a renewal here', [['begin'], ['found ended', 'grant'], ['found ended', 'apply']]],
  [
    'an expiry, a renewal and a revocation',
    [['expire', 'grant', 'revoke'], ['grant'], ['expire', 'callback']],
  ],
  [
    'two narrowings and a deletion',
    [['begin'], ['narrow', 'narrow', 'revoke and delete'], ['grant', 'narrow']],
  ],
])('%s meet in any order', async (_, met) => {
  for (let times = 0; times < 5; times += 1) expect(await live(met)).toEqual([])
})
