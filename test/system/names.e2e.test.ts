import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import type { Resolve } from '../../connectors/pinned-lookup.ts'
import { lastingViolations } from './support-chaos/invariants.ts'
import { press, tell } from './support-e2e/asking.ts'
import { createLink, placeOf } from './support/link.ts'
import { closed, engineAddress, startWorld } from './world.ts'

test('a name that is unknown for a moment, slow, and then leads elsewhere costs a try, not a refresh', async () => {
  let place = ''
  const here = await createLink(() => placeOf(place))
  const there = await createLink(() => placeOf(place), { host: '127.0.0.2', port: here.port })
  const answers: Resolve[] = [
    () => Promise.reject(Object.assign(new Error('a test'), { code: 'ENOTFOUND' })),
    () => sleep(500, [{ address: '127.0.0.1', family: 4 }]),
  ]
  let address = '127.0.0.1'
  const resolve: Resolve = async (name) => answers.shift()?.(name) ?? [{ address, family: 4 }]
  const world = await startWorld({
    sandbox: { institutions: 1, baseUrl: `http://bank.example:${here.port}` },
    http: { resolve },
  })
  place = world.sandbox.url
  const person = await world.enrol('named')
  await tell(world, person, 'consent.granted')
  expect((await closed(world, person.userId, person.refreshNo)).state).toBe('succeeded')
  const tries = await world.moa.test.owner`SELECT failure FROM attempts ORDER BY attempt`
  expect(tries.map(({ failure }) => failure as unknown)).toEqual(['InstitutionUnavailable', null])
  expect(there.visits()).toBe(0)

  address = '127.0.0.2'
  here.cut()
  const refreshNo = await press(world, person)
  expect((await closed(world, person.userId, refreshNo)).state).toBe('succeeded')
  expect(there.visits()).toBeGreaterThan(0)
  const { moa, sandbox } = world
  expect(await lastingViolations({ moa, sandbox, engine: engineAddress(), people: [person] })).toEqual([])
  await world.close()
  await Promise.all([here.close(), there.close()])
})
