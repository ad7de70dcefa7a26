import { expect, test, vi } from 'vitest'

import type { OperatorPoison, PoisonHead } from '../../../db/operator-poison.ts'
import { NOW, startOperator } from '../make-operator.ts'
import { poisonAnswer, replayedAnswer } from '../poison-answers.ts'

const WHY = 'mended in 1.4.2'
const HEAD: PoisonHead = {
  userKey: 'user-key',
  institutionId: 'A',
  name: 'Bank A',
  failed: 5,
  firstAt: NOW,
  lastAt: NOW,
  lastRefreshNo: 4,
  step: 'reading',
  setAsideAt: NOW,
  replayAt: null,
}

async function startWithPoison() {
  const list = vi.fn<OperatorPoison['list']>(async (_, limit) =>
    Array.from({ length: limit }, () => ({ ...HEAD })),
  )
  const replay = vi.fn<OperatorPoison['replay']>(async () => ({ replayed: 1, left: 2 }))
  return { list, replay, ...(await startOperator({ poison: { list, replay } })) }
}

test('what is set aside is listed by opaque keys, with how far it came and its last refresh; a viewer may look', async () => {
  const { ask, list } = await startWithPoison()
  const viewing = { headers: { authorization: 'Bearer viewer' } }
  const answer = await ask('/v1/operator/poison?institution=A&limit=2', viewing)
  const { poison, areMore } = poisonAnswer.parse(await answer.json())
  expect({ areMore, shown: poison.length }).toEqual({ areMore: true, shown: 2 })
  expect(poison[0]).toMatchObject({
    userKey: 'user-key',
    step: 'reading',
    url: '/v1/operator/refreshes/user-key/4',
  })
  expect(list).toHaveBeenCalledWith('A', 3)
  expect((await ask('/v1/operator/poison?limit=101')).status).toBe(400)
})

test('one is replayed, or all of an institution, with a reason', async () => {
  const { post, replay } = await startWithPoison()
  const one = await post('/v1/operator/poison/user-key/A/replay', { why: WHY })
  expect(replayedAnswer.parse(await one.json())).toEqual({ replayed: 1, left: 2 })
  const all = await post('/v1/operator/poison/replay', { why: WHY, institution: 'A' })
  expect(replayedAnswer.parse(await all.json())).toEqual({ replayed: 1, left: 2 })
  const saying = { by: 'kim-operator', why: WHY, place: expect.stringMatching(/127\.0\.0\.1$/) }
  expect(replay.mock.calls).toEqual([
    [{ userKey: 'user-key', institutionId: 'A' }, saying],
    [{ userKey: null, institutionId: 'A' }, saying],
  ])
})

test('who may only look, gives no reason, or names nothing, replays nothing', async () => {
  const { post, replay } = await startWithPoison()
  expect((await post('/v1/operator/poison/user-key/A/replay', { why: WHY }, 'viewer')).status).toBe(403)
  expect((await post('/v1/operator/poison/replay', { why: WHY, institution: 'A' }, 'viewer')).status).toBe(
    403,
  )
  expect((await post('/v1/operator/poison/user-key/A/replay', {})).status).toBe(400)
  expect((await post('/v1/operator/poison/replay', { why: WHY })).status).toBe(400)
  expect((await post('/v1/operator/poison/user%20key/A/replay', { why: WHY })).status).toBe(404)
  expect(replay).not.toHaveBeenCalled()
})
