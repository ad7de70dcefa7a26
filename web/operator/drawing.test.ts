import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { clock, type Drawing, drawingOf, type Entry, LANE, lasting, scaleOf, type Story } from './drawing.js'

const at = (seconds: number): string =>
  new Date(Date.parse('2026-11-22T00:00:00.000Z') + seconds * 1_000).toISOString()

const makeEntry = (changes: Partial<Entry> = {}): Entry => ({
  kind: 'attempt',
  at: at(1),
  until: at(2),
  institutionId: 'A',
  outcome: 'changed',
  words: 'A: changed',
  isAhead: false,
  ...changes,
})

const opened = makeEntry({ kind: 'opened', at: at(0), until: null, institutionId: null, outcome: null })
const closed = makeEntry({ kind: 'closed', at: at(9), until: null, institutionId: null, state: 'succeeded' })

const makeStory = (timeline: Entry[], changes: Partial<Story> = {}): Story => ({
  now: at(60),
  institutions: [
    { institutionId: 'A', name: '모아은행', state: 'collected' },
    { institutionId: 'B', name: 'B', state: 'failed' },
  ],
  timeline,
  ...changes,
})

const WIDTH = 1_000
const draw = (timeline: Entry[]): Drawing => drawingOf(makeStory(timeline), WIDTH)
const find = ({ shapes }: Drawing, look: string) => shapes.find((shape) => shape.look === look)!

test('every institution has a lane of its own below that of the refresh, and what is about it lies there', () => {
  const drawing = draw([opened, makeEntry(), makeEntry({ institutionId: 'B', outcome: 'failed' }), closed])
  expect(drawing.lanes.map(({ label }) => label)).toEqual(['the refresh', '모아은행  A', 'B'])
  const [first, ofA, ofB] = drawing.lanes.map(({ y }) => y)
  expect(find(drawing, 'opened').y).toBe(first)
  expect(find(drawing, 'attempt changed').y).toBe(ofA)
  expect(find(drawing, 'attempt failed').y).toBe(ofB)
  expect(drawing.height).toBeGreaterThanOrEqual(ofB! + LANE)
})

test('what is about an institution that has left the plan lies with the refresh', () => {
  const drawing = draw([opened, makeEntry({ institutionId: 'GONE' }), closed])
  expect(find(drawing, 'attempt changed').y).toBe(drawing.lanes[0]!.y)
})

describe('an attempt', () => {
  test('is a bar from its beginning to its end, in the look of its outcome', () => {
    const drawing = draw([opened, makeEntry(), closed])
    const bar = find(drawing, 'attempt changed')
    expect(bar).toMatchObject({ kind: 'bar', words: 'A: changed', entry: 1 })
    expect(bar.x).toBeGreaterThan(find(drawing, 'opened').x)
    expect(bar.x + bar.width).toBeLessThan(find(drawing, 'closed succeeded').x)
  })

  test('that goes on reaches up to now', () => {
    const drawing = draw([opened, makeEntry({ until: null, outcome: null })])
    const bar = find(drawing, 'attempt going')
    expect(bar.x + bar.width).toBeCloseTo(drawing.nowX)
  })

  test('that took no time can still be seen', () => {
    expect(
      find(draw([opened, makeEntry({ until: at(1) }), closed]), 'attempt changed').width,
    ).toBeGreaterThan(0)
  })
})

test('a wait is hatched up to now, and its next try lies ahead of now', () => {
  const wait = makeEntry({ kind: 'wait', outcome: null, at: at(10), until: at(600), words: 'A waits' })
  const deadline = makeEntry({ kind: 'deadline', at: at(86_400), until: null, institutionId: null })
  const drawing = draw([opened, wait, deadline])
  const bar = find(drawing, 'wait')
  expect(bar.x + bar.width).toBeCloseTo(drawing.nowX)
  expect(find(drawing, 'next')).toMatchObject({ kind: 'ahead', words: 'A waits' })
  expect(find(drawing, 'next').x).toBeGreaterThan(drawing.nowX)
  expect(find(drawing, 'next').x).toBeLessThan(find(drawing, 'deadline').x)
})

