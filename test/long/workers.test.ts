import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { type Ground, onGround } from '../system/support-chaos/ground.ts'
import { lastingViolations } from '../system/support-chaos/invariants.ts'
import { staleAttempt, stoppedInApply } from '../system/support-chaos/stopping.ts'
import { createRandom, freshSeed } from '../system/support/random.ts'
import { until } from '../system/world.ts'
import { count } from './counts.ts'

const STOPPED_MS = 20_000
const RECOVERED_WITHIN_MS = 180_000
// Two hundred first readings of three institutions: seven a second on a machine of its own, one on a busy one.
const ALL_WITHIN_MS = 900_000
// The first three hits are the first refresh, of three institutions.
const HELD = { FAILPOINTS: 'reading.answered=delay:4000@4', LOG_LEVEL: 'debug' }

test('F7: a worker stands still for 20 s with an answer in its hands, and a newer one lands meanwhile', (context) =>
  onGround({ people: 1, workers: 1, settings: HELD }, async (ground) => {
    await ground.atRest(RECOVERED_WITHIN_MS)
    const ends = await staleAttempt(ground, ground.people[0]!, STOPPED_MS)
    count(context, { 'stale tries': ends.length })
    expect(await lastingViolations(ground.evidence({}))).toEqual([])
    expect(ground.workers[0]!.pid()).toBeDefined()
  }))

test('F7: a worker stands still for 20 s in the transaction that stores a reading', (context) =>
  onGround({ people: 1, workers: 1 }, async (ground) => {
    await ground.atRest(RECOVERED_WITHIN_MS)
    const collections = await stoppedInApply(ground, ground.people[0]!, STOPPED_MS)
    count(context, { collections: collections.join(' + ') })
    expect(collections).toEqual([1, 1, 1])
    expect(await lastingViolations(ground.evidence({}))).toEqual([])
    expect(ground.workers[0]!.pid()).toBeDefined()
  }))

test('F6: one of three workers is killed every 2 s for 60 s', (context) =>
  onGround({ people: 10, workers: 3 }, async (ground) => {
    const seed = freshSeed()
    const random = createRandom(seed)
    await ground.atRest(RECOVERED_WITHIN_MS)
    let killed = 0
    const { violations, wrong, facts } = await ground.endure(RECOVERED_WITHIN_MS, async () => {
      const alive = [...ground.workers]
      const starting: Promise<unknown>[] = []
      for (const giveUpAt = Date.now() + 60_000; Date.now() < giveUpAt;) {
        await sleep(2_000)
        const [worker] = alive.splice(random.below(alive.length), 1)
        if (!worker) continue // the machine is slower in starting them than we are in killing
        await worker.kill()
        killed += 1
        starting.push(ground.startWorker().then((next) => alive.push(next)))
      }
      await Promise.all(starting)
    })
    count(context, {
      MOA_SEED: seed,
      killed,
      'refreshes accepted': facts.refreshes,
      'reads answered': facts.reads,
    })
    expect(wrong).toEqual([])
    expect(violations).toEqual([])
    expect(killed).toBeGreaterThan(10)
  }))

test('F5: every worker is killed with 200 refreshes in flight, and two are started later', (context) =>
  onGround({ people: 200, workers: 2 }, async (ground) => {
    await until('many readings', () => areUnderWay(ground), RECOVERED_WITHIN_MS)
    const inFlight = await openOnes(ground)
    await Promise.all(ground.workers.map((worker) => worker.kill()))
    await sleep(5_000)
    const from = Date.now()
    await Promise.all([ground.startWorker(), ground.startWorker()])
    await ground.atRest(ALL_WITHIN_MS)
    count(context, {
      'in flight': inFlight,
      'seconds until all had ended': Math.round((Date.now() - from) / 1_000),
    })
    const recovery = { from, withinMs: ALL_WITHIN_MS }
    expect(await lastingViolations(ground.evidence({ recovery }))).toEqual([])
    expect(inFlight).toBeGreaterThan(50)
  }))

const openOnes = async ({ moa }: Ground): Promise<number> =>
  (await moa.test.owner`SELECT FROM refreshes WHERE closed_at IS NULL`).length

/** A tenth of all readings have landed: most refreshes are in flight. */
async function areUnderWay({ moa, people }: Ground): Promise<boolean> {
  const rows = await moa.test.owner`SELECT FROM plans WHERE state = 'collected'`
  return rows.length > people.length / 10
}
