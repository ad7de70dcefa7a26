import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'

import { createWatches } from './watches.ts'

const PACE = { deafMs: 10, alwaysMs: 500 }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function makeWatches({ isListening = true } = {}) {
  const rows = new Map<number, string>()
  const state = { isListening, isAway: false }
  const marks = vi.fn(async (userIds: readonly number[]) => {
    if (state.isAway) throw new Error('away')
    return new Map(userIds.map((userId) => [userId, rows.get(userId) ?? '']))
  })
  const warn = vi.fn()
  const watches = createWatches({ marks, isListening: () => state.isListening, log: { warn }, pace: PACE })
  onTestFinished(watches.close)
  return { watches, rows, state, marks, warn }
}

test('whoever watches a user is told of that user, until they stop', () => {
  const { watches } = makeWatches()
  const [first, second, other] = [vi.fn(), vi.fn(), vi.fn()]
  const stop = watches.watch(7, first)
  watches.watch(7, second)
  watches.watch(8, other)
  watches.heard([7, 9])
  stop()
  watches.heard([7])
  expect([first, second, other].map((told) => told.mock.calls.length)).toEqual([1, 2, 0])
})

test('what nobody said is found by looking, in one statement for all, and told once', async () => {
  const { watches, rows, marks } = makeWatches()
  const told = vi.fn()
  watches.watch(7, told)
  watches.watch(8, vi.fn())
  await watches.look()
  expect(marks).toHaveBeenCalledExactlyOnceWith([7, 8])
  told.mockClear()
  rows.set(7, 'changed')
  await watches.look()
  await watches.look()
  expect(told).toHaveBeenCalledOnce()
})

test('nothing is asked while nobody watches', async () => {
  const { watches, marks } = makeWatches({ isListening: false })
  const stop = watches.watch(7, vi.fn())
  stop()
  await watches.look()
  await vi.advanceTimersByTimeAsync(2 * PACE.alwaysMs)
  expect(marks).not.toHaveBeenCalled()
})

test('looks often while it is deaf, and rarely while it listens', async () => {
  const { watches, state, marks } = makeWatches({ isListening: false })
  watches.watch(7, vi.fn())
  await vi.advanceTimersByTimeAsync(4 * PACE.deafMs)
  expect(marks).toHaveBeenCalledTimes(4)
  state.isListening = true
  await watches.look()
  marks.mockClear()
  await vi.advanceTimersByTimeAsync(PACE.alwaysMs - PACE.deafMs)
  expect(marks).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(2 * PACE.deafMs)
  expect(marks).toHaveBeenCalled()
})

test('a database that is away is warned of once, and looked at again', async () => {
  const { watches, rows, state, warn } = makeWatches()
  const told = vi.fn()
  watches.watch(7, told)
  state.isAway = true
  await watches.look()
  await watches.look()
  expect(warn).toHaveBeenCalledOnce()
  state.isAway = false
  rows.set(7, 'changed')
  await watches.look()
  expect(told).toHaveBeenCalledOnce()
})
