import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createOperatorRevocations } from '../../db/operator-revocations.ts'
import type { RevocationView } from '../../db/revocation-views.ts'
import { revocationWorkflowId } from '../../workflows/contract.ts'
import { tell } from './support-e2e/asking.ts'
import { type Engine, openEngine } from './support-e2e/engine.ts'
import { createDoor, createGates } from './support-e2e/gates.ts'
import { closed, type Person, startWorld, until, type World } from './world.ts'

const [REVOKED, OTHER] = ['SBXBANK001', 'SBXBANK002'] as const
const REVOKE_API = 'oauth-revoke'

let world: World
let engine: Engine
const gates = createGates()

beforeAll(async () => {
  world = await startWorld({ sandbox: { institutions: 2 }, failpoint: gates.failpoint })
  engine = await openEngine()
})
afterAll(async () => {
  await engine.close()
  await world.close()
})

async function enrolShown(name: string): Promise<Person> {
  const person = await world.enrol(name)
  await tell(world, person, 'consent.granted')
  await closed(world, person.userId, person.refreshNo)
  return person
}

const request = ({ userId }: Person, deletion: boolean, institutionId: string = REVOKED) =>
  world.moa.api.revocations.request(userId, institutionId, { deletion, reason: null })
const start = ({ userKey }: Person, revocationNo = 1) => world.runs.startRevocation({ userKey, revocationNo })
const stands = async ({ userId }: Person, revocationNo = 1): Promise<RevocationView> =>
  (await world.moa.api.revocations.of(userId, revocationNo))!
const untilStands = (
  person: Person,
  what: string,
  look: (view: RevocationView) => boolean,
  revocationNo = 1,
) =>
  until(what, async () => {
    const view = await stands(person, revocationNo)
    return look(view) ? view : null
  })
const done = (person: Person, revocationNo = 1) =>
  untilStands(person, 'the receipt', ({ state }) => state === 'done', revocationNo)
const audited = async ({ userKey }: Person) =>
  (
    await world.moa.test.owner<{ action: string }[]>`
      SELECT action FROM audit WHERE user_key = ${userKey} ORDER BY audit_no`
  ).map(({ action }) => action)
const tokensOf = async ({ userId }: Person) =>
  world.moa.test.owner`
    SELECT FROM revocations WHERE user_id = ${userId}
      AND (access_token_sealed IS NOT NULL OR refresh_token_sealed IS NOT NULL)`

describe('an institution that is told', () => {
  test('and is down is told again until it is up; nothing else waits for it, but the receipt does', async () => {
    const person = await enrolShown('down')
    world.sandbox.control.behaviour({ institutionId: REVOKED, api: REVOKE_API, status: { http: 500 } })
    await request(person, true)
    await start(person)
    const waiting = await untilStands(
      person,
      'the second try, what remains shown, and the deletion beside both',
      ({ tries, snapshotNo, deletedAt }) => tries >= 2 && snapshotNo !== null && deletedAt !== null,
    )
    expect(waiting).toMatchObject({ state: 'running', answer: null, receipt: null, snapshotNo: 2 })
    expect(await tokensOf(person)).toHaveLength(1)
    world.sandbox.control.behaviour({ institutionId: REVOKED, api: REVOKE_API })
    expect(await done(person)).toMatchObject({ answer: 'confirmed' })
    expect(await tokensOf(person)).toHaveLength(0)
  })

  test('and does not answer within the time limit is not waited for: the receipt says so, and operators see it', async () => {
    const person = await enrolShown('silent')
    world.sandbox.control.behaviour({ institutionId: REVOKED, api: REVOKE_API, status: { http: 500 } })
    await request(person, false)
    await world.moa.test.owner`
      UPDATE revocations SET requested_at = now() - interval '72 hours' + interval '1 second'
      WHERE user_id = ${person.userId}`
    await start(person)
    expect(await done(person)).toMatchObject({ answer: 'unconfirmed', deletedAt: null })
    expect(await tokensOf(person)).toHaveLength(0)
    expect(await audited(person)).toEqual(['consent.revoke', 'consent.unconfirmed', 'consent.revoked'])
    const seen = await createOperatorRevocations(world.moa.databases.operator).list()
    expect(seen.find(({ userKey }) => userKey === person.userKey)).toMatchObject({
      state: 'done',
      answer: 'unconfirmed',
      failure: 'InstitutionUnavailable',
    })
    world.sandbox.control.behaviour({ institutionId: REVOKED, api: REVOKE_API })
  })

  test('and knows the token no longer has nothing to revoke', async () => {
    const person = await enrolShown('unknown')
    // The person consented anew elsewhere: that ended what we hold.
    world.sandbox.control.consents({ person: 'unknown', institutionIds: [REVOKED] })
    await request(person, false)
    await start(person)
    expect(await done(person)).toMatchObject({ answer: 'nothing_to_revoke' })
  })

  test('of which only a code was held that nobody had exchanged is not called', async () => {
    const person = await enrolShown('code')
    await world.moa.test.owner`
      UPDATE credentials SET code_sealed = '\\x01', code_verifier_sealed = '\\x01', access_token_sealed = NULL,
        refresh_token_sealed = NULL, access_token_hash = NULL, access_expires_at = NULL
      WHERE user_id = ${person.userId} AND institution_id = ${REVOKED}`
    await request(person, false)
    await start(person)
    expect(await done(person)).toMatchObject({ answer: 'nothing_to_revoke', tries: 0 })
    expect(world.sandbox.control.calls({ person: 'code', api: REVOKE_API })).toEqual([])
  })
})

