import { describe, expect, test, vi } from 'vitest'

import type { OperatorBatches, Slice } from '../../../db/operator-batches.ts'
import { batchesAnswer, batchRefused, batchRun, batchSeen } from '../batch-answers.ts'
import { makeBatch, NOW, startOperator } from '../make-operator.ts'

const WHY = 'the bank is gone'
const PATH = '/v1/operator/batches'
const FILTER = { waitingFor: 'A' }

async function startWith(slice: Slice | null = null) {
  const propose = vi.fn<OperatorBatches['propose']>(async () => ({
    batch: makeBatch(),
    areMore: true,
    sample: [
      { userKey: 'user-key', refreshNo: 4, state: 'parked', reason: 'assets.home_viewed', openedAt: NOW },
    ],
  }))
  const run = vi.fn<OperatorBatches['run']>(async () => slice)
  const list = async () => [makeBatch({ done: 1, left: 2 })]
  const tell = vi.fn()
  return { propose, run, tell, ...(await startOperator({ batches: { propose, run, list }, tell })) }
}

describe('a proposal', () => {
  test('is answered with how many there are, some of them, and its number', async () => {
    const { post, propose, tell } = await startWith()
    const body = { verb: 'cancel', filter: { ...FILTER, state: 'parked,running', olderThan: '2h' } }
    const answer = await post(PATH, body)
    expect(answer.status).toBe(200)
    expect(batchSeen.parse(await answer.json())).toMatchObject({
      batch: { batchNo: 7, refreshes: 3 },
      areMore: true,
      sample: [{ url: '/v1/operator/refreshes/user-key/4' }],
    })
    const filter = expect.objectContaining({
      states: ['parked', 'running'],
      waitingFor: 'A',
      olderThanMs: 7_200_000,
    })
    expect(propose).toHaveBeenCalledWith({ verb: 'cancel', institutionIds: null, filter }, 'kim-operator')
    expect(tell).not.toHaveBeenCalled()
  })

  test.each<[string, object, string]>([
    ['nothing is filtered by', { verb: 'cancel', filter: {} }, 'filter'],
    ['a filter is not of the list', { verb: 'cancel', filter: { userKey: 'x' } }, 'filter.userKey'],
    ['closed refreshes are meant', { verb: 'cancel', filter: { state: 'succeeded' } }, 'filter.state'],
    ['a failure has no such name', { verb: 'cancel', filter: { failure: 'Anything' } }, 'filter.failure'],
    ['a verb is not one', { verb: 'terminate', filter: FILTER }, 'verb'],
    ['institutions are cancelled', { verb: 'cancel', filter: FILTER, institutions: ['A'] }, 'institutions'],
    ['nobody says whom to excuse', { verb: 'excuse', filter: FILTER }, 'institutions'],
  ])('is refused where %s', async (_, body, path) => {
    const { post, propose } = await startWith()
    const answer = await post(PATH, body)
    expect(answer.status).toBe(400)
    const { errors } = (await answer.json()) as { errors: { path: string }[] }
    expect(errors.map((error) => error.path)).toContain(path)
    expect(propose).not.toHaveBeenCalled()
  })
})

describe('its order', () => {
  const slice: Slice = {
    state: 'run',
    batch: makeBatch({ done: 1, refused: 1, left: 1, begunAt: NOW, begunBy: 'kim-operator', why: WHY }),
    given: [
      { userKey: 'one', refreshNo: 1, outcome: 'done' },
      { userKey: 'two', refreshNo: 2, outcome: 'refused' },
    ],
    refusals: [{ because: 'no_longer_matches', refreshes: 1 }],
  }

  test('is answered with how far it is and why some were refused; the runs of the others are told', async () => {
    const { post, run, tell } = await startWith(slice)
    const answer = await post(`${PATH}/7/run`, { why: WHY, refreshes: 3 })
    expect(batchRun.parse(await answer.json())).toMatchObject({
      batch: { done: 1, left: 1 },
      refusals: [{ because: 'no_longer_matches', refreshes: 1, says: expect.stringContaining('left alone') }],
    })
    expect(tell.mock.calls).toEqual([['cancel', { userKey: 'one', refreshNo: 1 }]])
    expect(run).toHaveBeenCalledWith(
      7,
      expect.objectContaining({ by: 'kim-operator', why: WHY, refreshes: 3 }),
    )
  })

  test('is refused with another number than was seen, and says so', async () => {
    const { post, tell } = await startWith({ state: 'refused', because: 'other_count' })
    const answer = await post(`${PATH}/7/run`, { why: WHY, refreshes: 2 })
    expect(answer.status).toBe(409)
    expect(batchRefused.parse(await answer.json())).toMatchObject({ because: 'other_count' })
    expect(tell).not.toHaveBeenCalled()
  })

  test('is an operator’s, with a reason and the number, of a batch that there is', async () => {
    const { post, ask, run } = await startWith(slice)
    expect((await post(PATH, { verb: 'cancel', filter: FILTER }, 'viewer')).status).toBe(403)
    expect((await post(`${PATH}/7/run`, { why: WHY, refreshes: 3 }, 'viewer')).status).toBe(403)
    expect((await post(`${PATH}/7/run`, { why: WHY })).status).toBe(400)
    expect((await post(`${PATH}/7/run`, { refreshes: 3 })).status).toBe(400)
    expect((await post(`${PATH}/x/run`, { why: WHY, refreshes: 3 })).status).toBe(404)
    expect((await ask(`${PATH}/7/run`)).status).toBe(405)
    expect(run).not.toHaveBeenCalled()
    const listed = await ask(PATH, { headers: { authorization: 'Bearer viewer' } })
    expect(batchesAnswer.parse(await listed.json()).batches).toHaveLength(1)
  })
})
