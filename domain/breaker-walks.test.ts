import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { afterReading } from './breaker-evidence.ts'
import { type Breaker, force, newBreaker, permit, release, takeProbe } from './breaker.ts'
import { FAILURES, type FailureName } from './failures.ts'
import { absolve } from './our-network.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const START = Date.UTC(2026, 10, 23)

type Call = FailureName | null
const MISS: Call = 'InstitutionUnavailable'
const NAMES = Object.keys(FAILURES) as FailureName[]

type Step =
  | { do: 'wait'; ms: number }
  | { do: 'ask'; leaseMs: number }
  | { do: 'end'; which: number; calls: Call[]; twice: boolean; isOurNetworkDown: boolean }
  | { do: 'force'; to: 'open' | 'closed'; ms: number }
  | { do: 'release' }
  | { do: 'absolve' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(2 * MINUTE) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('ask' as const), leaseMs: fc.nat(3 * MINUTE) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(20),
      calls: fc.array(fc.constantFrom(null, MISS, MISS, ...NAMES), { maxLength: 8 }),
      twice: fc.boolean(),
      isOurNetworkDown: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('force' as const),
      to: fc.constantFrom('open' as const, 'closed' as const),
      ms: fc.nat(5 * MINUTE),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'release' }, { do: 'absolve' }) },
)

type Begun = { probe: number | null; begunAt: number; until: number }

/** Plays steps against one breaker; `look` sees it after each, with the readings that are under way. */
function play(
  steps: readonly Step[],
  look: (state: { breaker: Breaker; now: number; underWay: readonly Begun[]; step: Step }) => void,
) {
  let now = START
  // Half of the walks begin where it has just opened: few find the way there by themselves.
  let breaker = newBreaker(now)
  if (steps.length % 2 === 0) {
    const calls = Array.from({ length: 5 }, () => ({ failure: MISS }))
    breaker = afterReading(breaker, {
      calls,
      probe: null,
      begunAt: now,
      now,
      isOurNetworkDown: false,
    }).breaker
  }
  const underWay: Begun[] = []
  for (const each of steps) {
    if (each.do === 'wait') now += each.ms
    if (each.do === 'ask') {
      const answer = permit(breaker, now)
      const taken = answer === 'probe' ? takeProbe(breaker, now, each.leaseMs) : null
      if (taken) breaker = taken.breaker
      if (answer === 'go') underWay.push({ probe: null, begunAt: now, until: now })
      if (taken) underWay.push({ probe: breaker.probeNo, begunAt: now, until: breaker.probeUntil! })
    }
    if (each.do === 'end' && underWay.length > 0) {
      const [begun] = underWay.splice(each.which % underWay.length, 1)
      const { probe, begunAt } = begun!
      const calls = each.calls.map((failure) => ({ failure }))
      const evidence = { calls, probe, begunAt, now, isOurNetworkDown: each.isOurNetworkDown }
      for (let i = 0; i < (each.twice ? 2 : 1); i += 1) breaker = afterReading(breaker, evidence).breaker
    }
    if (each.do === 'force') breaker = force(breaker, each.to, now + each.ms, now).breaker
    if (each.do === 'release') breaker = release(breaker, now)
    if (each.do === 'absolve') breaker = absolve(breaker, START - 1, now).breaker
    look({ breaker, now, underWay, step: each })
  }
}

describe('whatever happens, in any order and twice,', () => {
  const always = (check: (steps: readonly Step[]) => void) =>
    fc.assert(fc.property(fc.array(step, { maxLength: 80 }), check), { numRuns: 1_000 })

  test('no two probes hold a lease at one time', () => {
    always((steps) =>
      play(steps, ({ breaker, now, underWay }) => {
        const since = breaker.openedAt ?? Infinity
        const held = underWay.filter(
          ({ probe, begunAt, until }) => probe !== null && begunAt >= since && until > now,
        )
        expect(held.length).toBeLessThanOrEqual(1)
        if (held.length === 1) expect(takeProbe(breaker, now, MINUTE)).toBeNull()
      }),
    )
  })

  test('probes that bring nothing good are at least 30 s apart', () => {
    always((steps) => {
      let last: { at: number; good: number; openedAt: number | null } | null = null
      let probes = 0
      play(steps, ({ breaker, now, step: { do: what } }) => {
        if (what === 'release' || what === 'force') last = null // an operator may ask for one at any time
        if (breaker.probeNo === probes) return
        probes = breaker.probeNo
        if (last && last.good === breaker.goodProbes && last.openedAt === breaker.openedAt) {
          expect(now - last.at).toBeGreaterThanOrEqual(30 * SECOND)
        }
        last = { at: now, good: breaker.goodProbes, openedAt: breaker.openedAt }
      })
    })
  })

  test('an operator’s word wins for as long as it lasts', () => {
    always((steps) =>
      play(steps, ({ breaker, now }) => {
        if (breaker.forced === null || breaker.forced.until <= now) return
        expect(breaker.state).toBe(breaker.forced.to)
        const expected = breaker.forced.to === 'closed' ? 'go' : { notBefore: breaker.forced.until }
        if (breaker.probeUntil === null) expect(permit(breaker, now)).toEqual(expected)
        else expect(permit(breaker, now)).toHaveProperty('notBefore')
      }),
    )
  })

  test('whoever must wait is told until when, later than now and no later than ten minutes unless a person said so', () => {
    always((steps) =>
      play(steps, ({ breaker, now }) => {
        const answer = permit(breaker, now)
        if (typeof answer === 'string') return
        expect(answer.notBefore).toBeGreaterThan(now)
        if (breaker.forced === null) expect(answer.notBefore).toBeLessThanOrEqual(now + 10 * MINUTE)
      }),
    )
  })

  test('it closes again once the institution answers, and is a value that survives being stored', () => {
    always((steps) => {
      let last = { breaker: newBreaker(START), now: START }
      play(steps, ({ breaker, now }) => {
        last = { breaker, now }
        expect(breaker.minute.length).toBeLessThanOrEqual(7)
        expect(JSON.parse(JSON.stringify(breaker))).toEqual(breaker)
      })
      let { breaker, now } = last
      for (let i = 0; i < 200 && breaker.state !== 'closed'; i += 1) {
        const answer = permit(breaker, now)
        if (typeof answer === 'object') now = answer.notBefore
        else breaker = goodProbe(breaker, now)
      }
      expect(breaker.state).toBe('closed')
    })
  })
})

function goodProbe(breaker: Breaker, now: number): Breaker {
  const taken = takeProbe(breaker, now, MINUTE)!.breaker
  const calls = [{ failure: null }]
  return afterReading(taken, { calls, probe: taken.probeNo, begunAt: now, now, isOurNetworkDown: false })
    .breaker
}
