import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'

import { listen } from '../../db/listening.ts'
import { createTestDatabase, type TestDatabase } from './databases.ts'
import { createLink, placeOf, throughLink } from './support/link.ts'
import { until } from './world.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('a connection over which nothing is heard any more is replaced, and what is said then is heard', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const link = await createLink(() => placeOf(database.ownerUrl))
  const heard: string[] = []
  let begun = 0
  const listening = listen({
    url: throughLink(database.urlOf('moa_api'), link),
    channel: 'a_test',
    applicationName: 'listening',
    heard: (payload) => heard.push(payload),
    began: () => (begun += 1),
  })
  onTestFinished(async () => {
    await listening.close()
    await link.close()
  })
  await until('it listens', async () => begun === 1)
  await vi.advanceTimersByTimeAsync(10_000)
  await database.owner`SELECT pg_notify('a_test', 'before')`
  await until('the first word', async () => heard.length === 1)
  expect(begun).toBe(1)

  link.strand()
  await vi.advanceTimersByTimeAsync(20_000)
  await until('it listens again', async () => begun === 2)
  await database.owner`SELECT pg_notify('a_test', 'after')`
  await until('the second word', async () => heard.length === 2)
  expect(heard).toEqual(['before', 'after'])
})
