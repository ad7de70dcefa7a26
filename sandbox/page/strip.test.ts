import { expect, test } from 'vitest'

import { barsOf, outcomeOf, remember, STRIP_MS, wordsOf } from './strip.js'

const NOW = 1_000_000
let no = 0

/** A call of one institution, so many milliseconds ago. */
function makeCall(ago: number, ms: number | null, more: object = {}) {
  no += 1
  const at = NOW - ago
  const ended = { endedAt: ms === null ? null : at + ms, ms }
  return { no, institutionId: 'A', at, ...ended, aborted: false, status: 200, fault: null, ...more }
}

test.each([
  ['going', makeCall(10, null, { status: null })],
  ['good', makeCall(10, 5)],
  ['spoiled', makeCall(10, 5, { fault: 'html' })],
  ['limited', makeCall(10, 5, { status: 429 })],
  ['refused', makeCall(10, 5, { status: 401 })],
  ['refused', makeCall(10, 5, { status: 307 })],
  ['failed', makeCall(10, 5, { status: 503 })],
  ['cut', makeCall(10, 5, { aborted: true })],
])('%s is the word for how a call ended', (outcome, call) => {
  expect(outcomeOf(call)).toBe(outcome)
})

test('bars stand where their calls stood in the last minute, and those that overlap in lanes of their own', () => {
  const calls = [makeCall(STRIP_MS, 6000), makeCall(57_000, 6000), makeCall(30_000, 0), makeCall(6000, null)]
  expect(barsOf(calls, { now: NOW, width: 600, lanes: 2 })).toEqual([
    { x: 0, width: 60, lane: 0, outcome: 'good' },
    { x: 30, width: 60, lane: 1, outcome: 'good' },
    { x: 300, width: 1.5, lane: 0, outcome: 'good' },
    { x: 540, width: 60, lane: 0, outcome: 'going' },
  ])
})

test('a call that ended takes the place of its beginning, and is forgotten after a minute', () => {
  const strips = new Map()
  const begun = makeCall(100, null)
  remember(strips, [begun], NOW)
  remember(strips, [{ ...begun, endedAt: NOW, ms: 100 }], NOW)
  expect([...strips.get('A').values()].map(({ ms }) => ms)).toEqual([100])
  remember(strips, [], NOW + STRIP_MS + 1)
  expect(strips.get('A').size).toBe(0)
})

test('words tell calls, failures and the median; nothing known is no zero', () => {
  expect(wordsOf([])).toBe('no calls in the last minute')
  expect(wordsOf([makeCall(10, null)])).toContain('median –')
  const calls = [makeCall(50, 10), makeCall(50, 20), makeCall(50, 30, { status: 500 }), makeCall(5, null)]
  expect(wordsOf(calls)).toBe('4 calls, 1 not well, 1 under way, median 20 ms')
})
