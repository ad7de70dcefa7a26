import { expect, test, vi } from 'vitest'

import type { RevocationCaretaking, WatchedRevocation } from '../db/revocation-caretaking.ts'
import type { Runs, RunStatus } from '../engine/runs.ts'
import { createLog } from '../log.ts'
import { createRevocationCare } from './revocation-care.ts'

const watched = (revocationNo = 3): WatchedRevocation => ({
  userId: 1,
  userKey: 'key',
  revocationNo,
  workflowId: `revoke/key/${revocationNo}`,
})

function makeCare({
  unbegun = [],
  underWay = [],
}: Partial<Record<'unbegun' | 'underWay', WatchedRevocation[]>>) {
  const caretaking = {
    unbegun: async () => unbegun,
    underWay: async () => underWay,
    stall: vi.fn<RevocationCaretaking['stall']>(async () => true),
  }
  const runs = {
    startRevocation: vi.fn<Runs['startRevocation']>(async () => 'started'),
    describeRevocation: vi.fn(async (): Promise<RunStatus> => 'running'),
    lastWordOnRevocation: vi.fn<Runs['lastWordOnRevocation']>(async () => ({
      by: 'kim',
      why: 'a bad night',
    })),
  }
  return {
    care: createRevocationCare({ caretaking, runs, log: createLog('test', 'silent') }),
    caretaking,
    runs,
  }
}

test('starts a revocation that nobody started, once', async () => {
  const { care, caretaking, runs } = makeCare({ unbegun: [watched()] })
  await care.round()
  expect(runs.startRevocation).toHaveBeenCalledExactlyOnceWith(watched())
  expect(caretaking.stall).not.toHaveBeenCalled()
})

test('leaves one alone whose run lives', async () => {
  const { care, caretaking } = makeCare({ underWay: [watched()] })
  await care.round()
  expect(caretaking.stall).not.toHaveBeenCalled()
})

test.each([
  ['terminated', 'its run was terminated', { by: 'kim', why: 'a bad night' }],
  ['cancelled', 'its run was cancelled', { by: 'kim', why: 'a bad night' }],
  ['failed', 'its run was failed', null],
  ['completed', 'its run was completed', null],
  ['unknown', 'the engine does not know its run', null],
] as const)(
  'says of one whose run is %s that it has stalled, and never starts it again',
  async (status, because, word) => {
    const { care, caretaking, runs } = makeCare({ unbegun: [watched(2)], underWay: [watched()] })
    runs.startRevocation.mockResolvedValue('started-before')
    runs.describeRevocation.mockResolvedValue(status)
    await care.round()
    expect(caretaking.stall.mock.calls).toEqual([
      [watched(2), because, word],
      [watched(), because, word],
    ])
    expect(runs.startRevocation).toHaveBeenCalledTimes(1)
  },
)

test('an engine that is away stalls nothing, and one that cannot be looked after keeps no other waiting', async () => {
  const { care, caretaking, runs } = makeCare({ underWay: [watched(), watched(4)] })
  runs.describeRevocation.mockRejectedValueOnce(new Error('unavailable')).mockResolvedValueOnce('terminated')
  await care.round()
  expect(caretaking.stall).toHaveBeenCalledExactlyOnceWith(watched(4), expect.any(String), expect.anything())
})
