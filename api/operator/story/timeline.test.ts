import { describe, expect, test } from 'vitest'

import { at, makeAttempt, makePlanRow, makeStory } from './make-story.ts'
import { timelineOf } from './timeline.ts'

const kinds = (story: Parameters<typeof timelineOf>[0]) => timelineOf(story).map(({ kind }) => kind)

test('a story is told in the order of time, whatever table a part of it comes from', () => {
  const story = makeStory({
    refresh: { state: 'succeeded', closedAt: at(5) },
    plan: [makePlanRow()],
    attempts: [makeAttempt()],
    events: [
      { eventId: 5, type: 'assets.home_viewed', institutionId: null, outcome: 'started', at: at(0) },
      { eventId: 6, type: 'assets.home_viewed', institutionId: null, outcome: 'joined', at: at(1.5) },
    ],
    snapshots: [
      { snapshotNo: 3, cutNo: 1, status: 'discarded', cutAt: at(2.5), publishedAt: null, lacking: [] },
      { snapshotNo: 4, cutNo: 2, status: 'complete', cutAt: at(3), publishedAt: at(5), lacking: [] },
    ],
  })
  expect(kinds(story)).toEqual(['opened', 'begun', 'attempt', 'joined', 'cut', 'published', 'closed'])
})

test('what one transaction wrote is told as it came about: the order before what it caused', () => {
  const order = { auditNo: 1, at: at(9), actor: 'kim', institutionId: null, reason: 'why', details: {} }
  const cancelled = makeStory({
    refresh: { state: 'cancelled', closedAt: at(9), closedBecause: 'cancelled by an operator' },
    orders: [{ ...order, action: 'refresh.cancel' }],
  })
  expect(kinds(cancelled).slice(-2)).toEqual(['order', 'closed'])
  const resumed = makeStory({
    plan: [makePlanRow({ state: 'pending', isUnseen: true, changedAt: at(9) })],
    orders: [{ ...order, action: 'refresh.resume' }],
  })
  expect(kinds(resumed).slice(-3)).toEqual(['order', 'wait', 'deadline'])
})

test('an open refresh has its deadline ahead, a closed one has not', () => {
  expect(kinds(makeStory()).at(-1)).toBe('deadline')
  expect(kinds(makeStory({ refresh: { state: 'lost', closedAt: at(9) } }))).not.toContain('deadline')
})

describe('a wait', () => {
  const failed = { outcome: 'failed', failure: 'InstitutionTooSlow', rows: 0 } as const

  test('lies between two rounds, and not between two tries of one', () => {
    const attempts = [
      makeAttempt({ ...failed, attempt: 1, startedAt: at(1), endedAt: at(3) }),
      makeAttempt({ ...failed, attempt: 2, startedAt: at(4), endedAt: at(6) }),
      makeAttempt({ round: 2, attempt: 1, startedAt: at(66), endedAt: at(67) }),
    ]
    const waits = timelineOf(makeStory({ now: at(70), plan: [makePlanRow()], attempts })).filter(
      ({ kind }) => kind === 'wait',
    )
    expect(waits).toEqual([
      {
        kind: 'wait',
        at: at(6),
        until: at(66),
        institutionId: 'BANK000001',
        because: 'InstitutionTooSlow',
      },
    ])
  })

  test('goes on until the next try, or until somebody acts, while the refresh is open', () => {
    const plan = [
      makePlanRow({ state: 'failed', failure: 'InstitutionTooSlow', nextTryAt: at(120), changedAt: at(6) }),
      makePlanRow({ institutionId: 'B', state: 'failed', failure: 'CredentialsRejected', changedAt: at(7) }),
    ]
    const waitsOf = (state: 'running' | 'incomplete') =>
      timelineOf(
        makeStory({ plan, refresh: { state, closedAt: state === 'running' ? null : at(9) } }),
      ).flatMap((entry) => (entry.kind === 'wait' ? [[entry.institutionId, entry.at, entry.until]] : []))
    expect(waitsOf('running')).toEqual([
      ['BANK000001', at(6), at(120)],
      ['B', at(7), null],
    ])
    expect(waitsOf('incomplete')).toEqual([])
  })

  test('of a row that nobody has begun says whose turn it is', () => {
    const becauseOf = (changes: Parameters<typeof makeStory>[0]) =>
      timelineOf(makeStory(changes)).flatMap((entry) => (entry.kind === 'wait' ? [entry.because] : []))
    const pending = { state: 'pending' } as const
    expect(becauseOf({ plan: [makePlanRow({ ...pending, isUnseen: true })] })).toEqual(['not_seen'])
    expect(becauseOf({ plan: [makePlanRow(pending)] })).toEqual(['not_begun'])
    expect(becauseOf({ plan: [makePlanRow({ ...pending, notBefore: at(90) })] })).toEqual(['stated'])
    expect(becauseOf({ plan: [makePlanRow({ ...pending, notBefore: at(30) })] })).toEqual(['not_begun'])
    const requested = { state: 'requested', begunAt: null, runId: null } as const
    expect(becauseOf({ refresh: requested, plan: [makePlanRow(pending)] })).toEqual(['no_run'])
  })

  test('names the pause or the window that holds it back, and no other failure does', () => {
    const heldOf = (failure: string) =>
      timelineOf(makeStory({ plan: [makePlanRow({ state: 'failed', failure, held: 'paused' })] })).flatMap(
        (entry) => (entry.kind === 'wait' ? [entry.held] : []),
      )
    expect(heldOf('InstitutionPaused')).toEqual(['paused'])
    expect(heldOf('InstitutionInMaintenance')).toEqual(['paused'])
    expect(heldOf('InstitutionUnavailable')).toEqual([undefined])
  })

  test('is also that of what was read with gaps and is tried again', () => {
    const waitsOf = (nextTryAt: string | null) =>
      timelineOf(makeStory({ plan: [makePlanRow({ nextTryAt })] })).filter(({ kind }) => kind === 'wait')
    expect(waitsOf(at(90))).toMatchObject([{ because: 'gaps', until: at(90) }])
    expect(waitsOf(null)).toEqual([])
  })
})

test('a refresh is parked after the last thing that came of it, until it wakes by itself', () => {
  const refresh = { state: 'parked', wakeAt: at(90) } as const
  const snapshots = [
    { snapshotNo: 4, cutNo: 1, status: 'partial' as const, cutAt: at(3), publishedAt: at(4), lacking: [] },
  ]
  const attempts = [makeAttempt({ endedAt: at(2) })]
  const parked = timelineOf(makeStory({ refresh, attempts, snapshots })).filter(
    ({ kind }) => kind === 'parked',
  )
  expect(parked).toEqual([
    { kind: 'parked', at: at(4), until: at(90), institutionId: null, because: 'parked' },
  ])
  expect(kinds(makeStory({ attempts, snapshots }))).not.toContain('parked')
})
