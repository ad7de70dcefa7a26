import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { afterReading, openForMs } from './breaker-evidence.ts'
import { type Breaker, force, newBreaker, permit, release, takeProbe } from './breaker.ts'
import { FAILURES, type FailureName } from './failures.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const START = Date.UTC(2026, 10, 23)

type Call = FailureName | null
const MISS: Call = 'InstitutionUnavailable'
const NAMES = Object.keys(FAILURES) as FailureName[]
const NOT_ITS_FAULT = NAMES.filter((name) => FAILURES[name].fault !== 'institution')

const read = (
  breaker: Breaker,
  calls: readonly Call[],
  given: Partial<Parameters<typeof afterReading>[1]> = {},
) =>
  afterReading(breaker, {
    calls: calls.map((failure) => ({ failure })),
    probe: null,
    begunAt: breaker.since,
    now: START,
    isOurNetworkDown: false,
    ...given,
  })

const many = (count: number, call: Call): Call[] => Array.from({ length: count }, () => call)
const openOne = () => read(newBreaker(START), many(5, MISS)).breaker

/** One probe from its beginning to its word. */
function probed(breaker: Breaker, calls: readonly Call[], now: number) {
  const taken = takeProbe(breaker, now, MINUTE)!.breaker
  return read(taken, calls, { probe: taken.probeNo, begunAt: now, now })
}

describe('a breaker opens', () => {
  test('at the fifth call in a row without an answer, whoever made them', () => {
    let breaker = newBreaker(START)
    for (const calls of [[MISS], [null, 'InstitutionTooSlow'], [MISS, MISS], [MISS]] as Call[][]) {
      const { breaker: next, transition } = read(breaker, calls)
      expect(transition).toBeNull()
      breaker = next
    }
    expect(breaker.misses).toBe(4)
    expect(read(breaker, [MISS])).toMatchObject({
      breaker: { state: 'open', openings: 1, probeFrom: START + 30 * SECOND },
      transition: { at: START, from: 'closed', to: 'open', cause: 'unanswered' },
    })
  })

  test('counting on over our own faults, and anew after any answer', () => {
    const after = (between: Call) => read(newBreaker(START), [...many(4, MISS), between, MISS]).breaker.state
    expect((['Unexpected', 'RateLimited', 'UnexpectedResponse', null] as Call[]).map(after)).toEqual([
      'open',
      'closed',
      'closed',
      'closed',
    ])
  })

  test('when more than half of twenty calls of a minute failed by its own fault, answered or not', () => {
    const half = read(newBreaker(START), [...many(10, null), ...many(10, 'UnexpectedResponse')]).breaker
    expect(half.state).toBe('closed')
    expect(read(half, ['UnexpectedResponse'], { now: START + 40 * SECOND }).transition?.cause).toBe(
      'mostly_failing',
    )
    expect(read(half, many(10, 'UnexpectedResponse'), { now: START + 70 * SECOND }).transition).toBeNull()
    expect(read(newBreaker(START), many(19, 'UnexpectedResponse')).transition).toBeNull()
  })

  test('never for what we, the user or nobody is to blame for', () => {
    const calls = fc.array(fc.constantFrom(null, ...NOT_ITS_FAULT), { maxLength: 60 })
    fc.assert(
      fc.property(fc.array(calls, { maxLength: 10 }), (readings) => {
        let breaker = newBreaker(START)
        for (const reading of readings) breaker = read(breaker, reading).breaker
        return breaker.state === 'closed' && breaker.misses === 0
      }),
    )
  })

  test('never while nobody answers us, and what it had counted until then is forgotten', () => {
    const four = read(newBreaker(START), many(4, MISS)).breaker
    const down = read(four, many(50, MISS), { isOurNetworkDown: true })
    expect(down).toMatchObject({ breaker: { state: 'closed', misses: 0, minute: [] }, transition: null })
  })

  test('never for what began before it last closed', () => {
    const closed = { ...newBreaker(START + MINUTE), openings: 1 }
    const late = read(closed, many(50, MISS), { begunAt: START, now: START + MINUTE })
    expect(late).toMatchObject({ breaker: { state: 'closed', misses: 0 }, transition: null })
  })

  test('in any order of what ends at one instant', () => {
    const readings = fc.shuffledSubarray([[MISS], [MISS, MISS], [MISS], [MISS, MISS, MISS]], { minLength: 4 })
    fc.assert(
      fc.property(readings, (order) => {
        let breaker = newBreaker(START)
        for (const reading of order) breaker = read(breaker, reading).breaker
        return breaker.state === 'open' && breaker.openings === 1
      }),
    )
  })
})

