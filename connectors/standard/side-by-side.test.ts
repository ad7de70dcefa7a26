import { expect, test } from 'vitest'

import { sideBySide } from './side-by-side.ts'

const after = (ms: number) => new Promise<number>((resolve) => setTimeout(() => resolve(ms), ms))

test('gives the results in the order of the items', async () => {
  expect(await sideBySide([20, 10, 1], 2, after)).toEqual([20, 10, 1])
  expect(await sideBySide([], 2, after)).toEqual([])
})

test('stops the others at the first failure, begins nothing more, and leaves nothing going on', async () => {
  const failure = new Error('one of them')
  const begun: number[] = []
  const stopped: number[] = []
  const work = async (item: number, signal: AbortSignal) => {
    begun.push(item)
    await after(5)
    if (item === 2) throw failure
    while (!signal.aborted) await after(5)
    await after(5)
    stopped.push(item)
  }
  await expect(sideBySide([1, 2, 3, 4, 5], 3, work)).rejects.toBe(failure)
  expect(begun).toEqual([1, 2, 3])
  expect(new Set(stopped)).toEqual(new Set([1, 3]))
})
