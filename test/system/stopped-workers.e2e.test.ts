import { expect, test, vi } from 'vitest'

import { type Ground, onGround } from './support-chaos/ground.ts'
import { lastingViolations } from './support-chaos/invariants.ts'
import { staleAttempt, stoppedInApply } from './support-chaos/stopping.ts'
import { until } from './world.ts'

// A worker that stands still takes with it what the engine hands to its open polls: minutes, on a busy machine.
vi.setConfig({ testTimeout: 600_000 })

const RECOVERED_WITHIN_MS = 120_000

async function expectWell(ground: Ground): Promise<void> {
  expect(await lastingViolations(ground.evidence({}))).toEqual([])
  expect(ground.workers[0]!.pid()).toBeDefined()
}

test('a worker that stood still with an answer in its hands cannot put it in the place of a newer one', () => {
  // The first three hits are the first refresh, of three institutions.
  const settings = { FAILPOINTS: 'reading.answered=delay:4000@4', LOG_LEVEL: 'debug' }
  return onGround({ people: 1, workers: 1, settings }, async (ground) => {
    await ground.atRest(RECOVERED_WITHIN_MS)
    const ends = await staleAttempt(ground, ground.people[0]!, 0)
    expect(ends.join('\n')).toContain('collectInstitution')
    await expectWell(ground)
  })
})

test('a worker that stood still while it stored a reading stores it once, or another does', () =>
  onGround({ people: 1, workers: 1 }, async (ground) => {
    await ground.atRest(RECOVERED_WITHIN_MS)
    expect(await stoppedInApply(ground, ground.people[0]!, 4_000)).toEqual([1, 1, 1])
    await expectWell(ground)
  }))

test('a worker that is told to end finishes what it does: no reading is tried again', () => {
  // Longer than any reading here takes: what is asserted must not depend on how busy the machine is.
  const limits = { callMs: 20_000, attemptMs: 120_000, readingMs: 240_000, heartbeatMs: 60_000 }
  const settings = { SHUTDOWN_GRACE_MS: '120000' }
  return onGround({ people: 6, workers: 2, limits, settings }, async (ground) => {
    ground.world.sandbox.control.behaviour({ institutionId: '*', latencyMs: 300 })
    await until('both workers at work', async () => ground.world.sandbox.control.calls().length > 6)
    const [ending] = ground.workers
    process.kill(ending!.pid()!, 'SIGTERM')
    expect((await ending!.gone)?.message).toContain('ended with code 0')
    await ground.atRest(RECOVERED_WITHIN_MS)
    const again = await ground.moa.test.owner`
      SELECT user_id, institution_id, attempt, outcome, failure FROM attempts
      WHERE attempt > 1 OR outcome <> 'changed'`
    expect(again).toEqual([])
    expect(await lastingViolations(ground.evidence({}))).toEqual([])
  })
})