test('a parked refresh is hatched in its own lane, up to when it wakes', () => {
  const parked = makeEntry({ kind: 'parked', institutionId: null, outcome: null, at: at(10), until: at(600) })
  const drawing = draw([opened, parked])
  expect(find(drawing, 'parked')).toMatchObject({ kind: 'bar', y: drawing.lanes[0]!.y })
  expect(find(drawing, 'next').x).toBeGreaterThan(drawing.nowX)
})

test('a refresh that is over has no line of now', () => {
  expect(draw([opened, closed]).nowX).toBe(WIDTH)
  expect(draw([opened]).nowX).toBeLessThan(WIDTH)
})

test('publications and ends are told apart by what they were', () => {
  const mark = { until: null, institutionId: null, outcome: null }
  const looks = draw([
    makeEntry({ ...mark, kind: 'cut', status: 'discarded' }),
    makeEntry({ ...mark, kind: 'published', status: 'partial' }),
    makeEntry({ ...mark, kind: 'published', status: 'complete' }),
    makeEntry({ ...mark, kind: 'closed', state: 'incomplete' }),
  ]).shapes.map(({ look }) => look)
  expect(looks).toEqual(['cut discarded', 'published partial', 'published complete', 'closed incomplete'])
})

test('nothing changes its order, and nothing lies outside, however long the waits', () => {
  const instants = fc.uniqueArray(fc.integer({ min: 0, max: 86_400_000 }), { minLength: 2, maxLength: 40 })
  fc.assert(
    fc.property(instants, (given) => {
      const sorted = given.toSorted((a, b) => a - b)
      const scale = scaleOf(sorted, 190, 900)
      const places = sorted.map(scale)
      for (const [no, place] of places.entries()) {
        expect(place).toBeGreaterThanOrEqual(190)
        expect(place).toBeLessThanOrEqual(900.001)
        if (no > 0) expect(place).toBeGreaterThan(places[no - 1]!)
      }
      expect(places.at(-1)).toBeCloseTo(900)
    }),
  )
})

test('seconds of reading can be seen beside hours of waiting', () => {
  const long = makeEntry({ kind: 'wait', outcome: null, at: at(2), until: at(86_000) })
  const drawing = drawingOf(makeStory([opened, makeEntry(), long], { now: at(86_000) }), WIDTH)
  expect(find(drawing, 'attempt changed').width).toBeGreaterThan(20)
})

test('one moment alone can be drawn', () => {
  const drawing = drawingOf(makeStory([opened], { now: at(0) }), WIDTH)
  expect(drawing.shapes.every(({ x, width }) => Number.isFinite(x) && Number.isFinite(width))).toBe(true)
})

test('the axis shows the clock in Korea where there is room, and how long wide stretches last', () => {
  const many = Array.from({ length: 200 }, (_, no) => makeEntry({ at: at(no), until: at(no + 0.5) }))
  const { ticks, spans } = draw([opened, ...many, makeEntry({ at: at(7_200), until: at(7_201) }), closed])
  expect(ticks[0]!.label).toBe('09:00:00')
  for (const [no, tick] of ticks.entries()) if (no > 0) expect(tick.x - ticks[no - 1]!.x).toBeGreaterThan(70)
  const wide = draw([opened, makeEntry(), makeEntry({ at: at(7_202), until: at(7_203) })])
  expect(wide.spans.map(({ label }) => label)).toContain('1 h')
  expect(spans.length).toBeLessThan(5)
})

test.each([
  [900, '0.9 s'],
  [59_000, '59 s'],
  [3_599_000, '59 min'],
  [47 * 3_600_000, '47 h'],
  [72 * 3_600_000, '3 d'],
])('%i ms are said to last %s', (ms, said) => {
  expect(lasting(ms)).toBe(said)
})

test('the clock is the one in Korea, across midnight', () => {
  expect(clock(Date.parse('2026-11-22T15:00:01Z'))).toBe('00:00:01')
})
