import { expect, test, vi } from 'vitest'

import { startGround } from './support-chaos/ground.ts'
import { lastingViolations } from './support-chaos/invariants.ts'
import { staleAttempt, stoppedInApply } from './support-chaos/stopping.ts'
import { until } from './world.ts'

vi.setConfig({ testTimeout: 300_000 })

test('a worker that stood still with an answer in its hands cannot put it in the place of a newer one', async () => {
  const ground = await startGround({
    people: 1,
    workers: 1,
    // The first three hits are the first refresh, of three institutions.
    settings: { FAILPOINTS: 'reading.answered=delay:4000@4', LOG_LEVEL: 'debug' },
  })
  await ground.atRest(60_000)
  const ends = await staleAttempt(ground, ground.people[0]!, 0)
  expect(ends.join('\n')).toContain('collectInstitution')
  expect(await lastingViolations(ground.evidence({}))).toEqual([])
  expect(ground.workers[0]!.pid()).toBeDefined()
  await ground.close()
})

test('a worker that stood still while it stored a reading stores it once, or another does', async () => {
  const ground = await startGround({ people: 1, workers: 1 })
  await ground.atRest(60_000)
  expect(await stoppedInApply(ground, ground.people[0]!, 4_000)).toEqual([1, 1, 1])
  expect(await lastingViolations(ground.evidence({}))).toEqual([])
  expect(ground.workers[0]!.pid()).toBeDefined()
  await ground.close()
})

test('a worker that is told to end finishes what it does: no reading is tried again', async () => {
  // Longer than any reading here takes: what is asserted must not depend on how busy the machine is.
  const limits = { callMs: 20_000, attemptMs: 60_000, heartbeatMs: 30_000 }
  const settings = { SHUTDOWN_GRACE_MS: '30000' }
  const ground = await startGround({ people: 6, workers: 2, limits, settings })
  ground.world.sandbox.control.behaviour({ institutionId: '*', latencyMs: 300 })
  await until('both workers at work', async () => ground.world.sandbox.control.calls().length > 6)
  const [ending] = ground.workers
  process.kill(ending!.pid()!, 'SIGTERM')
  expect((await ending!.gone)?.message).toContain('ended with code 0')
  await ground.atRest(60_000)
  const again = await ground.moa.test.owner`
    SELECT user_id, institution_id, attempt, outcome, failure FROM attempts WHERE attempt > 1 OR outcome <> 'changed'`
  expect(again).toEqual([])
  expect(await lastingViolations(ground.evidence({}))).toEqual([])
  await ground.close()
})
