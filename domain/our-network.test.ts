import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { type Breaker, force, newBreaker } from './breaker.ts'
import { absolve, lastAnsweredAt, ourNetworkIsDown, type Sighting } from './our-network.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const NOW = Date.UTC(2026, 10, 23)

const saw = (answered: number | null, missed: number | null): Sighting => ({
  answeredAt: answered === null ? null : NOW - answered,
  missedAt: missed === null ? null : NOW - missed,
})
const silent = (count: number, missed = SECOND) =>
  Array.from({ length: count }, () => saw(10 * MINUTE, missed))

describe('our network is judged to be down', () => {
  test('when nobody has answered for five seconds and five institutions were called in vain since', () => {
    expect(ourNetworkIsDown(silent(5), NOW)).toBe(true)
    expect(ourNetworkIsDown(silent(4), NOW)).toBe(false)
    expect(ourNetworkIsDown([...silent(5), saw(5 * SECOND, null)], NOW)).toBe(true)
    expect(ourNetworkIsDown([...silent(5), saw(5 * SECOND - 1, null)], NOW)).toBe(false)
  })

  test('when most of those that are called are silent, and not when many of many are', () => {
    const others = (count: number) => Array.from({ length: count }, () => saw(6 * SECOND, null))
    expect(ourNetworkIsDown([...silent(6), ...others(6)], NOW)).toBe(true)
    expect(ourNetworkIsDown([...silent(6), ...others(7)], NOW)).toBe(false)
    const longAgo = Array.from({ length: 90 }, () => saw(12 * MINUTE, 12 * MINUTE))
    expect(ourNetworkIsDown([...silent(6), ...others(6), ...longAgo], NOW)).toBe(true)
  })

  test('also where nobody has ever answered, and not where nobody was ever called', () => {
    expect(
      ourNetworkIsDown(
        Array.from({ length: 5 }, () => saw(null, SECOND)),
        NOW,
      ),
    ).toBe(true)
    expect(ourNetworkIsDown([saw(null, null)], NOW)).toBe(false)
    expect(ourNetworkIsDown([], NOW)).toBe(false)
  })

  test('by misses that still say something: the newest of this half minute, the others of these eleven', () => {
    expect(ourNetworkIsDown(silent(5, 30 * SECOND), NOW)).toBe(false)
    expect(ourNetworkIsDown([...silent(4, 9 * MINUTE), ...silent(1)], NOW)).toBe(true)
    const old = Array.from({ length: 4 }, () => saw(null, 11 * MINUTE))
    expect(ourNetworkIsDown([...old, saw(null, SECOND)], NOW)).toBe(false)
  })

  test('only by who was called in vain since somebody last answered', () => {
    expect(ourNetworkIsDown([...silent(9, 20 * SECOND), saw(10 * SECOND, null)], NOW)).toBe(false)
  })

  test('never while anybody answers, however many do not', () => {
    const sighting = fc.record({ answered: fc.option(fc.nat(MINUTE)), missed: fc.option(fc.nat(MINUTE)) })
    fc.assert(
      fc.property(fc.array(sighting, { maxLength: 30 }), fc.nat(4_999), (seen, answered) => {
        const all = [...seen.map((each) => saw(each.answered, each.missed)), saw(answered, null)]
        return !ourNetworkIsDown(all, NOW)
      }),
    )
  })
})

describe('what opened for our sake', () => {
  const open = (since: number): Breaker => ({
    ...newBreaker(NOW - since),
    state: 'open',
    openedAt: NOW - since,
    openings: 2,
    probeFrom: NOW + MINUTE,
  })
  const lastAnswer = lastAnsweredAt([saw(10 * SECOND, null), saw(MINUTE, null)])

  test('closes at once and is forgotten', () => {
    expect(absolve(open(5 * SECOND), lastAnswer, NOW)).toEqual({
      breaker: { ...newBreaker(NOW), cause: 'our_network' },
      transition: { at: NOW, from: 'open', to: 'closed', cause: 'our_network' },
    })
  })

  test('is not what was open before, nor what an operator opened', () => {
    for (const breaker of [open(10 * SECOND), open(MINUTE), newBreaker(NOW)]) {
      expect(absolve(breaker, lastAnswer, NOW)).toEqual({ breaker, transition: null })
    }
    const { breaker } = force(newBreaker(NOW), 'open', NOW + MINUTE, NOW)
    expect(absolve(breaker, lastAnswer, NOW).transition).toBeNull()
  })
})
