import { expect, test, vi } from 'vitest'

import type { LeftWithout, Look } from '../db/recoveries.ts'
import type { RecoveryRefreshes } from '../db/recovery-refreshes.ts'
import { createLog } from '../log.ts'
import { createRecoveryKeeper } from './recovery-keeper.ts'

const left = (userId: number): LeftWithout => ({
  userId,
  refreshNo: 1,
  institutionId: 'A',
  spanMonths: 12,
  limits: { callMs: 1, attemptMs: 1, readingMs: 1, heartbeatMs: 1, quickTries: 1, waitsMs: [1] },
})

type Given = { isDown?: boolean; looks?: Record<string, Look | Error> }

function makeKeeper({ isDown = false, looks = {} }: Given) {
  const recoveries = {
    owed: vi.fn(async () => Object.keys(looks)),
    look: vi.fn(async (institutionId: string): Promise<Look> => {
      const look = looks[institutionId]!
      if (look instanceof Error) throw look
      return look
    }),
    sendProbes: vi.fn(async () => 0),
  }
  const open = vi.fn<RecoveryRefreshes['open']>(async () => ({
    outcome: 'started',
    refreshNo: 2,
    eventId: 1,
  }))
  const keeper = createRecoveryKeeper({
    breakers: { judgeOurNetwork: async () => isDown },
    recoveries,
    refreshes: { open },
    log: createLog('test', 'silent'),
    everyMs: 60_000,
  })
  return { keeper, recoveries, open }
}

test('refreshes those who went without an institution that answers again, and looks again while there are more', async () => {
  const { keeper, open } = makeKeeper({
    looks: { A: { waiting: 3, next: [left(1), left(2)], areMore: true } },
  })
  expect(await keeper.round()).toBe(true)
  expect(open.mock.calls).toEqual([[left(1)], [left(2)]])
})

test('wakes nobody while it is our own network that is down, but still asks where it is time to', async () => {
  const { keeper, recoveries } = makeKeeper({
    isDown: true,
    looks: { A: { waiting: 1, next: [left(1)], areMore: false } },
  })
  expect(await keeper.round()).toBe(false)
  expect(recoveries.sendProbes).toHaveBeenCalledOnce()
  expect(recoveries.owed).not.toHaveBeenCalled()
})

test('one institution, or one person, that cannot be looked after keeps no other waiting', async () => {
  const { keeper, open } = makeKeeper({
    looks: {
      A: new Error('rows stayed locked'),
      B: { waiting: 0, next: [left(1), left(2)], areMore: false },
    },
  })
  open.mockRejectedValueOnce(new Error('rows stayed locked'))
  expect(await keeper.round()).toBe(false)
  expect(open.mock.calls.map(([{ userId }]) => userId)).toEqual([1, 2])
})
