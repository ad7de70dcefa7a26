import { setTimeout as delay } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { createParts, type Part, Stopped } from './parts.ts'

function makePart(name: string, heard: string[], gone: Part['gone'] = new Promise(() => {})): Part {
  return {
    gone,
    stop: async () => void heard.push(`stop ${name}`),
    kill: async () => void heard.push(`kill ${name}`),
  }
}

test('whoever uses others is stopped before them, in whatever order they arrived', async () => {
  const heard: string[] = []
  const parts = createParts()
  for (const name of ['postgres', 'temporal', 'sandbox', 'api', 'worker'] as const)
    await parts.keep(name, async () => makePart(name, heard))
  await parts.stop()
  expect(heard).toEqual(['stop api', 'stop worker', 'stop sandbox', 'stop temporal', 'stop postgres'])
})

test('what is still being started when all is stopped is waited for and stopped, too', async () => {
  const heard: string[] = []
  const parts = createParts()
  const arriving = parts.keep('postgres', async () => delay(50).then(() => makePart('postgres', heard)))
  await parts.stop()
  await arriving
  expect(heard).toEqual(['stop postgres'])
  await expect(parts.keep('api', async () => makePart('api', heard))).rejects.toThrow(Stopped)
})

test('a part that will not stop is killed', async () => {
  const heard: string[] = []
  const parts = createParts()
  const stuck = { ...makePart('worker', heard), stop: async () => Promise.reject(new Error('stuck')) }
  await parts.keep('worker', async () => stuck)
  await parts.stop()
  expect(heard).toEqual(['kill worker'])
})

test('a part that is over for good is over for all, but not when all is stopped anyway', async () => {
  const parts = createParts()
  let end: (error: Error) => void = () => {}
  const gone = new Promise<Error>((resolve) => (end = resolve))
  await parts.keep('worker', async () => makePart('worker', [], gone))
  end(new Error('The worker ended with code 1'))
  expect((await parts.over).message).toBe('The worker ended with code 1')

  const stopped = createParts()
  await stopped.keep('api', async () => makePart('api', []))
  await stopped.stop()
  stopped.giveUp(new Error('late'))
  expect(await Promise.race([stopped.over, delay(20, 'nothing')])).toBe('nothing')
})
