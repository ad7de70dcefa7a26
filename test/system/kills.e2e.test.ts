import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, test } from 'vitest'

import { refreshWorkflowId } from '../../workflows/contract.ts'
import { createTestMoa, mortalPolicy } from './moa.ts'
import { press, tell } from './support-e2e/asking.ts'
import { openEngine } from './support-e2e/engine.ts'
import { startProcessWorld } from './support-e2e/processes.ts'
import { startOwnPostgres, startOwnTemporal } from './support-e2e/servers.ts'
import { expectWhole } from './support-e2e/whole.ts'
import { closed, startWorld, until } from './world.ts'

const POINTS = [
  ['reading.begun', 'before its first call'],
  ['reading.answered', 'after the answers and before the commit'],
  ['reading.applied', 'after the commit and before saying so'],
  ['snapshot.cut', 'after the cut'],
  ['snapshot.classified', 'after classifying'],
  ['snapshot.analysed', 'after analysing'],
  ['snapshot.publishing', 'before publishing'],
  ['snapshot.published', 'after publishing'],
]

describe.concurrent('a worker that is killed', () => {
  test.each(POINTS)('at %s, %s, loses nothing and repeats nothing', async (point) => {
    const world = await startProcessWorld()
    const person = await world.enrol('killed')
    const doomed = await world.startWorker({ FAILPOINTS: `${point}=kill@1` })
    await tell(world, person, 'consent.granted')
    expect((await doomed.gone)?.message).toContain('was ended by SIGKILL')
    const published = await world.moa.api.published.snapshot(person.userId, 'latest')
    expect(published?.status).toBe(point === 'snapshot.published' ? 'complete' : undefined)

    await world.startWorker()
    await expectWhole(world, world.engine, person)
    await world.close()
  })
})

describe.concurrent('an event that was accepted', () => {
  test('begins even if whoever accepted it never started its run', async () => {
    const world = await startWorld({ sandbox: { institutions: 1 } })
    const person = await world.enrol('forgotten')
    const stopping = new AbortController()
    const caring = world.caretaker.run(stopping.signal)
    const refresh = await closed(world, person.userId, person.refreshNo)
    expect(refresh.state).toBe('succeeded')
    stopping.abort()
    await caring
    await world.close()
  })

  test('survives the death of the API between its commit and the start of its run', async () => {
    const world = await startProcessWorld()
    const person = await world.enrol('accepted')
    await world.startWorker()
    await closed(world, person.userId, person.refreshNo)
    const api = await world.startApi({ FAILPOINTS: 'event.committed=kill@1' })
    await expect(api.raise('accepted', 'assets.refresh_requested')).rejects.toThrow()
    expect((await api.gone)?.message).toContain('was ended by SIGKILL')

    const refresh = await closed(world, person.userId, person.refreshNo + 1)
    expect([refresh.state, refresh.reason]).toEqual(['succeeded', 'assets.refresh_requested'])
    await world.close()
  })
})

describe.concurrent('an engine that is killed', () => {
  test('goes on from its file where it was', async () => {
    const temporal = await startOwnTemporal('on its file')
    const world = await startProcessWorld({ engine: temporal.engine })
    const person = await world.enrol('engine')
    const worker = await world.startWorker()
    world.sandbox.control.behaviour({ institutionId: '*', latencyMs: 500, times: 8 })
    await tell(world, person, 'consent.granted')
    await until('a call', async () => world.sandbox.control.calls().length > 0)
    await temporal.kill()
    await sleep(2_000)
    await temporal.restart()
    await expectWhole(world, world.engine, person)
    expect(worker.pid()).toBeDefined()
    await world.close()
    await temporal.stop()
  })

  test('and comes back with nothing is found out: what it forgot is closed as lost, and the next event succeeds', async () => {
    const temporal = await startOwnTemporal('in memory')
    const world = await startProcessWorld({ engine: temporal.engine })
    const person = await world.enrol('amnesia')
    await world.startWorker()
    world.sandbox.control.behaviour({ institutionId: '*', hang: true })
    await tell(world, person, 'consent.granted')
    await until('a call', async () => world.sandbox.control.calls().length > 0)
    await temporal.kill()
    await temporal.restart()
    const refresh = await closed(world, person.userId, person.refreshNo)
    expect([refresh.state, refresh.closedBecause]).toEqual(['lost', 'the engine does not know its run'])

    world.sandbox.control.resetBehaviour()
    const next = { ...person, refreshNo: await press(world, person) }
    await expectWhole(world, world.engine, next)
    await world.close()
    await temporal.stop()
  })
})

test.concurrent('a database that crashes in the middle of a refresh delays it, and no process ends', async () => {
  const postgres = await startOwnPostgres()
  const world = await startProcessWorld({
    moa: await createTestMoa({ test: postgres.test, policy: mortalPolicy }),
  })
  const person = await world.enrol('database')
  const worker = await world.startWorker()
  const pid = worker.pid()
  world.sandbox.control.behaviour({ institutionId: '*', latencyMs: 300, times: 8 })
  await tell(world, person, 'consent.granted')
  await until('a call', async () => world.sandbox.control.calls().length > 0)
  await postgres.crash()
  await sleep(5_000)
  await postgres.restart()
  await expectWhole(world, world.engine, person, 90_000)
  expect(worker.pid()).toBe(pid)
  await world.close()
})

test.concurrent('a run that is terminated in the engine is closed as lost within a minute, and the next event opens another', async () => {
  const world = await startWorld({ sandbox: { institutions: 1 } })
  const engine = await openEngine()
  const person = await world.enrol('terminated')
  world.sandbox.control.behaviour({ institutionId: '*', hang: true })
  await tell(world, person, 'consent.granted')
  await until('a call', async () => world.sandbox.control.calls().length > 0)
  await engine.client.workflow.getHandle(refreshWorkflowId(person)).terminate('an operator')
  const stopping = new AbortController()
  const caring = world.caretaker.run(stopping.signal)
  const refresh = await closed(world, person.userId, person.refreshNo)
  expect([refresh.state, refresh.closedBecause]).toEqual(['lost', 'its run was terminated'])
  expect(refresh.readings.map(({ state, failure }) => [state, failure])).toEqual([['failed', 'Superseded']])

  world.sandbox.control.resetBehaviour()
  const next = await closed(world, person.userId, await press(world, person))
  expect([next.refreshNo, next.state]).toEqual([person.refreshNo + 1, 'succeeded'])
  stopping.abort()
  await caring
  await engine.close()
  await world.close()
})
