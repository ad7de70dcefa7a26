import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { inheritedEnvironment } from '../../config.ts'
import { nodeArguments } from '../../standalone/processes/processes.ts'
import { type ProcessWorld, startProcessWorld } from './support-e2e/processes.ts'
import { until } from './world.ts'

let world: ProcessWorld

beforeAll(async () => {
  world = await startProcessWorld()
})
afterAll(() => world.close())

/** What a container's health check runs, and how it ends. */
async function alive(): Promise<string> {
  const main = fileURLToPath(new URL('../../worker/alive-main.ts', import.meta.url))
  const { address, namespace } = world.engine
  const env = { ...inheritedEnvironment(), TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace }
  return promisify(execFile)(process.execPath, nodeArguments(main), { env }).then(
    () => 'alive',
    ({ code, stderr }: { code: number; stderr: string }) => `${code}: ${stderr.trim()}`,
  )
}

test('a worker is alive once it asks for work, and purges of itself whoever is due', async () => {
  expect(await alive()).toBe('1: moa ends: no worker on this host asks for work')
  const { userId } = await world.enrol('minji')
  await world.startWorker({ PURGER_EVERY_MS: '100' })
  await until('the worker asks for work', async () => (await alive()) === 'alive')
  await until('the next look at the user lies ahead', async () => {
    const rows = await world.moa.test.owner`
      SELECT FROM users WHERE user_id = ${userId} AND next_purge_at > now() + interval '20 hours'`
    return rows.length === 1
  })
  expect(world.warnings()).toEqual([])
})
