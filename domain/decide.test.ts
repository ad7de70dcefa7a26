import { describe, expect, test } from 'vitest'

import { type Asked, decide, type InstitutionView, type PlanChange, type Situation } from './decide.ts'
import type { PlanState } from './refresh.ts'

const at = (minute: number): Date => new Date(Date.UTC(2026, 1, 1, 0, minute))
const CYCLE = at(0)
const MINUTE = 60_000

const makeInstitution = (given: Partial<InstitutionView> = {}): InstitutionView => ({
  institutionId: 'A',
  industry: 'bank',
  generation: 1,
  consent: 'active',
  isSetAside: false,
  cycleMs: null,
  stored: { seq: 1, generation: 1, asOf: at(10) },
  published: { seq: 1, generation: 1, asOf: at(10) },
  row: null,
  ...given,
})

const view = (minute: number): Asked => ({
  notOlderThan: at(minute),
  scope: 'all',
  institutionId: null,
  isButton: false,
})
const button = (minute: number): Asked => ({ ...view(minute), isButton: true })

const NOW = at(60)
const closed = (institutions: InstitutionView[]): Situation => ({
  now: NOW,
  isOpen: false,
  tryAgainFrom: null,
  cycleBound: CYCLE,
  institutions,
})
const open = (institutions: InstitutionView[]): Situation => ({ ...closed(institutions), isOpen: true })

const changesOf = (asked: Asked, situation: Situation): PlanChange[] => {
  const decision = decide(asked, situation)
  if (decision.outcome !== 'started' && decision.outcome !== 'joined') throw new Error(decision.outcome)
  return decision.changes
}

describe('what remains after a consent has ended', () => {
  const remains: Asked = { ...button(60), scope: 'what-remains' }

  test.each([
    ['nothing is left', []],
    ['all that is left is old', [makeInstitution({ stored: { seq: 1, generation: 1, asOf: at(-9e4) } })]],
    ['what is left was refused', [makeInstitution({ consent: 'needs_user' })]],
  ])('is shown without reading anything, although %s', (_, institutions) => {
    const decided = { changes: [], triesAgain: false }
    expect(decide(remains, closed(institutions))).toEqual({ outcome: 'started', ...decided })
    expect(decide(remains, open(institutions))).toEqual({ outcome: 'joined', ...decided })
  })
})

