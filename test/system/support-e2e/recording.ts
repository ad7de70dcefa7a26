import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { afterAll, beforeAll, test } from 'vitest'

import { refreshWorkflowId, revocationWorkflowId } from '../../../workflows/contract.ts'
import { createTestMoa, testPolicy } from '../moa.ts'
import { closed, type Person, startWorld, until, type World } from '../world.ts'
import { press, tell } from './asking.ts'
import { type Engine, type History, openEngine } from './engine.ts'

/** Not among the tests: test/record-histories.ts runs it. */
const HISTORIES = fileURLToPath(new URL('../../histories/', import.meta.url))

let world: World
let engine: Engine

beforeAll(async () => {
  const limits = { ...testPolicy.limitsFor(false), quickTries: 1 }
  const moa = await createTestMoa({ policy: { ...testPolicy, limitsFor: () => limits } })
  world = await startWorld({ moa, sandbox: { institutions: 2 } })
  engine = await openEngine()
  await mkdir(HISTORIES, { recursive: true })
})
afterAll(async () => {
  await engine.close()
  await world.close()
})

test('a refresh that succeeds', async () => {
  const person = await world.enrol('success')
  await tell(world, person, 'consent.granted')
  await save('success', person)
})

test('a refresh that ends incomplete', async () => {
  world.sandbox.control.behaviour({ institutionId: 'SBXBANK002', status: { http: 400, rspCode: '40001' } })
  const person = await world.enrol('incomplete')
  await tell(world, person, 'consent.granted')
  await save('incomplete', person)
  world.sandbox.control.resetBehaviour()
})

test('a refresh that is parked, woken by its next try, by a button and by orders, and completed', async () => {
  const person = await parked('parked')
  await world.moa.institutionOrders.recovered('SBXBANK002', 'kim', 'it answers')
  await world.caretaker.round()
  await until('the second round', () => hasFailed(person, 2))
  await press(world, person)
  await until('the third round', () => hasFailed(person, 3))
  await signal(person, 'resume', { institutions: ['SBXBANK002'], by: 'kim', why: 'a recording' })
  await until('the fourth round', () => hasFailed(person, 4))
  world.sandbox.control.resetBehaviour()
  await signal(person, 'resume', { by: 'kim', why: 'it is well' })
  await save('parked', person)
})

test('a refresh that an operator lets go without an institution', async () => {
  const person = await parked('excused')
  await signal(person, 'excuse', { institutions: ['SBXBANK002'], by: 'kim', why: 'a recording' })
  await save('excused', person)
  world.sandbox.control.resetBehaviour()
})

test('a refresh whose deadline passes while it is parked', async () => {
  const person = await parked('deadline')
  await world.moa.test.owner`UPDATE refreshes SET deadline = now() WHERE user_id = ${person.userId}`
  await world.runs.hint(person)
  await save('deadline', person)
  world.sandbox.control.resetBehaviour()
})

test('a refresh that waits for its turn at an institution', async () => {
  await world.moa.test.owner`UPDATE institutions SET concurrency = 1 WHERE institution_id = 'SBXBANK002'`
  world.sandbox.control.behaviour({ institutionId: 'SBXBANK002', latencyMs: 400 })
  const first = await world.enrol('turn-1')
  const second = await world.enrol('turn-2')
  await Promise.all([tell(world, first, 'consent.granted'), tell(world, second, 'consent.granted')])
  await Promise.all([first, second].map((person) => closed(world, person.userId, person.refreshNo)))
  const lengths = await Promise.all(
    [first, second].map(async (person) => (await engine.history(refreshWorkflowId(person))).events!.length),
  )
  await save('turn', lengths[0]! > lengths[1]! ? first : second)
  world.sandbox.control.resetBehaviour()
  await world.moa.test.owner`UPDATE institutions SET concurrency = 100`
})

test('a refresh that waits until one bank may be asked again, and parks for another', async () => {
  const KIM = { by: 'kim', why: 'a recording', place: null }
  const openFor = (institutionId: string, ms: number) =>
    world.moa.breakerOrders.force(institutionId, { to: 'open', until: new Date(Date.now() + ms) }, KIM)
  await openFor('SBXBANK001', 2_000)
  await openFor('SBXBANK002', 3_600_000)
  const person = await world.enrol('breaker')
  await tell(world, person, 'consent.granted')
  await until('it parks', () => isParked(person))
  await world.moa.breakerOrders.force('SBXBANK002', { to: 'none' }, KIM)
  await world.moa.institutionOrders.recovered('SBXBANK002', 'kim', 'a recording')
  await world.caretaker.round()
  await save('breaker', person)
  await world.moa.test.owner`DELETE FROM breaker_transitions`
  await world.moa.test.owner`DELETE FROM breakers`
})

test('the first of two runs of a refresh that was woken very often, and the second', async () => {
  const person = await parked('long')
  const first = (await progress(person))!.runId!
  await until(
    'a new run',
    async () => {
      await world.runs.hint(person)
      return (await progress(person))!.runId !== first
    },
    50_000,
  )
  await until('it parks', () => isParked(person))
  await saveHistory(
    'long',
    await engine.client.workflow.getHandle(refreshWorkflowId(person), first).fetchHistory(),
  )
  await saveHistory('mid-flight', await engine.history(refreshWorkflowId(person)))
  world.sandbox.control.resetBehaviour()
  await press(world, person)
  await save('continued', person)
})