describe('a breaker heals', () => {
  test('by three good probes, one after another', () => {
    const now = START + 30 * SECOND
    let breaker = openOne()
    expect(permit(breaker, now - 1)).toEqual({ notBefore: now })
    for (const goodProbes of [1, 2]) {
      const { breaker: next, transition } = probed(breaker, [null], now)
      expect(next).toMatchObject({ state: 'half_open', goodProbes })
      expect(transition).toBeNull()
      breaker = next
    }
    expect(probed(breaker, [null, null], now)).toMatchObject({
      breaker: { state: 'closed', misses: 0, minute: [], openedAt: null, probeUntil: null },
      transition: { from: 'half_open', to: 'closed', cause: 'probes_answered' },
    })
  })

  test('after 30 s, and after twice as long each time a probe fails, up to ten minutes', () => {
    let breaker = openOne()
    const waits: number[] = []
    for (let i = 0; i < 7; i += 1) {
      const now = breaker.probeFrom!
      waits.push(now - breaker.since)
      breaker = probed(breaker, [MISS], now).breaker
      expect(breaker).toMatchObject({ state: 'open', cause: 'probe_failed', openedAt: START })
    }
    expect(waits.map((ms) => ms / SECOND)).toEqual([30, 60, 120, 240, 480, 600, 600])
    expect(openForMs(10_000)).toBe(10 * MINUTE)
  })

  test('after 30 s again where a probe fails that came after a good one', () => {
    const flapping = { ...openOne(), openings: 6 }
    const good = probed(flapping, [null], START + 30 * SECOND).breaker
    const { breaker } = probed(good, [MISS], START + 31 * SECOND)
    expect(breaker).toMatchObject({ state: 'open', openings: 1, probeFrom: START + 61 * SECOND })
  })

  test('no sooner for having been closed for a moment, and anew after ten calm minutes', () => {
    const closed = { ...newBreaker(START), openings: 3 }
    const openings = (now: number) => read(closed, many(5, MISS), { now }).breaker.openings
    expect([MINUTE, 10 * MINUTE - 1, 10 * MINUTE].map((ms) => openings(START + ms))).toEqual([4, 4, 1])
  })

  test('not by a probe of which half failed, nor by one that met nobody’s answer, which costs the same wait', () => {
    const now = START + 30 * SECOND
    expect(probed(openOne(), [null, MISS], now).breaker).toMatchObject({ state: 'open', openings: 2 })
    for (const calls of [[], ['CredentialsRejected'], ['RateLimited', 'Unexpected']] as Call[][]) {
      const { breaker, transition } = probed(openOne(), calls, now)
      expect(breaker).toMatchObject({ state: 'half_open', openings: 1, goodProbes: 0 })
      expect(transition).toBeNull()
      expect(permit(breaker, now)).toEqual({ notBefore: now + 30 * SECOND })
    }
  })

  test('by the probe alone: what ordinary readings bring meanwhile is old', () => {
    const open = openOne()
    for (const calls of [many(40, null), many(40, MISS)]) {
      const { answeredAt, missedAt, ...rest } = read(open, calls, { begunAt: START + MINUTE }).breaker
      expect({ ...open, ...rest }).toEqual(open)
      expect([answeredAt, missedAt]).toContain(START)
    }
  })

  test('by the probe that holds the lease, not by one that lost it', () => {
    const first = takeProbe(openOne(), START + 30 * SECOND, MINUTE)!.breaker
    expect(permit(first, START + 40 * SECOND)).toEqual({ notBefore: START + 45 * SECOND })
    expect(permit(first, START + 89 * SECOND)).toEqual({ notBefore: START + 90 * SECOND })
    const second = takeProbe(first, START + 90 * SECOND, MINUTE)!.breaker
    expect(takeProbe(first, START + 90 * SECOND, 1)!.breaker.probeUntil).toBe(START + 120 * SECOND)
    const late = read(second, [null], { probe: first.probeNo, now: START + 95 * SECOND }).breaker
    expect(late).toMatchObject({ probeUntil: second.probeUntil, goodProbes: 0 })
  })
})

describe('an operator’s word', () => {
  test('keeps it open whatever answers, until its end, and then a probe heals it', () => {
    const until = START + 10 * MINUTE
    const { breaker, transition } = force(newBreaker(START), 'open', until, START)
    expect(transition).toMatchObject({ from: 'closed', to: 'open', cause: 'operator' })
    const later = read(breaker, many(40, null), { now: START + MINUTE }).breaker
    expect(permit(later, until - 1)).toEqual({ notBefore: until })
    expect(permit(later, until)).toBe('probe')
  })

  test('does not let another probe go beside the one in flight', () => {
    const now = START + 30 * SECOND
    const probing = takeProbe(openOne(), now, MINUTE)!.breaker
    const { breaker } = force(probing, 'open', now + SECOND, now)
    expect(permit(breaker, now + 2 * SECOND)).toEqual({ notBefore: now + 7 * SECOND })
    const ended = read(breaker, [null], { probe: probing.probeNo, now }).breaker
    expect(permit(ended, now + 2 * SECOND)).toBe('probe')
  })

  test('keeps it closed whatever fails, and then it counts from nothing', () => {
    const until = START + 10 * MINUTE
    const { breaker } = force(openOne(), 'closed', until, START)
    const failing = read(breaker, many(100, MISS), { now: until - 1 }).breaker
    expect(failing).toMatchObject({ state: 'closed', misses: 0, minute: [], openings: 0 })
    expect(read(failing, many(4, MISS), { now: until }).breaker.state).toBe('closed')
    expect(read(failing, many(5, MISS), { now: until }).breaker).toMatchObject({ state: 'open', openings: 1 })
  })

  test('can be taken back: a probe may go at once', () => {
    const { breaker } = force(newBreaker(START), 'open', START + MINUTE, START)
    expect(permit(release(breaker, START + 1), START + 1)).toBe('probe')
    expect(release(openOne(), START + 1)).toEqual(openOne())
  })
})
