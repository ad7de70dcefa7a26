import { expect, test, vi } from 'vitest'

import type { Caretaking, Watched } from '../db/caretaking.ts'
import type { Runs, RunStatus } from '../engine/runs.ts'
import { createLog } from '../log.ts'
import { createCaretaker } from './caretaker.ts'

const watched = (over: Partial<Watched> = {}): Watched => ({
  userId: 1,
  userKey: 'key',
  refreshNo: 3,
  state: 'running',
  workflowId: 'refresh/key/3',
  priority: 1,
  ...over,
})

function makeCaretaker(
  found: Partial<
    Record<
      | 'unstarted'
      | 'unseen'
      | 'due'
      | 'overdue'
      | 'overstayed'
      | 'stuck'
      | 'begun'
      | 'parked'
      | 'closedWithRun',
      Watched[]
    >
  >,
) {
  const none = async (): Promise<Watched[]> => []
  const look = (what: keyof typeof found) => async () => found[what] ?? none()
  const caretaking = {
    unstarted: look('unstarted'),
    unseen: look('unseen'),
    due: look('due'),
    overdue: look('overdue'),
    overstayed: look('overstayed'),
    begun: look('begun'),
    parked: look('parked'),
    closedWithRun: async (lateMs: number) => (lateMs > 60_000 ? found.stuck : found.closedWithRun) ?? [],
    closeAs: vi.fn<Caretaking['closeAs']>(async () => true),
    runEnded: vi.fn<Caretaking['runEnded']>(async () => {}),
  }
  const runs = {
    start: vi.fn(async (): Promise<'started' | 'started-before'> => 'started'),
    hint: vi.fn(async () => {}),
    describe: vi.fn(async (): Promise<RunStatus> => 'running'),
    terminate: vi.fn(async () => {}),
    lastWord: vi.fn<Runs['lastWord']>(async () => ({ by: 'kim', why: 'a bad night' })),
  }
  const log = createLog('test', 'silent')
  return { caretaker: createCaretaker({ caretaking, runs, log, everyMs: 1 }), caretaking, runs }
}

test('starts a refresh that nobody started', async () => {
  const { caretaker, caretaking, runs } = makeCaretaker({ unstarted: [watched({ state: 'requested' })] })
  await caretaker.round()
  expect(runs.start).toHaveBeenCalledTimes(1)
  expect(caretaking.closeAs).not.toHaveBeenCalled()
})

test('never starts again what was terminated before it began', async () => {
  const { caretaker, caretaking, runs } = makeCaretaker({ unstarted: [watched({ state: 'requested' })] })
  runs.start.mockResolvedValue('started-before')
  runs.describe.mockResolvedValue('terminated')
  await caretaker.round()
  expect(caretaking.closeAs).toHaveBeenCalledWith(
    watched({ state: 'requested' }),
    'lost',
    'its run was terminated',
    { by: 'kim', why: 'a bad night' },
  )
})

test('hints again at rows that a run has not read', async () => {
  const { caretaker, runs } = makeCaretaker({ unseen: [watched()] })
  await caretaker.round()
  expect(runs.hint).toHaveBeenCalledWith(watched())
})

test.each([
  ['terminated', 'lost'],
  ['timed-out', 'lost'],
  ['unknown', 'lost'],
  ['completed', 'lost'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
] as const)('an open refresh whose run is %s is closed as %s', async (status, as) => {
  const { caretaker, caretaking, runs } = makeCaretaker({ begun: [watched()] })
  runs.describe.mockResolvedValue(status)
  await caretaker.round()
  const isAnAct = ['terminated', 'cancelled'].includes(status)
  expect(caretaking.closeAs).toHaveBeenCalledWith(
    watched(),
    as,
    expect.any(String),
    isAnAct ? { by: 'kim', why: 'a bad night' } : null,
  )
})

test('leaves a refresh alone whose run lives', async () => {
  const { caretaker, caretaking } = makeCaretaker({ begun: [watched()] })
  await caretaker.round()
  expect(caretaking.closeAs).not.toHaveBeenCalled()
})

test('tells a run that lives on that its refresh is closed, and stops looking once it has ended', async () => {
  const { caretaker, caretaking, runs } = makeCaretaker({ closedWithRun: [watched({ state: 'cancelled' })] })
  await caretaker.round()
  expect(runs.hint).toHaveBeenCalledTimes(1)
  expect(caretaking.runEnded).not.toHaveBeenCalled()
  runs.describe.mockResolvedValue('failed')
  await caretaker.round()
  expect(caretaking.runEnded).toHaveBeenCalledTimes(1)
})

test('one refresh that cannot be looked after keeps no other waiting', async () => {
  const { caretaker, caretaking, runs } = makeCaretaker({ begun: [watched(), watched({ refreshNo: 4 })] })
  runs.describe.mockRejectedValueOnce(new Error('the engine is away')).mockResolvedValueOnce('terminated')
  await caretaker.round()
  expect(caretaking.closeAs).toHaveBeenCalledTimes(1)
  expect(caretaking.closeAs).toHaveBeenCalledWith(
    watched({ refreshNo: 4 }),
    'lost',
    expect.any(String),
    expect.anything(),
  )
})

test('an engine that is away closes nothing', async () => {
  const { caretaker, caretaking, runs } = makeCaretaker({ begun: [watched()], unstarted: [watched()] })
  runs.describe.mockRejectedValue(new Error('unavailable'))
  runs.start.mockRejectedValue(new Error('unavailable'))
  await caretaker.round()
  expect(caretaking.closeAs).not.toHaveBeenCalled()
})

test('wakes what is due although its run does not know it, and says how many', async () => {
  const { caretaker, runs } = makeCaretaker({ due: [watched({ state: 'parked' })] })
  expect(await caretaker.round()).toBe(1)
  expect(runs.hint).toHaveBeenCalledWith(watched({ state: 'parked' }))
  expect(runs.describe).not.toHaveBeenCalled()
})

test('wakes what has passed its deadline, which waits for no slot', async () => {
  const { caretaker, runs } = makeCaretaker({ overdue: [watched({ state: 'parked' })] })
  expect(await caretaker.round()).toBe(0)
  expect(runs.hint).toHaveBeenCalledWith(watched({ state: 'parked' }))
})

test('closes by name a parked refresh whose run is over', async () => {
  const { caretaker, caretaking, runs } = makeCaretaker({ parked: [watched({ state: 'parked' })] })
  runs.describe.mockResolvedValue('terminated')
  await caretaker.round()
  expect(caretaking.closeAs).toHaveBeenCalledTimes(1)
})

test('closes what its run has left open long beyond its deadline, and ends a run that did not end with it', async () => {
  const left = watched({ state: 'parked' })
  const { caretaker, caretaking, runs } = makeCaretaker({
    overstayed: [left],
    stuck: [watched({ refreshNo: 2 })],
  })
  await caretaker.round()
  expect(caretaking.closeAs).toHaveBeenCalledWith(left, 'incomplete', 'SnapshotIncomplete', null, false)
  expect(runs.terminate).toHaveBeenCalledExactlyOnceWith(watched({ refreshNo: 2 }), expect.any(String))
})
