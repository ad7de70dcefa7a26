import { describe, expect, test } from 'vitest'

import { FAILURES } from '../../../domain/failures.ts'
import { lasting } from './durations.ts'
import { at, makeAttempt, makePlanRow, makeStory } from './make-story.ts'
import { storyText } from './text.ts'
import { timelineOf } from './timeline.ts'
import { blameOf, wordsOf } from './words.ts'

test.each([
  [0, '0.0 s'],
  [849, '0.8 s'],
  [9_999, '9.9 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_599_999, '59 min 59 s'],
  [7_980_000, '2 h 13 min'],
  [86_400_000, '1 d'],
  [97_200_000, '1 d 3 h'],
])('%i ms last %s', (ms, said) => {
  expect(lasting(ms)).toBe(said)
})

test.each(Object.keys(FAILURES))('%s says who is at fault and who must act', (name) => {
  expect(blameOf(name)).toMatch(
    /^(nobody is|we are|the \w+ is) at fault; (nobody need act|the \w+ must act)$/,
  )
})

describe('in words', () => {
  const wordsIn = (changes: Parameters<typeof makeStory>[0], kind: string) => {
    const story = makeStory(changes)
    return timelineOf(story)
      .filter((entry) => entry.kind === kind)
      .map((entry) => wordsOf(entry, story.now))
  }

  test('an attempt says what came of it, and what it cost', () => {
    const attempts = [
      makeAttempt(),
      makeAttempt({
        attempt: 2,
        startedAt: at(3),
        outcome: 'unchanged',
        calls: 1,
        rows: 0,
        endedAt: at(3.4),
      }),
      makeAttempt({
        attempt: 3,
        startedAt: at(4),
        endedAt: at(24),
        outcome: 'failed',
        failure: 'InstitutionTooSlow',
        calls: 2,
        rows: 0,
      }),
      makeAttempt({ attempt: 4, startedAt: at(25), endedAt: at(30), outcome: 'abandoned', calls: null }),
      makeAttempt({ attempt: 5, startedAt: at(31), endedAt: null, outcome: null, calls: null, rows: null }),
    ]
    expect(wordsIn({ attempts }, 'attempt')).toEqual([
      'BANK000001, round 1, try 1: changed (1.0 s, 6 calls, 12 rows)',
      'BANK000001, round 1, try 2: unchanged (0.4 s, 1 call)',
      'BANK000001, round 1, try 3: InstitutionTooSlow (20 s, 2 calls)',
      'BANK000001, round 1, try 4: abandoned (5.0 s): its worker died, or its refresh was closed',
      'BANK000001, round 1, try 5: being read for 29 s',
    ])
  })

  test('a wait says since when, why, and when it ends', () => {
    const row = makePlanRow({ state: 'failed', failure: 'RateLimited', nextTryAt: at(600), changedAt: at(6) })
    const users = makePlanRow({ state: 'failed', failure: 'ConsentEnded', changedAt: at(7) })
    expect(wordsIn({ plan: [row, users] }, 'wait')).toEqual([
      'BANK000001 waits since 54 s: RateLimited; next try 09:10:00, in 9 min',
      'BANK000001 waits since 53 s: ConsentEnded; until the user acts',
    ])
    expect(wordsIn({ now: at(601), plan: [row] }, 'wait')).toEqual([
      'BANK000001 waited 9 min 54 s: RateLimited',
    ])
  })

  test('a publication names what was missing in it, and why', () => {
    const lacking = [
      { institutionId: 'A', state: 'carried_over', reason: 'RateLimited', isRequired: true, asOf: at(-9) },
      { institutionId: 'B', state: 'absent', reason: 'ConsentEnded', isRequired: false, asOf: null },
    ] as const
    const snapshots = [
      {
        snapshotNo: 4,
        cutNo: 1,
        status: 'partial' as const,
        cutAt: at(5),
        publishedAt: at(6),
        lacking: [...lacking],
      },
    ]
    expect(wordsIn({ snapshots }, 'published')).toEqual([
      'snapshot 4 published partial; A carried over (RateLimited); B absent (ConsentEnded, not required)',
    ])
  })

  test('an order says who gave it, about what, what came of it and why', () => {
    const order = { auditNo: 1, at: at(9), actor: 'kim', institutionId: null, reason: 'the bank is back' }
    const orders = [
      { ...order, action: 'refresh.resume', details: { outcome: 'done', institutionIds: ['A', 'B'] } },
      {
        ...order,
        auditNo: 2,
        action: 'refresh.excuse',
        institutionId: 'A',
        details: { outcome: 'refused', because: 'already_collected', institutionIds: ['A'], via: 'engine' },
      },
      {
        ...order,
        auditNo: 3,
        action: 'institution.recovered',
        institutionId: 'A',
        reason: null,
        details: {},
      },
    ]
    expect(wordsIn({ orders }, 'order')).toEqual([
      'refresh.resume about A, B, by kim, done (“the bank is back”)',
      'refresh.excuse about A, by kim through the engine, refused: already_collected (“the bank is back”)',
      'institution.recovered about A, by kim',
    ])
  })

  test('a parked refresh says when it wakes', () => {
    const refresh = { state: 'parked', wakeAt: at(600) } as const
    expect(wordsIn({ refresh, attempts: [makeAttempt()] }, 'parked')).toEqual([
      'the refresh waits since 58 s: its run sleeps and holds no worker; wakes 09:10:00, in 9 min',
    ])
  })
})

test('as text it is read from top to bottom: how it stands, each institution, what happened by the clock in Korea', () => {
  const story = makeStory({
    now: at(60),
    refresh: { openedAt: at(-32_401) },
    plan: [
      makePlanRow(),
      makePlanRow({
        institutionId: 'B',
        name: 'B',
        state: 'failed',
        failure: 'RateLimited',
        nextTryAt: at(600),
      }),
    ],
    events: [
      { eventId: 5, type: 'member.logged_in', institutionId: null, outcome: 'started', at: at(-32_401) },
    ],
  })
  expect(storyText(story, 'http://ui/run').split('\n')).toEqual([
    'refresh 12 of user-key: running',
    '  open for 9 h 1 min, until 2026-11-23 09:00:00 at the latest',
    '  trace: http://ui/run',
    '',
    'institutions',
    '  BANK000001  모아은행  collected  round 1',
    '  B           B         failed     round 1  RateLimited: nobody is at fault; nobody need act; next try 09:10:00, in 9 min',
    '',
    'timeline, Korean time',
    '  2026-11-21',
    '  23:59:59  opened by member.logged_in (event 5)',
    '  2026-11-22',
    '  09:00:00  its run has begun (run-1)',
    '  09:00:02  B waits since 58 s: RateLimited; next try 09:10:00, in 9 min',
    '  2026-11-23',
    '  09:00:00  deadline, in 23 h 59 min: what is missing then stays missing',
    '',
  ])
})