test('a deletion that is asked for while the institution is still being told is done at once', async () => {
  const person = await enrolShown('later')
  world.sandbox.control.behaviour({ institutionId: REVOKED, api: REVOKE_API, status: { http: 500 } })
  await request(person, false)
  await start(person)
  const before = await untilStands(person, 'what remains', ({ snapshotNo }) => snapshotNo !== null)
  expect(before).toMatchObject({ withDeletion: false, deleted: {} })
  expect((await request(person, true))!.revocation.revocationNo).toBe(1)
  await world.runs.hintRevocation({ userKey: person.userKey, revocationNo: 1 })
  const after = await untilStands(person, 'the deletion', ({ deletedAt }) => deletedAt !== null)
  expect(after).toMatchObject({ state: 'running', answer: null })
  expect(after.deleted['transactions']).toBeGreaterThan(0)
  world.sandbox.control.behaviour({ institutionId: REVOKED, api: REVOKE_API })
  expect(await done(person)).toMatchObject({ withDeletion: true, answer: 'confirmed' })
})

test('when nothing remains, that is shown: a snapshot without institutions, with its analyses', async () => {
  const person = await enrolShown('nothing')
  await Promise.all([request(person, true), request(person, true, OTHER)])
  await Promise.all([start(person, 1), start(person, 2)])
  await Promise.all([done(person, 1), done(person, 2)])
  const snapshot = await world.moa.api.published.snapshot(person.userId, 'latest')
  expect(snapshot).toMatchObject({ status: 'complete', coverage: [], accounts: [], analyses: 'here' })
  expect(snapshot!.documents.map(({ failure }) => failure)).toEqual([null, null, null])
})

test('a refresh that would have shown what remains and was cancelled is followed by another', async () => {
  const person = await enrolShown('cancelled')
  const asked = await request(person, true)
  if (asked?.refresh?.outcome !== 'started') throw new Error('a refresh was expected')
  const { refreshNo } = asked.refresh
  await world.moa.worker.refreshes.close(person.userId, refreshNo, 'cancelled', 'a test')
  await start(person)
  expect(await done(person)).toMatchObject({ snapshotNo: 2 })
  expect(await closed(world, person.userId, refreshNo + 1)).toMatchObject({
    reason: 'consent.revoked',
    state: 'succeeded',
  })
})

test('a revocation that nobody started is started by the caretaker', async () => {
  const person = await enrolShown('forgotten')
  await request(person, true)
  await until('the caretaker', async () => {
    await world.caretaker.round()
    return (await stands(person)).state !== 'requested'
  })
  expect(await done(person)).toMatchObject({ answer: 'confirmed' })
})

test('a run that a person terminates stays named until an operator has it go on, and then ends once', async () => {
  const person = await enrolShown('terminated')
  const workflowId = revocationWorkflowId({ userKey: person.userKey, revocationNo: 1 })
  const door = createDoor()
  const held = gates.once(workflowId, 'revocation.told', () => door.opened)
  await request(person, true)
  await start(person)
  await until(
    'the call',
    async () => world.sandbox.control.calls({ person: 'terminated', api: REVOKE_API }).length > 0,
  )
  await engine.client.workflow.getHandle(workflowId).terminate('a bad night')
  door.open()
  await held
  await world.moa.test.owner`
    UPDATE revocations SET begun_at = begun_at - interval '11 seconds' WHERE user_id = ${person.userId}`
  const operator = createOperatorRevocations(world.moa.databases.operator)
  const seen = await until('the word of it', async () => {
    await world.caretaker.round()
    const found = (await operator.list()).find(({ userKey }) => userKey === person.userKey)
    return found?.stalledAt ? found : null
  })
  expect(seen).toMatchObject({ state: 'running', stalledBecause: 'its run was terminated' })
  // Never by itself.
  await world.caretaker.round()
  expect(await engine.status(workflowId)).toBe('TERMINATED')

  expect(await operator.resume({ userKey: person.userKey, revocationNo: 1 }, 'kim', 'a better day')).toBe(
    true,
  )
  expect(
    await world.runs.startRevocation({ userKey: person.userKey, revocationNo: 1 }, { again: true }),
  ).toBe('started')
  await done(person)
  expect((await operator.list()).map(({ userKey }) => userKey)).not.toContain(person.userKey)
  expect(await audited(person)).toEqual([
    'consent.revoke',
    'revocation.stalled',
    'revocation.resume',
    'consent.revoked',
  ])
})
