import { afterAll, beforeAll, expect, test } from 'vitest'

import { WORD_OF_API } from '../../domain/consent.ts'
import { makeGrant } from './moa.ts'
import { tell } from './support-e2e/asking.ts'
import { refreshOf } from './support/person.ts'
import { closed, type Person, startWorld, type World } from './world.ts'

const BANK = 'SBXBANK001'
const CARD = 'SBXCARD001'

let world: World
beforeAll(async () => {
  world = await startWorld({ sandbox: { cardInstitutions: 1 } })
})
afterAll(() => world.close())

type Given = { institutionId: string; scope: string; endsAt?: Date; purpose?: string }

/** A person who agreed to just this at each institution, there and here alike, once all of it was read. */
async function readAs(person: string, ...given: Given[]) {
  const { userId, userKey } = await world.moa.api.users.enrol('https://test', person)
  let refreshNo = 0
  for (const consent of given) {
    const { institutionId, scope } = consent
    const [tokens] = world.sandbox.control.consents({ person, institutionIds: [institutionId], scope })
    const grant = makeGrant(institutionId, { ...consent, accessToken: tokens!.accessToken })
    refreshNo = refreshOf(await world.moa.api.consents.grant(userId, grant))
  }
  const one: Person = { userId, userKey, person, refreshNo }
  await tell(world, one, 'consent.granted')
  return closed(world, userId, refreshNo)
}

const outsideScope = () => world.sandbox.control.violations().counts['outside-scope'] ?? 0

test('a narrow consent is read to its edge, and is whole', async () => {
  const refresh = await readAs(
    'narrow',
    { institutionId: BANK, scope: 'bank.list' },
    { institutionId: CARD, scope: 'card.list card.point' },
  )
  expect(refresh.state).toBe('succeeded')
  expect(refresh.readings.map(({ state, failure }) => [state, failure])).toEqual([
    ['collected', null],
    ['collected', null],
  ])
  expect(outsideScope()).toBe(0)
})

test.each([
  ['whose end has come', { scope: 'bank.list', endsAt: new Date('2020-01-01T00:00:00Z') }, 'withdrawn', null],
  ['that does not cover the list', { scope: 'bank.deposit' }, 'failed', 'OutsideConsent'],
  [
    'for a purpose that nobody knows',
    { scope: 'bank.list', purpose: 'to sell it' },
    'failed',
    'OutsideConsent',
  ],
])('a consent %s costs no call', async (what, given, state, failure) => {
  const person = `p-${what.length}`
  const refresh = await readAs(person, { institutionId: BANK, ...given })
  expect(refresh.readings.map((reading) => [reading.state, reading.failure])).toEqual([[state, failure]])
  expect(world.sandbox.control.calls({ person })).toEqual([])
})

test('a scope that is made narrower holds for the very next call, and what is left is read', async () => {
  await readAs('minji', { institutionId: BANK, scope: 'bank.list bank.deposit bank.loan' })
  const { userId, userKey } = await world.moa.api.users.enrol('https://test', 'minji')
  const before = world.sandbox.control.calls({ person: 'minji' })
  expect(wordsOf(before)).toEqual(['bank.deposit', 'bank.list'])

  const wish = { generation: 1, scope: 'bank.list bank.loan' }
  const done = await world.moa.api.consentTerms.change(userId, BANK, wish)
  if (done.outcome !== 'changed' || !done.read) throw new Error(`the change was answered ${done.outcome}`)
  const person: Person = { userId, userKey, person: 'minji', refreshNo: refreshOf(done.read) }
  await tell(world, person, 'consent.narrowed')
  expect((await closed(world, userId, person.refreshNo)).state).toBe('succeeded')

  const since = world.sandbox.control.calls({ person: 'minji' }).slice(before.length)
  expect(wordsOf(since)).toEqual(['bank.list'])
  const surplus = await world.moa.test.owner`
    SELECT FROM balances WHERE user_id = ${userId} AND api = 'bank-003'`
  expect(surplus.length).toBe(0)
  expect(outsideScope()).toBe(0)
})

/** What a scope must hold for these calls to be made. */
const wordsOf = (calls: readonly { api: string }[]): string[] => {
  const words: Readonly<Record<string, string>> = WORD_OF_API
  return [...new Set(calls.map(({ api }) => words[api] ?? api))].toSorted()
}