describe('without an open refresh', () => {
  test('what is shown and young enough is fresh, as of its oldest part', () => {
    const institutions = [
      makeInstitution(),
      makeInstitution({ institutionId: 'B', published: { seq: 1, generation: 1, asOf: at(12) } }),
    ]
    expect(decide(view(10), closed(institutions))).toEqual({ outcome: 'fresh', asOf: at(10) })
  })

  test('what is stored but not shown is never called fresh; it starts a refresh that may call nothing', () => {
    const newer = { seq: 2, generation: 1, asOf: at(20) }
    expect(decide(view(10), closed([makeInstitution({ stored: newer })]))).toEqual({
      outcome: 'started',
      changes: [],
      triesAgain: false,
    })
    expect(changesOf(view(15), closed([makeInstitution({ stored: newer })]))).toEqual([
      { change: 'insert', institutionId: 'A', notOlderThan: at(15), collectedSeq: 2 },
    ])
  })

  test('what was read under an earlier consent is read again, however young', () => {
    const renewed = makeInstitution({ generation: 2, stored: { seq: 2, generation: 1, asOf: at(20) } })
    expect(changesOf(view(15), closed([renewed]))).toEqual([
      { change: 'insert', institutionId: 'A', notOlderThan: at(15), collectedSeq: null },
    ])
  })

  test('what would keep the snapshot from being complete is planned with it, at the user’s cycle', () => {
    const absent = makeInstitution({ institutionId: 'B', stored: null, published: null })
    const old = makeInstitution({
      institutionId: 'C',
      stored: { seq: 1, generation: 1, asOf: new Date(CYCLE.getTime() - 1) },
    })
    const young = makeInstitution({ institutionId: 'D' })
    const asked: Asked = { ...button(30), scope: 'one-institution', institutionId: 'A' }
    expect(changesOf(asked, closed([makeInstitution(), absent, old, young]))).toEqual([
      { change: 'insert', institutionId: 'A', notOlderThan: at(30), collectedSeq: null },
      { change: 'insert', institutionId: 'B', notOlderThan: CYCLE, collectedSeq: null },
      { change: 'insert', institutionId: 'C', notOlderThan: CYCLE, collectedSeq: null },
    ])
  })

  test('an institution with a cycle of its own is planned at that, whether it is read for it or not', () => {
    const stored = { seq: 4, generation: 1, asOf: at(10) }
    const strict = makeInstitution({ institutionId: 'B', stored, cycleMs: 49 * MINUTE })
    const lax = makeInstitution({ institutionId: 'C', stored, cycleMs: 51 * MINUTE })
    const asked: Asked = { ...button(30), scope: 'one-institution', institutionId: 'A' }
    expect(changesOf(asked, closed([makeInstitution(), strict, lax])).slice(1)).toEqual([
      { change: 'insert', institutionId: 'B', notOlderThan: at(11), collectedSeq: null },
      { change: 'insert', institutionId: 'C', notOlderThan: at(9), collectedSeq: 4 },
    ])
  })

  test('a consent that ended or needs its user is not read', () => {
    const institutions = [
      makeInstitution(),
      makeInstitution({ institutionId: 'B', consent: 'ended' }),
      makeInstitution({ institutionId: 'C', consent: 'needs_user' }),
    ]
    expect(changesOf(button(30), closed(institutions)).map(({ institutionId }) => institutionId)).toEqual([
      'A',
    ])
  })

  test('what an ended consent left behind unpublished starts nothing', () => {
    const ended = makeInstitution({
      institutionId: 'B',
      consent: 'ended',
      stored: { seq: 5, generation: 1, asOf: at(1) },
    })
    expect(decide(view(10), closed([makeInstitution(), ended])).outcome).toBe('fresh')
  })

  test.each([
    ['nobody has consented', [], 'no_consent'],
    ['the consent has ended', [makeInstitution({ consent: 'ended' })], 'no_consent'],
    ['the consent needs its user', [makeInstitution({ consent: 'needs_user' })], 'needs_user'],
    ['its reading is set aside', [makeInstitution({ isSetAside: true })], 'set_aside'],
    [
      'one is set aside and another needs its user',
      [makeInstitution({ isSetAside: true }), makeInstitution({ institutionId: 'B', consent: 'needs_user' })],
      'needs_user',
    ],
  ] as const)('where %s nothing is promised', (_, institutions, because) => {
    expect(decide(button(30), closed([...institutions]))).toEqual({ outcome: 'rejected', because })
  })

  test('what is set aside is read by nobody, and keeps nothing from being fresh', () => {
    const aside = makeInstitution({ institutionId: 'B', isSetAside: true, stored: null, published: null })
    expect(
      changesOf(button(30), closed([makeInstitution(), aside])).map(({ institutionId }) => institutionId),
    ).toEqual(['A'])
    expect(decide(view(10), closed([makeInstitution(), aside])).outcome).toBe('fresh')
    expect(
      changesOf(button(30), open([makeInstitution(), aside])).map(({ institutionId }) => institutionId),
    ).toEqual(['A'])
  })

  test('an event about spending looks at industries with spending only', () => {
    const institutions = [makeInstitution(), makeInstitution({ institutionId: 'B', industry: 'insurance' })]
    const asked: Asked = { ...button(30), scope: 'industries-with-spending' }
    expect(changesOf(asked, closed(institutions)).map(({ institutionId }) => institutionId)).toEqual(['A'])
  })
})

