import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { refreshWorkflowId } from '../../workflows/contract.ts'
import { createTestMoa, testPolicy } from './moa.ts'
import { press, refreshOf, tell } from './support-e2e/asking.ts'
import { type Engine, openEngine } from './support-e2e/engine.ts'
import { createDoor, createGates } from './support-e2e/gates.ts'
import { startProcessWorld } from './support-e2e/processes.ts'
import { closed, type Person, startWorld, until, type World } from './world.ts'

/** What is told to stop makes no call later than this. */
const LAST_CALL_MS = 1_000
// Longer than anything here waits: neither its own deadline nor the engine's word, which travels with heartbeats, ends a call.
const OTHERWISE_MS = 60_000
const limits = {
  ...testPolicy.limitsFor(false),
  callMs: OTHERWISE_MS,
  attemptMs: 2 * OTHERWISE_MS,
  readingMs: 2 * OTHERWISE_MS,
  heartbeatMs: OTHERWISE_MS,
}

describe('a refresh whose banks are slow', () => {
  const gates = createGates()
  let world: World
  let engine: Engine
  let stopping: AbortController
  let caring: Promise<void>

  beforeAll(async () => {
    const moa = await createTestMoa({ policy: { ...testPolicy, limitsFor: () => limits } })
    world = await startWorld({ moa, sandbox: { institutions: 3 }, failpoint: gates.failpoint })
    engine = await openEngine()
    stopping = new AbortController()
    caring = world.caretaker.run(stopping.signal)
  })
  afterAll(async () => {
    stopping.abort()
    await caring
    await Promise.all([engine.close(), world.close()])
  })

  /** Somebody with a snapshot, and a refresh in the middle of slow calls. */
  async function inTheMiddle(name: string) {
    const person = await world.enrol(name)
    await tell(world, person, 'consent.granted')
    await closed(world, person.userId, person.refreshNo)
    const shown = await visible(person)
    world.sandbox.control.moveClock({ advanceDays: 1 })
    world.sandbox.control.behaviour({ institutionId: '*', latencyMs: LAST_CALL_MS })
    const since = Date.now()
    const refreshed = { ...person, refreshNo: await press(world, person) }
    const calls = (from = since) => world.sandbox.control.calls({ person: name, since: from })
    await until('calls under way', async () => calls().length >= 6)
    return { refreshed, shown, calls }
  }

  const visible = async (person: Person): Promise<string> =>
    JSON.stringify([
      await world.moa.api.published.snapshot(person.userId, 'latest'),
      await world.moa.api.published.snapshot(person.userId, 'complete'),
      await world.moa.api.published.transactions(person.userId, 'latest', 500, null),
    ])

  /** No call later than a second after, nothing changed for any reader, nothing left under way. */
  async function expectStopped({ refreshed, shown, calls }: Awaited<ReturnType<typeof inTheMiddle>>) {
    const refresh = await closed(world, refreshed.userId, refreshed.refreshNo)
    const stoppedAt = Date.now()
    expect(refresh.state).toBe('cancelled')
    await sleep(Math.max(0, stoppedAt + 2 * LAST_CALL_MS - Date.now()))
    expect(calls(stoppedAt + LAST_CALL_MS)).toEqual([])
    expect(await visible(refreshed)).toBe(shown)
    const attempts = await world.moa.test.owner`
      SELECT DISTINCT outcome FROM attempts WHERE user_id = ${refreshed.userId} AND refresh_no = ${refreshed.refreshNo}`
    expect(attempts.map((row) => row['outcome'])).not.toContain(null)
    const [ended] = await world.moa.test.owner`
      SELECT run_ended_at FROM refreshes WHERE user_id = ${refreshed.userId} AND refresh_no = ${refreshed.refreshNo}`
    return ended!['run_ended_at'] as Date | null
  }

  test('stops when it is cancelled in the engine, and changes nothing', async () => {
    const middle = await inTheMiddle('cancelled')
    await engine.client.workflow.getHandle(refreshWorkflowId(middle.refreshed)).cancel()
    await expectStopped(middle)
    expect((await engine.ending(refreshWorkflowId(middle.refreshed))).status).toBe('CANCELLED')
    world.sandbox.control.resetBehaviour()
    const next = await closed(world, middle.refreshed.userId, await press(world, middle.refreshed))
    expect(next.state).toBe('succeeded')
  })

  test('stops when somebody else closes it in the rows, and so does its run', async () => {
    const middle = await inTheMiddle('closed')
    const { userId, refreshNo } = middle.refreshed
    await world.moa.worker.refreshes.close(userId, refreshNo, 'cancelled', 'an operator', {
      by: 'someone-else',
    })
    await expectStopped(middle)
    expect(await engine.ending(refreshWorkflowId(middle.refreshed))).toEqual({
      status: 'FAILED',
      failure: 'cancelled',
    })
    await until('the caretaker to have seen it', async () => {
      const [row] = await world.moa.test.owner`
        SELECT run_ended_at FROM refreshes WHERE user_id = ${userId} AND refresh_no = ${refreshNo}`
      return row!['run_ended_at']
    })
    world.sandbox.control.resetBehaviour()
  })

  test('stops even if no worker hears of it: the rows are asked before a call', async () => {
    const middle = await inTheMiddle('deaf')
    const { userId, refreshNo } = middle.refreshed
    // Without the notice that a closing sends.
    await world.moa.test.owner`
      UPDATE refreshes SET state = 'cancelled', closed_at = now(), closed_because = 'test'
      WHERE user_id = ${userId} AND refresh_no = ${refreshNo}`
    await expectStoppedCalls(middle)
    world.sandbox.control.resetBehaviour()
  })

  async function expectStoppedCalls({ calls }: Awaited<ReturnType<typeof inTheMiddle>>) {
    const stoppedAt = Date.now()
    await sleep(2.5 * LAST_CALL_MS)
    expect(calls(stoppedAt + LAST_CALL_MS)).toEqual([])
  }

  test('breaks off a call that hangs, also after the listener had lost its connection', async () => {
    const person = await world.enrol('hanging', ['SBXBANK001'])
    const listeners = () => world.moa.test.owner<{ pid: number }[]>`
      SELECT pid FROM pg_stat_activity WHERE application_name = 'moa listener' AND datname = current_database()
        AND query LIKE 'LISTEN%' AND state = 'idle'`
    const [before] = await listeners()
    await world.moa.test.owner`SELECT pg_terminate_backend(${before!.pid})`
    await until('another listener', async () => (await listeners()).some(({ pid }) => pid !== before!.pid))
    world.sandbox.control.behaviour({ institutionId: '*', hang: true })
    await tell(world, person, 'consent.granted')
    const call = () => world.sandbox.control.calls({ person: 'hanging' })[0]
    await until('the call', async () => call())
    await world.moa.worker.refreshes.close(person.userId, person.refreshNo, 'cancelled', 'test', {
      by: 'someone-else',
    })
    const stoppedAt = Date.now()
    const endedAt = await until('the call to be broken off', async () => call()?.endedAt)
    expect(call()!.aborted).toBe(true)
    expect(endedAt - stoppedAt).toBeLessThan(OTHERWISE_MS / 4)
    world.sandbox.control.resetBehaviour()
  })

  test('cannot be cancelled any more once it is published: run and rows say that it succeeded', async () => {
    const person = await world.enrol('late')
    await tell(world, person, 'consent.granted')
    await closed(world, person.userId, person.refreshNo)
    const answer = await world.moa.api.events.record(person.userId, {
      type: 'assets.refresh_requested',
      institutionId: null,
      idempotencyKey: null,
    })
    const refreshed = { ...person, refreshNo: refreshOf(answer) }
    const workflowId = refreshWorkflowId(refreshed)
    const cancelled = createDoor()
    const published = gates.once(workflowId, 'snapshot.published', () => cancelled.opened)
    await tell(world, refreshed, 'assets.refresh_requested')
    const before = await closed(world, person.userId, refreshed.refreshNo)
    const shown = await visible(person)
    await engine.client.workflow.getHandle(workflowId).cancel()
    await sleep(200)
    cancelled.open()
    await published
    expect(await engine.ending(workflowId)).toEqual({ status: 'COMPLETED', failure: null })
    expect(await closed(world, person.userId, refreshed.refreshNo)).toEqual(before)
    expect(before.state).toBe('succeeded')
    expect(await visible(person)).toBe(shown)
  })
})

