import { afterAll, beforeAll, expect, test } from 'vitest'

import { plusDays } from '../../../domain/time.ts'
import { createTestMoa } from '../moa.ts'
import { startWorld, type World, type WorldOptions } from '../world.ts'
import { type Engine, openEngine } from './engine.ts'
import { expectEnding, expectHealed, expectRunAtRest, expectSiblingsUnharmed } from './fault-promises.ts'
import { faultPolicy, INSTITUTIONS, type Played, type PlayedFault, playFaults } from './faults.ts'

// Two days pass in a table, and no new day of the sandbox may be in our future.
const DAYS_BEHIND = 3
// Fifty faults of a few seconds each; a machine that is busy with something else takes ten times that.
const PLAYING_MS = 1_800_000

/** The one shape of all faults: what a fault does to its own institution, what to the others, and what is left of it. */
export function describeFaults(
  faults: readonly PlayedFault[],
  { sandbox, http }: Pick<WorldOptions, 'sandbox' | 'http'> = {},
): { world: () => World } {
  let world: World
  let engine: Engine
  let played: Played[]

  beforeAll(async () => {
    const today = plusDays(new Date().toISOString().slice(0, 10), -DAYS_BEHIND)
    const moa = await createTestMoa({ policy: faultPolicy })
    world = await startWorld({
      moa,
      sandbox: { institutions: INSTITUTIONS, today, ...sandbox },
      ...(http && { http }),
    })
    engine = await openEngine()
    played = await playFaults(world, engine, faults)
  }, PLAYING_MS)
  afterAll(async () => {
    await engine.close()
    await world.close()
  })

  const numbered = faults.map(({ name }, at) => [name, at] as const)
  test.each(numbered)('an institution with this harms no other, is named, and heals: %s', (_, at) => {
    expectEnding(played[at]!)
    expectRunAtRest(played[at]!)
    expectSiblingsUnharmed(played[at]!)
    expectHealed(played[at]!)
  })
  test('no fault has made us break the standard', () => {
    expect(world.sandbox.control.violations().violations).toEqual([])
  })
  return { world: () => world }
}
