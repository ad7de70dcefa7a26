import { expect, test, vi } from 'vitest'

import type { Due, Purged, Purging, PurgeStep } from '../db/purging.ts'
import { createLog } from '../log.ts'
import { createPurger } from './purger.ts'

const NOTHING: Purged = { snapshots: 0, versions: 0, classifications: 0, collections: 0 }
const forever = new AbortController().signal

/** Users that are due, and what each step at one of them answers; after that there is nothing more. */
function makePurger(userIds: readonly number[], answers: Record<number, (PurgeStep | Error)[]> = {}) {
  const due = vi.fn<Purging['due']>(async (after, most) => {
    const from = after === null ? 0 : userIds.indexOf(after.userId) + 1
    return userIds.slice(from, from + most).map((userId): Due => ({ userId, dueAt: 'yesterday' }))
  })
  const step = vi.fn<Purging['step']>(async (userId) => {
    const answer = answers[userId]?.shift() ?? { state: 'done', purged: NOTHING }
    if (answer instanceof Error) throw answer
    return answer
  })
  const log = createLog('test', 'silent')
  const said = vi.spyOn(log, 'info')
  return { purger: createPurger({ purging: { due, step }, log, everyMs: 1 }), due, step, said }
}

const took = (state: PurgeStep['state'], versions: number): PurgeStep => ({
  state,
  purged: { ...NOTHING, versions },
})

test('goes on with a user for as long as there is more, and says how much was taken in all', async () => {
  const { purger, step, said } = makePurger([1, 2], {
    1: [took('more', 5), took('done', 2)],
    2: [took('done', 3)],
  })
  await purger.round(forever)
  expect(step.mock.calls).toEqual([[1], [1], [2]])
  expect(said).toHaveBeenCalledExactlyOnceWith({ users: 2, ...NOTHING, versions: 10 }, expect.any(String))
})

test('a round in which nothing was taken says nothing', async () => {
  const { purger, said } = makePurger([1, 2])
  await purger.round(forever)
  expect(said).not.toHaveBeenCalled()
})

test('one who has more than fits into a round waits for the next, so that the others have their turn', async () => {
  const endless = Array.from({ length: 1_000 }, () => took('more', 1))
  const { purger, step } = makePurger([1, 2], { 1: endless })
  await purger.round(forever)
  expect(step.mock.calls.filter(([userId]) => userId === 1)).toHaveLength(20)
  expect(step).toHaveBeenLastCalledWith(2)
})

test('one for whom it fails, or who is busy, keeps nobody else waiting', async () => {
  const { purger, step } = makePurger([1, 2, 3], { 1: [new Error('away')], 2: [took('passed', 0)] })
  await purger.round(forever)
  expect(step.mock.calls).toEqual([[1], [2], [3]])
})

test('everyone whose turn it is comes in one round, however many they are', async () => {
  const users = Array.from({ length: 250 }, (_, at) => at + 1)
  const { purger, due, step } = makePurger(users)
  await purger.round(forever)
  expect(step.mock.calls.map(([userId]) => userId)).toEqual(users)
  expect(due).toHaveBeenCalledTimes(3)
})

test('runs round after round, whatever goes wrong in one, and ends when told, in the middle of a round', async () => {
  const stopping = new AbortController()
  const { purger, due, step } = makePurger([1, 2])
  due.mockRejectedValueOnce(new Error('away'))
  step.mockImplementationOnce(async () => ({ state: 'done', purged: NOTHING }))
  step.mockImplementationOnce(async () => ({ state: 'done', purged: NOTHING }))
  step.mockImplementationOnce(async () => {
    stopping.abort()
    return { state: 'more', purged: NOTHING }
  })
  await purger.run(stopping.signal)
  expect(step.mock.calls).toEqual([[1], [2], [1]])
})