test('a worker that is told to shut down under load hands its work on, and no reading fails', async () => {
  const world = await startProcessWorld()
  const people = await Promise.all(Array.from({ length: 8 }, (_, i) => world.enrol(`shift-${i}`)))
  world.sandbox.control.behaviour({ institutionId: '*', latencyMs: 150 })
  // A grace shorter than a reading: what does not finish in it is taken up by the next worker.
  const leaving = await world.startWorker({ SHUTDOWN_GRACE_MS: '300' })
  await Promise.all(people.map((person) => tell(world, person, 'consent.granted')))
  await until('calls under way', async () => world.sandbox.control.calls().length >= 20)
  process.kill(leaving.pid()!, 'SIGTERM')
  expect((await leaving.gone)?.message).toContain('ended with code') // by itself, and not killed
  const openBefore = await world.moa.test.owner`SELECT FROM refreshes WHERE closed_at IS NULL`
  expect(openBefore.length).toBeGreaterThan(0)

  world.sandbox.control.resetBehaviour()
  await world.startWorker()
  for (const person of people) await closed(world, person.userId, person.refreshNo)
  const outcomes = await world.moa.test
    .owner`SELECT outcome, count(*)::int FROM attempts GROUP BY 1 ORDER BY 1`
  expect(outcomes.map((row) => row['outcome'])).not.toContain('failed')
  await Promise.all(people.map((person) => closed(world, person.userId, person.refreshNo)))
  expect(await world.moa.test.owner`SELECT FROM refreshes WHERE state <> 'succeeded'`).toHaveLength(0)
  expect(world.sandbox.control.violations().violations).toEqual([])
  await world.close()
})
