import { expect, test } from 'vitest'

import { nextTurn } from './turns.ts'

const turn = { because: 'slot' as const, turn: 0, statedMs: null, draw: 0.5 }

test('without a time it asks again soon, then less and less often, never later than half a minute', () => {
  const waits = Array.from({ length: 20 }, (_, no) => nextTurn({ ...turn, turn: no }))
  expect(waits.slice(0, 6)).toEqual(
    [1_000, 2_000, 4_000, 8_000, 16_000, 30_000].map((waitMs) => ({ waitMs })),
  )
  expect(waits.at(-1)).toEqual({ waitMs: 30_000 })
})

test('those who wait for a slot together do not ask together', () => {
  expect([0, 1].map((draw) => nextTurn({ ...turn, draw }))).toEqual([{ waitMs: 750 }, { waitMs: 1_250 }])
})

test('a time that is near is waited for, not asked before, and never in a loop', () => {
  expect(nextTurn({ ...turn, because: 'stated', statedMs: 20_000, draw: 1 })).toEqual({ waitMs: 20_000 })
  expect(nextTurn({ ...turn, because: 'stated', statedMs: -5, draw: 1 })).toEqual({ waitMs: 1_000 })
})

test('those who were told the same time by a breaker come after it, one after another', () => {
  const waits = [0, 1].map((draw) => nextTurn({ ...turn, because: 'breaker', statedMs: 8_000, draw }))
  expect(waits).toEqual([{ waitMs: 8_000 }, { waitMs: 10_000 }])
})

test.each([
  ['slot', 'NoTurn'],
  ['stated', 'RateLimited'],
  ['breaker', 'InstitutionPaused'],
  ['paused', 'InstitutionPaused'],
  ['window', 'InstitutionInMaintenance'],
  [null, 'RateLimited'],
] as const)('after twenty turns, or for a time that is far, it waits parked: %s as %s', (because, as) => {
  expect(nextTurn({ ...turn, because, turn: 20 })).toEqual({ as })
  expect(nextTurn({ ...turn, because, statedMs: 60_001 })).toEqual({ as })
})

test('a pause that ends soon is waited for, one without an end waits parked at once', () => {
  expect(nextTurn({ ...turn, because: 'paused', statedMs: 20_000 })).toEqual({ waitMs: 20_000 })
  expect(nextTurn({ ...turn, because: 'paused' })).toEqual({ as: 'InstitutionPaused' })
})

test('a bank that is known to be down is not waited for, but for the probe that is just going', () => {
  const waiting = { ...turn, because: 'breaker' as const, statedMs: 5_000 }
  expect(nextTurn({ ...waiting, turn: 2 })).toHaveProperty('waitMs')
  expect(nextTurn({ ...waiting, turn: 3 })).toEqual({ as: 'InstitutionPaused' })
  expect(nextTurn({ ...waiting, statedMs: 10_001 })).toEqual({ as: 'InstitutionPaused' })
})
