import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createTestMoa, mortalPolicy } from '../moa.ts'
import { type Person, until } from '../world.ts'
import { tell } from './asking.ts'
import { startProcessWorld, type ProcessWorld } from './processes.ts'
import { type Api, expectRevoked, memoOf, receiptOf, tracesOf, watchReads } from './revoking.ts'

// The second one answers.
const [REVOKED, DOWN] = ['SBXBANK001', 'SBXBANK003']

/** How the refresh of a person stands when they revoke. Looked for in the rows, over and over. */
const STATES = {
  parked: 'TRUE',
  running: `EXISTS (SELECT FROM plans WHERE user_id = $1 AND institution_id = '${REVOKED}' AND state = 'collecting')`,
  cutting: `EXISTS (SELECT FROM snapshots WHERE user_id = $1 AND status = 'building')`,
  publishing: `EXISTS (SELECT FROM snapshots s JOIN analyses a USING (user_id, snapshot_no)
    WHERE s.user_id = $1 AND s.status = 'building')`,
} as const
type State = keyof typeof STATES

// So that somebody who looks finds them in the middle of it.
const SLOWLY = 'snapshot.cut=delay:700,snapshot.publishing=delay:700'

let world: ProcessWorld
let api: Api

/** Somebody whose refresh waits for an institution that is down; the others were read and are shown. */
async function enrolParked(name: string): Promise<Person> {
  world.sandbox.control.plant({
    person: name,
    institutionId: REVOKED,
    accountNum: '110999888777',
    memo: memoOf(name),
  })
  const person = await world.enrol(name)
  await tell(world, person, 'consent.granted')
  await until(`${name} parked`, () => isParked(person))
  return person
}

async function isParked({ userId, refreshNo }: Person): Promise<boolean> {
  return (await world.moa.api.progress.of(userId, refreshNo))?.state === 'parked'
}

/** Brings a person's refresh into a state, and revokes there. */
async function revokeWhile(person: Person, state: State) {
  const traces = await tracesOf(world, person, REVOKED)
  const asOf = new Date()
  if (state !== 'parked') await api.raise(person.person, 'assets.refresh_requested')
  await until(`${person.person} ${state}`, async () => {
    const rows = await world.moa.test.owner.unsafe(
      `SELECT WHERE ${STATES[state]}`,
      state === 'parked' ? [] : [person.userId],
    )
    return rows.length > 0
  })
  const answer = await api.ask(person.person, `/v1/me/consents/${REVOKED}/revocation`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ deletion: true, reason: 'privacy' }),
  })
  const at = Date.now()
  expect(answer.status).toBe(202)
  return { person, at, traces, reads: watchReads(api, person, traces, asOf) }
}

type Revoking = Awaited<ReturnType<typeof revokeWhile>>

async function expectDone({ person, at, traces, reads }: Revoking): Promise<void> {
  const told = await receiptOf(api, person)
  expect(await reads.stop()).toEqual([])
  const late = world.sandbox.control
    .calls({ person: person.person, institutionId: REVOKED, since: at + 1_000 })
    .filter((call) => call.api !== 'oauth-revoke')
  expect(late).toEqual([])
  await expectRevoked(world, api, person, told, traces)
}

/** A file of its own for a share of the places: two of them run side by side. */
export function revocationKills(points: readonly (readonly [point: string, when: string])[]): void {
  beforeAll(async () => {
    const limits = { ...mortalPolicy.limitsFor(false), quickTries: 1 }
    const moa = await createTestMoa({ policy: { ...mortalPolicy, limitsFor: () => limits } })
    world = await startProcessWorld({ moa, institutions: 3 })
    api = await world.startApi({ QUICK_TRIES: '1', HEARTBEAT_TIMEOUT_MS: '2000' })
    world.sandbox.control.behaviour({ institutionId: DOWN, status: { http: 500 } })
  })
  afterAll(async () => {
    await world.close()
  })

  describe('a revocation with deletion, while another institution is down and the worker is killed', () => {
    test.each(points)('at %s, %s, ends as it was asked, however the refresh stands', async (point) => {
      const healthy = await world.startWorker()
      const states = Object.keys(STATES) as State[]
      const people = await Promise.all(states.map((state) => enrolParked(`${point} ${state}`)))
      await healthy.kill()
      const doomed = await world.startWorker({ FAILPOINTS: `${withoutPoint(point)}${point}=kill@1` })
      const next = doomed.gone.then((end) => {
        expect(end?.message).toContain('was ended by SIGKILL')
        return world.startWorker({ FAILPOINTS: SLOWLY })
      })
      world.sandbox.control.behaviour({ institutionId: REVOKED, latencyMs: 100 })
      const revoking = await Promise.all(people.map((person, at) => revokeWhile(person, states[at]!)))
      for (const one of revoking) await expectDone(one)
      world.sandbox.control.behaviour({ institutionId: REVOKED })
      expect(world.sandbox.control.violations().violations).toEqual([])
      await (await next).kill()
    })
  })
}

/** One place does one thing. */
const withoutPoint = (point: string): string =>
  SLOWLY.split(',')
    .filter((each) => !each.startsWith(`${point}=`))
    .map((each) => `${each},`)
    .join('')
