import { afterAll, beforeAll, expect, test } from 'vitest'

import { mostAtOnce, readingsOf } from '../../bench/at-once.ts'
import { createTestMoa, testPolicy } from './moa.ts'
import { press, tell } from './support-e2e/asking.ts'
import { closed, type Person, startWorld, until, type World } from './world.ts'

const [WELL, DOWN] = ['SBXBANK001', 'SBXBANK002'] as const
const PEOPLE = 40
const SLOTS = 3
// More than there are slots: they do not come by way of the caretaker, and wait for their turn.
const PRESSING = 8
// After every other reason to refresh that there is.
const SCHEDULED = 9
/** One try, then nothing by itself for an hour: only somebody's word wakes them. */
const limits = { ...testPolicy.limitsFor(false), quickTries: 1, waitsMs: [3_600_000] }

let world: World
let people: Person[]

beforeAll(async () => {
  const moa = await createTestMoa({ policy: { spanMonths: 1, limitsFor: () => limits } })
  world = await startWorld({ moa, sandbox: { institutions: 2 } })
  world.sandbox.control.behaviour({ institutionId: DOWN, status: { http: 500 } })
  people = await Promise.all(Array.from({ length: PEOPLE }, (_, at) => park(`waiting-${at}`)))
  await moa.test.owner`UPDATE institutions SET concurrency = ${SLOTS} WHERE institution_id = ${DOWN}`
})
afterAll(() => world.close())

async function park(name: string): Promise<Person> {
  const person = await world.enrol(name, [WELL, DOWN])
  await tell(world, person, 'consent.granted')
  const isParked = async () =>
    (await world.moa.api.progress.of(person.userId, person.refreshNo))?.state === 'parked'
  await until(`${name} to be parked`, isParked)
  return person
}

test('a bank that recovers is read for all who wait, users first, by no more at once than it bears, whoever presses', async () => {
  const scheduled = people.slice(0, PEOPLE / 2)
  await world.moa.test.owner`
    UPDATE refreshes SET priority = ${SCHEDULED} WHERE user_id = ANY (${scheduled.map(({ userId }) => userId)}::int8[])`
  world.sandbox.control.resetBehaviour()
  world.sandbox.control.behaviour({ institutionId: DOWN, latencyMs: 15 })
  const healedAt = Date.now()
  const { waiting } = await world.moa.institutionOrders.recovered(DOWN, 'kim', 'the bank called')
  expect(waiting).toBe(PEOPLE)
  expect(await world.caretaker.round()).toBe(SLOTS)

  const impatient = scheduled.slice(0, PRESSING)
  await Promise.all(impatient.map((person) => press(world, person)))
  const caretaking = new AbortController()
  const rounds = world.caretaker.run(caretaking.signal)
  const ended = await Promise.all(people.map(({ userId, refreshNo }) => closed(world, userId, refreshNo)))
  caretaking.abort()
  await rounds
  expect(ended.filter(({ state }) => state !== 'succeeded')).toEqual([])

  const calls = world.sandbox.control.calls({ institutionId: DOWN, since: healedAt })
  const order = [...new Set(calls.map(({ person }) => person))]
  expect(order).toHaveLength(PEOPLE)
  const isOf = (some: readonly Person[], name: string | null) => some.some(({ person }) => person === name)
  const woken = order.filter((name) => !isOf(impatient, name))
  expect(woken.slice(0, SLOTS).filter((name) => isOf(scheduled, name))).toEqual([])
  const most = mostAtOnce(readingsOf(calls, Date.now()))
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(SLOTS)
})
