import { afterAll, beforeAll, expect, test } from 'vitest'

import { kstDate, plusDays } from '../../domain/time.ts'
import { createTestMoa, testPolicy } from './moa.ts'
import { ask, refreshOf, tell } from './support-e2e/asking.ts'
import { atRest, passTime } from './support-e2e/days.ts'
import { ledgerOf, storedIn } from './support-e2e/ledger.ts'
import { type Person, startWorld, type World } from './world.ts'

const DOWN = 'SBXBANK002'
const HOUR_MS = 3_600_000

let world: World
let person: Person

beforeAll(async () => {
  const limits = { ...testPolicy.limitsFor(false), quickTries: 1 }
  const moa = await createTestMoa({ policy: { ...testPolicy, limitsFor: () => limits } })
  world = await startWorld({ moa, sandbox: { institutions: 2, today: plusDays(kstDate(new Date()), -3) } })
  person = await world.enrol('early')
  await tell(world, person, 'consent.granted')
  await atRest(world, person)
})
afterAll(() => world.close())

const login = async () => {
  const answer = await ask(world, person, 'member.logged_in')
  await atRest(world, person)
  return answer
}
const complete = async () => (await world.moa.api.published.snapshot(person.userId, 'complete'))!

test('a login brings back what is whole, though it joins a refresh whose next try would come after its deadline', async () => {
  await passTime(world, person, 24 * HOUR_MS)
  world.sandbox.control.behaviour({ institutionId: DOWN, status: { http: 500 } })
  const waiting = refreshOf(await login())
  for (const hours of [6, 6, 6]) await passTime(world, person, hours * HOUR_MS)
  world.sandbox.control.resetBehaviour()
  await passTime(world, person, 5.75 * HOUR_MS)
  expect((await complete()).refreshNo).toBe(person.refreshNo)

  expect(await login()).toMatchObject({ outcome: 'joined', refreshNo: waiting })
  const whole = await complete()
  expect(whole.refreshNo).toBe(waiting)
  expect(await storedIn(world, person, whole.snapshotNo)).toEqual(await ledgerOf(world, person))
})