test('a refresh that is cancelled while a bank is slow', async () => {
  world.sandbox.control.behaviour({ institutionId: 'SBXBANK002', latencyMs: 1_000 })
  const person = await world.enrol('cancelled')
  await tell(world, person, 'consent.granted')
  await until('a call', async () => world.sandbox.control.calls({ person: 'cancelled' }).length > 1)
  await engine.client.workflow.getHandle(refreshWorkflowId(person)).cancel()
  await save('cancelled', person)
  world.sandbox.control.resetBehaviour()
})

test('a refresh that publishes when its patience ends, is joined, and is completed later', async () => {
  world.sandbox.control.behaviour({ institutionId: 'SBXBANK002', latencyMs: 2_500, times: 1 })
  const person = await world.enrol('patience')
  await world.moa.test.owner`UPDATE refreshes SET patience_ms = 800 WHERE user_id = ${person.userId}`
  await tell(world, person, 'consent.granted')
  await until('the first cut', () => world.moa.api.published.snapshot(person.userId, 'latest'))
  await press(world, person)
  await save('patience', person)
})

test('a revocation while a refresh is parked', async () => {
  const person = await parked('revoked-while-parked')
  await revoke(person, true)
  await saveRevocation('revoked-while-parked', person)
  world.sandbox.control.resetBehaviour()
})

test('a revocation when no refresh is open', async () => {
  const person = await shown('revoked')
  await revoke(person, true)
  await saveRevocation('revoked', person)
})

test('a revocation of which the institution is told again until it is up, with a deletion asked for meanwhile', async () => {
  const person = await shown('revoked-late')
  world.sandbox.control.behaviour({ ...REVOKING, status: { http: 500 } })
  await revoke(person, false)
  await until('two tries', async () => (await revocation(person)).tries >= 2)
  await revoke(person, true)
  await until('the deletion', async () => (await revocation(person)).deletedAt)
  world.sandbox.control.resetBehaviour()
  await saveRevocation('revoked-late', person)
})

test('a revocation that the institution never confirms', async () => {
  const person = await shown('unconfirmed')
  world.sandbox.control.behaviour({ ...REVOKING, status: { http: 500 } })
  await world.moa.api.revocations.request(person.userId, REVOKED, { deletion: false, reason: null })
  await world.moa.test.owner`
    UPDATE revocations SET requested_at = now() - interval '72 hours' + interval '2 seconds'
    WHERE user_id = ${person.userId}`
  await world.runs.startRevocation({ ...person, revocationNo: 1 })
  await saveRevocation('unconfirmed', person)
  world.sandbox.control.resetBehaviour()
})

const REVOKED = 'SBXBANK001'
const REVOKING = { institutionId: REVOKED, api: 'oauth-revoke' }

async function shown(name: string): Promise<Person> {
  const person = await world.enrol(name)
  await tell(world, person, 'consent.granted')
  await closed(world, person.userId, person.refreshNo)
  return person
}

/** As the API does it: the run is started, or told that its row has changed. */
async function revoke(person: Person, deletion: boolean): Promise<void> {
  await world.moa.api.revocations.request(person.userId, REVOKED, { deletion, reason: null })
  const ref = { userKey: person.userKey, revocationNo: 1 }
  if ((await world.runs.startRevocation(ref)) === 'started-before') await world.runs.hintRevocation(ref)
}

const revocation = async ({ userId }: Person) => (await world.moa.api.revocations.of(userId, 1))!

async function saveRevocation(name: string, person: Person): Promise<void> {
  const workflowId = revocationWorkflowId({ userKey: person.userKey, revocationNo: 1 })
  await engine.ending(workflowId)
  await saveHistory(name, await engine.history(workflowId))
}

const progress = (person: Person) => world.moa.api.progress.of(person.userId, person.refreshNo)
const isParked = async (person: Person) => (await progress(person))!.state === 'parked'
const signal = (person: Person, name: string, given: object) =>
  engine.client.workflow.getHandle(refreshWorkflowId(person)).signal(name, given)

async function parked(name: string): Promise<Person> {
  world.sandbox.control.behaviour({ institutionId: 'SBXBANK002', status: { http: 500 } })
  const person = await world.enrol(name)
  await tell(world, person, 'consent.granted')
  await until('it parks', () => isParked(person))
  return person
}

/** Its bank that is down was tried this often, and it waits again. */
async function hasFailed(person: Person, rounds: number): Promise<boolean> {
  const [row] = await world.moa.test.owner<{ round: number; state: string }[]>`
    SELECT round, state FROM plans
    WHERE user_id = ${person.userId} AND refresh_no = ${person.refreshNo} AND institution_id = 'SBXBANK002'`
  return row!.round === rounds && row!.state === 'failed' && isParked(person)
}

async function save(name: string, person: Person): Promise<void> {
  await closed(world, person.userId, person.refreshNo)
  await engine.ending(refreshWorkflowId(person))
  await saveHistory(name, await engine.history(refreshWorkflowId(person)))
}

async function saveHistory(name: string, recorded: History): Promise<void> {
  const history = historyToJSON(recorded)
  await writeFile(`${HISTORIES}${name}.json`, `${JSON.stringify(JSON.parse(history, withoutMachine))}\n`)
}

/** Names of machines and paths on them are of no use to a replay. */
const withoutMachine = (field: string, value: unknown): unknown =>
  field === 'stackTrace' ? '' : field === 'identity' ? 'recorded' : value
