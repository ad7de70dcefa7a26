import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'

import type { UserId } from '../../db/database.ts'
import { grantInSandbox } from '../../standalone/grant.ts'
import { type ProcessWorld, startProcessWorld } from './support-e2e/processes.ts'
import { closed, until } from './world.ts'

const [BANK, OTHER] = ['SBXBANK001', 'SBXBANK002'] as const

let world: ProcessWorld
let api: Awaited<ReturnType<ProcessWorld['startApi']>>

beforeAll(async () => {
  world = await startProcessWorld()
  const integrated = `${world.sandbox.url}/integrated/oauth/2.0/authorize`
  ;[api] = await Promise.all([world.startApi({ INTEGRATED_AUTHORIZE_URL: integrated }), world.startWorker()])
})

afterAll(() => world.close())

const granted = z.object({
  outcome: z.literal('granted'),
  institutionIds: z.array(z.string()),
  refresh: z.object({ refreshNo: z.number() }),
})
const enrol = async (person: string) => (await world.moa.api.users.enrol('https://test', person)).userId
const ask = (person: string) => (path: string, init: object) => api.ask(person, path, init)
const institutions = (...ids: string[]) => ({ institutions: ids.map((institutionId) => ({ institutionId })) })

const grant = async (person: string, ...ids: string[]) =>
  granted.parse(await grantInSandbox(ask(person), person, institutions(...ids)))

async function consentOf(person: string, institutionId: string) {
  const answer = await api.ask(person, `/v1/me/consents/${institutionId}`)
  return (await answer.json()) as {
    state: string
    endedBecause: { name: string } | null
    notices: { days: number }[]
    generation: number
  }
}

const endsIn = (userId: UserId, days: number) => world.moa.test.owner`
  UPDATE consents SET ends_at = now() + ${days}::float8 * interval '1 day', granted_at = now() - interval '1 year'
  WHERE user_id = ${userId} AND ended_at IS NULL`

test('a person agrees at the institution, and is read with what it gave, as after a consent', async () => {
  const userId = await enrol('minji')
  const { refresh } = await grant('minji', BANK)
  expect((await closed(world, userId, refresh.refreshNo)).state).toBe('succeeded')
  expect(await consentOf('minji', BANK)).toMatchObject({ state: 'active', generation: 1 })
  const read = world.sandbox.control.calls({ person: 'minji' }).filter(({ api: name }) => name === 'bank-001')
  expect(read.length).toBeGreaterThan(0)
  const [row] = await world.moa.test.owner<{ apiType: string; months: number }[]>`
    SELECT api_type AS "apiType", span_months AS months FROM plans WHERE user_id = ${userId}`
  expect(row).toEqual({ apiType: 'user-consent', months: 12 })
})

test('one agreement serves many institutions, each of which gives tokens of its own', async () => {
  const userId = await enrol('p2')
  const { refresh, institutionIds } = await grant('p2', BANK, OTHER)
  expect(institutionIds).toEqual([BANK, OTHER])
  const done = await closed(world, userId, refresh.refreshNo)
  expect(done.readings.map(({ institutionId, state }) => [institutionId, state])).toEqual([
    [BANK, 'collected'],
    [OTHER, 'collected'],
  ])
  const tokens = await world.moa.test.owner`
    SELECT DISTINCT access_token_hash FROM credentials WHERE user_id = ${userId} AND code_sealed IS NULL`
  expect(tokens).toHaveLength(2)
})

test('a person who refuses there has agreed to nothing', async () => {
  await enrol('p3')
  expect(await grantInSandbox(ask('p3'), 'p3', institutions(BANK), 'refuse')).toMatchObject({
    outcome: 'denied',
    error: 'access_denied',
  })
  expect(await (await api.ask('p3', '/v1/me/consents')).json()).toEqual({ consents: [] })
})

test('what is withdrawn at the institution ends here with the next reading', async () => {
  const userId = await enrol('p4')
  const { refresh } = await grant('p4', BANK)
  await closed(world, userId, refresh.refreshNo)
  world.sandbox.control.withdraw({ person: 'p4', institutionId: BANK })
  expect((await api.raise('p4', 'assets.refresh_requested')).status).toBe(202)
  await until('the consent to end', async () => (await consentOf('p4', BANK)).state === 'ended')
  expect((await consentOf('p4', BANK)).endedBecause).toMatchObject({ name: 'withdrawn' })
})

test('a worker tells of a consent that ends soon, and ends it when its time is over', async () => {
  const userId = await enrol('p5')
  const { refresh } = await grant('p5', BANK)
  await closed(world, userId, refresh.refreshNo)
  await endsIn(userId, 6)
  await until('a notice', async () => (await consentOf('p5', BANK)).notices.length > 0)
  expect((await consentOf('p5', BANK)).notices.map(({ days }) => days)).toEqual([7])
  await endsIn(userId, -0.01)
  await until('the consent to end', async () => (await consentOf('p5', BANK)).state === 'ended')
  expect((await consentOf('p5', BANK)).endedBecause).toMatchObject({ name: 'expired' })
})

test('nothing of all this was against an institution’s rules', () => {
  expect(world.sandbox.control.violations().violations).toEqual([])
})
