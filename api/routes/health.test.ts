import { expect, test, vi } from 'vitest'

import { startApi } from '../make-api.ts'
import { readyAnswer } from './health.ts'

const yes = async () => true
const no = async () => false
const never = () => new Promise<boolean>(() => {})
const failing = () => Promise.reject(new Error('secret palimpsest'))

test.each([
  ['ready when all answer', { database: yes, engine: yes }, 200, 'ready'],
  ['degraded, not unready, while the engine is away', { database: yes, engine: no }, 200, 'degraded'],
  ['degraded while the engine says nothing', { database: yes, engine: never }, 200, 'degraded'],
  ['unavailable while the database is away', { database: no, engine: yes }, 503, 'unavailable'],
  ['unavailable while the database fails', { database: failing, engine: yes }, 503, 'unavailable'],
  ['unavailable while the database says nothing', { database: never, engine: yes }, 503, 'unavailable'],
] as const)('is %s', async (_, checks, status, word) => {
  const { asNobody } = await startApi({ checks })
  const answer = await asNobody('/readyz')
  const text = await answer.text()
  expect(answer.status).toBe(status)
  expect(readyAnswer.parse(JSON.parse(text))).toMatchObject({ status: word })
  expect(text).not.toContain('palimpsest')
})

test('asks the database once, however many ask at the same moment', async () => {
  let [running, mostAtOnce] = [0, 0]
  const database = vi.fn(async () => {
    running += 1
    mostAtOnce = Math.max(mostAtOnce, running)
    await new Promise((resolve) => setTimeout(resolve, 200))
    running -= 1
    return true
  })
  const { asNobody } = await startApi({ checks: { database, engine: yes } })
  const all = await Promise.all(Array.from({ length: 20 }, () => asNobody('/readyz')))
  expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
  expect(mostAtOnce).toBe(1)
  expect(database.mock.calls.length).toBeLessThan(all.length) // by as many as come while it is asked
})

test('lives even if nothing else does, and asks for no token', async () => {
  const { asNobody } = await startApi({ checks: { database: failing, engine: failing } })
  const answer = await asNobody('/healthz')
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({ status: 'alive' })
})
