import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test, vi } from 'vitest'

import { createTeller, telling } from './telling.ts'

function makeTeller() {
  const announce = vi.fn(async (_userIds: readonly number[]) => {})
  const failed = vi.fn()
  return { ...createTeller(announce, failed, 20), announce, failed }
}

test('the first is said at once, and all that follows within a moment together, each user once', async () => {
  const { tell, settled, announce } = makeTeller()
  tell(7)
  expect(announce).toHaveBeenCalledExactlyOnceWith([7])
  for (const userId of [8, 9, 8, 7]) tell(userId)
  await settled()
  expect(announce.mock.calls).toEqual([[[7]], [[8, 9, 7]]])
})

test('a statement that fails keeps nothing from being said later', async () => {
  const { tell, settled, announce, failed } = makeTeller()
  announce.mockRejectedValueOnce(new Error('away'))
  tell(7)
  await settled()
  tell(8)
  await settled()
  expect(failed).toHaveBeenCalledOnce()
  expect(announce.mock.calls).toEqual([[[7]], [[8]]])
})

const steps = {
  publish: async (_userId: number, snapshotNo: number) => snapshotNo,
  apply: async (_ref: { userId: number }) => 'applied',
  look: async (_userId: number) => 'seen',
  refuse: async (_userId: number) => Promise.reject(new Error('refused')),
}
const CHANGES = { publish: true, apply: true, look: false, refuse: true }

test('a step that changes something says of whom once it is done, and answers as before', async () => {
  const tell = vi.fn()
  const announced = telling(steps, CHANGES, tell)
  expect(await announced.publish(7, 3)).toBe(3)
  expect(await announced.apply({ userId: 8 })).toBe('applied')
  expect(tell.mock.calls).toEqual([[7], [8]])
})

test('a step that only looks, and one that is refused, say nothing', async () => {
  const tell = vi.fn()
  const announced = telling(steps, CHANGES, tell)
  await announced.look(7)
  await expect(announced.refuse(7)).rejects.toThrow('refused')
  await sleep(0)
  expect(tell).not.toHaveBeenCalled()
})
