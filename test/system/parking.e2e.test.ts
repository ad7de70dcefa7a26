import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { refreshWorkflowId } from '../../workflows/contract.ts'
import { createTestMoa, testPolicy } from './moa.ts'
import { ask, press, tell } from './support-e2e/asking.ts'
import { openEngine } from './support-e2e/engine.ts'
import { closed, type Person, startWorld, until, type World } from './world.ts'

const [ONE, TWO, THREE] = ['SBXBANK001', 'SBXBANK002', 'SBXBANK003'] as const
// The engine's own quick tries are the same everywhere; one is enough here, and the waits are a second and an hour.
const limits = { ...testPolicy.limitsFor(false), quickTries: 1 }
const policyOf = (waitsMs: number[]) => ({ ...testPolicy, limitsFor: () => ({ ...limits, waitsMs }) })

let world: World
let engine: Awaited<ReturnType<typeof openEngine>>

async function worldThatWaits(waitsMs: number[]): Promise<void> {
  const moa = await createTestMoa({ policy: policyOf(waitsMs) })
  world = await startWorld({ moa, sandbox: { institutions: 3 } })
  engine = await openEngine()
}

const closeWorld = async () => {
  await engine.close()
  await world.close()
}

const progress = (person: Person) => world.moa.api.progress.of(person.userId, person.refreshNo)
const parked = (person: Person) =>
  until('the refresh to be parked', async () => {
    const refresh = await progress(person)
    return refresh?.state === 'parked' ? refresh : null
  })
const latest = (person: Person) => world.moa.api.published.snapshot(person.userId, 'latest')
const stateOf = async (person: Person, institutionId: string) =>
  (await latest(person))!.coverage.find((part) => part.institutionId === institutionId)!

/** What the first cut of a person showed of an institution, however much was shown since. */
async function firstShown({ userId }: Person, institutionId: string) {
  const [shown] = await world.moa.test.owner`
    SELECT s.status, p.state, p.reason, jsonb_array_length(p.gaps) AS gaps FROM snapshots s JOIN snapshot_institutions p USING (user_id, snapshot_no)
    WHERE user_id = ${userId} AND snapshot_no = 1 AND institution_id = ${institutionId}`
  return shown
}

describe('a bank that is down', () => {
  beforeAll(() => worldThatWaits([1_500]))
  afterAll(closeWorld)
  afterEach(() => world.sandbox.control.resetBehaviour())

  test('parks the refresh, which shows the rest, and is complete when its next try lands', async () => {
    world.sandbox.control.behaviour({ institutionId: TWO, status: { http: 500 } })
    const person = await world.enrol('down', [ONE, TWO, THREE])
    await tell(world, person, 'consent.granted')
    const waiting = await parked(person)
    expect(waiting.wakeAt).toBeInstanceOf(Date)
    expect(await stateOf(person, ONE)).toMatchObject({ state: 'fresh', reason: null })
    expect(await stateOf(person, TWO)).toMatchObject({ state: 'absent', reason: 'InstitutionUnavailable' })
    expect((await latest(person))!.status).toBe('partial')

    world.sandbox.control.resetBehaviour()
    const refresh = await closed(world, person.userId, person.refreshNo)
    expect(refresh.state).toBe('succeeded')
    expect(await stateOf(person, TWO)).toMatchObject({ state: 'fresh', reason: null })
    const calls = world.sandbox.control.calls({ person: 'down', institutionId: ONE })
    const rounds = new Set(
      refresh.readings.map(({ institutionId, attempts }) => `${institutionId} ${attempts}`),
    )
    expect(calls.length).toBeGreaterThan(0)
    expect(rounds.has(`${ONE} 1`)).toBe(true) // what was there is not read again
  })

  test('and answers nonsense about one account only leaves a gap: the rest of it is shown, and the gap is filled by its next try', async () => {
    world.sandbox.control.behaviour({ institutionId: TWO, api: 'bank-004', mangle: 'html', times: 1 })
    const person = await world.enrol('gap', [ONE, TWO])
    await tell(world, person, 'consent.granted')
    const refresh = await closed(world, person.userId, person.refreshNo)
    expect(refresh.state).toBe('succeeded')
    expect(await firstShown(person, TWO)).toEqual({
      status: 'partial',
      state: 'fresh',
      reason: 'gaps',
      gaps: 1,
    })
    expect(await stateOf(person, TWO)).toMatchObject({ state: 'fresh', reason: null, gaps: 0 })
  })

  test('is waited for until the deadline, and then named as what is missing', async () => {
    world.sandbox.control.behaviour({ institutionId: TWO, status: { http: 500 } })
    const person = await world.enrol('deadline', [ONE, TWO])
    await tell(world, person, 'consent.granted')
    await parked(person)
    await world.moa.test.owner`
      UPDATE refreshes SET deadline = now() + interval '2 seconds' WHERE user_id = ${person.userId}`
    const refresh = await closed(world, person.userId, person.refreshNo)
    expect([refresh.state, refresh.closedBecause]).toEqual(['incomplete', 'InstitutionUnavailable'])
    expect(await engine.ending(refreshWorkflowId(person))).toMatchObject({
      status: 'FAILED',
      failure: 'SnapshotIncomplete',
    })
    expect((await latest(person))!.status).toBe('partial')
  })
})

