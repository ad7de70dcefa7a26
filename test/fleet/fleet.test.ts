import { describe, expect, test } from 'vitest'

import { freshSeed } from '../system/support/random.ts'
import { type Played, playFleet } from './play-fleet.ts'
import { PROMISES } from './promises.ts'

// A second each on an idle machine; the limit is for one that is not.
const SEEDS = 2
const LONGEST_MS = 180_000

const first = freshSeed()
const played = new Map<number, Played>()

function play(seed: number): Played {
  const known = played.get(seed)
  if (known) return known
  const fresh = playFleet(seed)
  played.set(seed, fresh)
  return fresh
}

describe.each(Array.from({ length: SEEDS }, (_, i) => first + i))(
  'in a fleet that agrees by the rules alone, through outages of others and of its own (MOA_SEED=%i),',
  (seed) => {
    test.each(Object.entries(PROMISES))('%s', { timeout: LONGEST_MS }, (_, broken) => {
      expect(broken(play(seed))).toEqual([])
    })
  },
)

test('the same seed tells the same story', { timeout: LONGEST_MS }, () => {
  expect(JSON.stringify(playFleet(first).record) === JSON.stringify(play(first).record)).toBe(true)
})
