import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { afterAll, beforeAll, test } from 'vitest'

import { refreshWorkflowId } from '../../../workflows/contract.ts'
import { closed, type Person, startWorld, until, type World } from '../world.ts'
import { press, tell } from './asking.ts'
import { type Engine, openEngine } from './engine.ts'

/** Not among the tests: test/record-histories.ts runs it. */
const HISTORIES = fileURLToPath(new URL('../../histories/', import.meta.url))

let world: World
let engine: Engine

beforeAll(async () => {
  world = await startWorld({ sandbox: { institutions: 2 } })
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
  world.sandbox.control.behaviour({ institutionId: 'SBXBANK002', status: { http: 500 } })
  const person = await world.enrol('incomplete')
  await tell(world, person, 'consent.granted')
  await save('incomplete', person)
  world.sandbox.control.resetBehaviour()
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

async function save(name: string, person: Person): Promise<void> {
  await closed(world, person.userId, person.refreshNo)
  await engine.ending(refreshWorkflowId(person))
  const history = historyToJSON(await engine.history(refreshWorkflowId(person)))
  await writeFile(`${HISTORIES}${name}.json`, `${JSON.stringify(JSON.parse(history, withoutMachine))}\n`)
}

/** Names of machines and paths on them are of no use to a replay. */
const withoutMachine = (field: string, value: unknown): unknown =>
  field === 'stackTrace' ? '' : field === 'identity' ? 'recorded' : value