describe('a refresh that waits for hours', () => {
  beforeAll(() => worldThatWaits([3_600_000]))
  afterAll(closeWorld)
  afterEach(() => world.sandbox.control.resetBehaviour())

  async function waiting(name: string): Promise<Person> {
    world.sandbox.control.behaviour({ institutionId: TWO, status: { http: 500 } })
    const person = await world.enrol(name, [ONE, TWO])
    await tell(world, person, 'consent.granted')
    await parked(person)
    world.sandbox.control.resetBehaviour()
    return person
  }

  const expectComplete = async (person: Person) =>
    expect((await closed(world, person.userId, person.refreshNo)).state).toBe('succeeded')

  test('holds no worker’s slot, and is woken by the user’s button, not by a page view', async () => {
    const person = await waiting('button')
    // The step that parks it has ended a moment after what it has written is seen.
    const isAsleep = async () => (await engine.pendingActivities(refreshWorkflowId(person))) === 0
    await until('the run to have no step under way', isAsleep)
    expect(await ask(world, person, 'assets.home_viewed')).toMatchObject({ outcome: 'joined' })
    await parked(person)
    expect(await press(world, person)).toBe(person.refreshNo)
    await expectComplete(person)
  })

  test('is woken when its institution recovers, by the caretaker', async () => {
    const person = await waiting('recovery')
    expect(await world.moa.institutionOrders.recovered(TWO, 'kim', 'the bank called')).toEqual({ waiting: 1 })
    expect(await world.caretaker.round()).toBe(1)
    await expectComplete(person)
  })

  test('begins a new run when it has been woken very often, and goes on where it was', async () => {
    const person = await waiting('long')
    const first = (await progress(person))!.runId
    await until('a new run', async () => {
      await world.runs.hint(person)
      return (await progress(person))!.runId !== first
    })
    await parked(person)
    await press(world, person)
    await expectComplete(person)
    expect((await latest(person))!.snapshotNo).toBe(2)
  })

  test('is widened and made stricter while it waits', async () => {
    const person = await waiting('widened')
    const [tokens] = world.sandbox.control.consents({ person: 'widened', institutionIds: [THREE] })
    await world.moa.api.consents.grant(person.userId, {
      institutionId: THREE,
      scope: 'bank.list bank.deposit bank.loan',
      purpose: 'view-and-analyse',
      endsAt: new Date('2030-01-01T00:00:00Z'),
      accessToken: tokens!.accessToken,
      accessExpiresAt: new Date('2029-01-01T00:00:00Z'),
      refreshToken: null,
      refreshExpiresAt: null,
    })
    await world.runs.hint(person)
    await until('the new bank', async () =>
      (await latest(person))!.coverage.some((part) => part.institutionId === THREE && part.state === 'fresh'),
    )
    expect((await parked(person)).readings.map(({ state }) => state)).toEqual([
      'collected',
      'failed',
      'collected',
    ])
  })
})
