import { afterEach, expect, test, vi } from 'vitest'

import type { Caretaking, Due, Watched } from '../db/caretaking.ts'
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
      | 'behind'
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
    behind: look('behind'),
    due: vi.fn(async (): Promise<Due> => ({ next: found.due ?? [], areMore: false })),
    overdue: look('overdue'),
    overstayed: look('overstayed'),
    begun: vi.fn(look('begun')),
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
  return {
    caretaker: createCaretaker({ caretaking, runs, others: [], log, everyMs: 60_000 }),
    caretaking,
    runs,
  }
}

afterEach(() => vi.useRealTimers())

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

test.each([
  ['that a run has not read', 'unseen'],
  ['that are due while a run waits for something else', 'behind'],
] as const)('hints at rows %s', async (_, found) => {
  const { caretaker, runs } = makeCaretaker({ [found]: [watched()] })
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

test('wakes the next ones as soon as there is room, and does nothing else between two rounds', async () => {
  const { caretaker, caretaking, runs } = makeCaretaker({})
  const [first, second] = [1, 2].map((refreshNo) => watched({ workflowId: `refresh/key/${refreshNo}` }))
  caretaking.due
    .mockResolvedValueOnce({ next: [first!], areMore: true })
    .mockResolvedValueOnce({ next: [], areMore: true }) // every slot is taken
    .mockResolvedValueOnce({ next: [second!], areMore: false })
  const stop = new AbortController()
  const running = caretaker.run(stop.signal)
  await vi.waitFor(() => expect(runs.hint).toHaveBeenCalledTimes(2), 10_000)
  stop.abort()
  await running
  expect(runs.hint).toHaveBeenLastCalledWith(second)
  expect(caretaking.begun).toHaveBeenCalledTimes(1)
})

test.each([
  ['has just been woken is not woken again before it could begin', null],
  ['could not be woken is left alone for a moment', new Error('the engine is away')],
])('a run that %s', async (_, failure) => {
  const { caretaker, runs } = makeCaretaker({ due: [watched({ state: 'parked' })] })
  if (failure) runs.hint.mockRejectedValueOnce(failure)
  await caretaker.round()
  expect(await caretaker.round()).toBe(0)
  expect(runs.hint).toHaveBeenCalledTimes(1)
})

test('a run that does not wake may be over, and is closed by name', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const { caretaker, caretaking, runs } = makeCaretaker({ due: [watched({ state: 'parked' })] })
  await caretaker.round()
  vi.advanceTimersByTime(3_000)
  await caretaker.round()
  expect(runs.hint).toHaveBeenCalledTimes(2)
  expect(caretaking.closeAs).not.toHaveBeenCalled()

  runs.describe.mockResolvedValue('terminated')
  vi.advanceTimersByTime(3_000)
  await caretaker.round()
  expect(caretaking.closeAs).toHaveBeenCalledWith(
    expect.anything(),
    'lost',
    'its run was terminated',
    expect.anything(),
  )
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