describe('joining an open refresh', () => {
  const insert = (minute: number, collectedSeq: number | null) => [
    { change: 'insert', institutionId: 'A', notOlderThan: at(minute), collectedSeq },
  ]
  const tighten = (minute: number) => [{ change: 'tighten', institutionId: 'A', notOlderThan: at(minute) }]
  const reset = (minute: number) => [{ change: 'reset', institutionId: 'A', notOlderThan: at(minute) }]

  type Row = [
    state: PlanState | null,
    bound: number,
    storedAt: number | null,
    asked: number,
    PlanChange[],
    PlanChange[],
  ]
  const NOTHING: PlanChange[] = []
  /** State of its row, that row's bound, when what is stored was read, what is asked for; then what a view and a button do. */
  const TABLE: Row[] = [
    [null, 0, null, 30, insert(30, null) as PlanChange[], insert(30, null) as PlanChange[]],
    [null, 0, 25, 30, insert(30, null) as PlanChange[], insert(30, null) as PlanChange[]],
    [null, 0, 30, 30, insert(30, 2) as PlanChange[], insert(30, 2) as PlanChange[]],
    ['pending', 20, null, 30, tighten(30) as PlanChange[], tighten(30) as PlanChange[]],
    ['pending', 30, null, 30, NOTHING, NOTHING],
    ['pending', 40, null, 30, NOTHING, NOTHING],
    ['collecting', 20, null, 30, reset(30) as PlanChange[], reset(30) as PlanChange[]],
    ['collecting', 30, null, 30, NOTHING, NOTHING],
    ['collected', 20, 25, 30, reset(30) as PlanChange[], reset(30) as PlanChange[]],
    ['collected', 20, 35, 30, tighten(30) as PlanChange[], tighten(30) as PlanChange[]],
    ['collected', 30, 35, 30, NOTHING, NOTHING],
    ['failed', 20, null, 30, tighten(30) as PlanChange[], reset(30) as PlanChange[]],
    ['failed', 30, null, 30, NOTHING, reset(30) as PlanChange[]],
    ['withdrawn', 20, null, 30, reset(30) as PlanChange[], reset(30) as PlanChange[]],
    ['excused', 20, null, 30, tighten(30) as PlanChange[], tighten(30) as PlanChange[]],
  ]

  test.each(TABLE)(
    'a row %s at %i, stored at %s, asked for %i',
    (state, bound, storedAt, asked, byView, byButton) => {
      const institution = makeInstitution({
        stored: storedAt === null ? null : { seq: 2, generation: 1, asOf: at(storedAt) },
        row: state && { state, round: 1, notOlderThan: at(bound), notBefore: null, changedAt: at(45) },
      })
      expect(decide(view(asked), open([institution]))).toMatchObject({ outcome: 'joined', changes: byView })
      expect(decide(button(asked), open([institution]))).toMatchObject({
        outcome: 'joined',
        changes: byButton,
      })
    },
  )

  test('what was collected under an earlier consent is read again', () => {
    const institution = makeInstitution({
      generation: 2,
      stored: { seq: 2, generation: 1, asOf: at(40) },
      row: { state: 'collected', round: 1, notOlderThan: at(20), notBefore: null, changedAt: at(45) },
    })
    expect(changesOf(view(30), open([institution]))).toEqual(reset(30))
  })

  test('only what lacks is touched, and what is shown and young enough joins nothing', () => {
    const lacking = makeInstitution({ published: null, stored: null })
    const shown = makeInstitution({
      institutionId: 'B',
      row: { state: 'collected', round: 1, notOlderThan: at(1), notBefore: null, changedAt: at(45) },
    })
    expect(changesOf(view(10), open([lacking, shown]))).toEqual(insert(10, null))
    expect(decide(view(10), open([shown])).outcome).toBe('fresh')
  })
})

describe('a button on what has failed', () => {
  const failed = (institutionId: string, notBefore: Date | null = null) =>
    makeInstitution({
      institutionId,
      published: null,
      stored: null,
      row: { state: 'failed', round: 1, notOlderThan: at(20), notBefore, changedAt: at(45) },
    })
  const reset = (institutionId: string) => ({ change: 'reset', institutionId, notOlderThan: at(60) })

  test('tries it again, and that is counted', () => {
    expect(decide(button(60), open([failed('A')]))).toEqual({
      outcome: 'joined',
      changes: [reset('A')],
      triesAgain: true,
    })
    expect(decide(view(60), open([failed('A')]))).toMatchObject({ outcome: 'joined', triesAgain: false })
  })

  test('is told when, once the hour’s tries are used up', () => {
    const tired = { ...open([failed('A'), failed('B')]), tryAgainFrom: at(75) }
    expect(decide(button(60), tired)).toEqual({
      outcome: 'deferred',
      because: 'too_many_tries',
      nextAllowedAt: at(75),
    })
    expect(decide(button(60), { ...tired, tryAgainFrom: at(60) }).outcome).toBe('joined')
  })

  test('never goes before an institution’s own word, however few the tries were', () => {
    expect(decide(button(60), open([failed('A', at(90)), failed('B', at(80))]))).toEqual({
      outcome: 'deferred',
      because: 'institution_asks_to_wait',
      nextAllowedAt: at(80),
    })
    expect(changesOf(button(60), open([failed('A', at(90)), failed('B')]))).toEqual([
      { change: 'tighten', institutionId: 'A', notOlderThan: at(60) },
      reset('B'),
    ])
    expect(changesOf(button(60), open([failed('A', at(60))]))).toEqual([reset('A')])
  })

  test('reads all the same what has not failed', () => {
    const fresh = makeInstitution({ institutionId: 'B', published: null, stored: null })
    const tired = { ...open([failed('A'), fresh]), tryAgainFrom: at(75) }
    expect(changesOf(button(60), tired)).toEqual([
      { change: 'tighten', institutionId: 'A', notOlderThan: at(60) },
      { change: 'insert', institutionId: 'B', notOlderThan: at(60), collectedSeq: null },
    ])
  })

  test('is not needed where the failure is older than what any event asks for', () => {
    expect(changesOf(view(45), open([failed('A')]))).toEqual([
      { change: 'tighten', institutionId: 'A', notOlderThan: at(45) },
    ])
    expect(changesOf(view(46), open([failed('A')]))).toEqual([{ ...reset('A'), notOlderThan: at(46) }])
    expect(changesOf(view(46), open([failed('A', at(90))]))).toEqual([
      { change: 'tighten', institutionId: 'A', notOlderThan: at(46) },
    ])
  })
})
