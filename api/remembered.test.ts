import { expect, test, vi } from 'vitest'

import { remembered } from './remembered.ts'

test('what was asked a moment ago, or is being asked, is not asked again', async () => {
  const ask = vi.fn(async () => 7)
  const look = remembered(60_000, ask)
  expect(await Promise.all([look(), look()])).toEqual([7, 7])
  expect(await look()).toBe(7)
  expect(ask).toHaveBeenCalledOnce()
})

test('what is no longer kept is asked anew', async () => {
  const ask = vi.fn(async () => 7)
  const look = remembered(0, ask)
  await look()
  await look()
  expect(ask).toHaveBeenCalledTimes(2)
})

test('what failed is not kept', async () => {
  const ask = vi.fn(async () => 7).mockRejectedValueOnce(new Error('away'))
  const look = remembered(60_000, ask)
  await expect(look()).rejects.toThrow('away')
  expect(await look()).toBe(7)
})
