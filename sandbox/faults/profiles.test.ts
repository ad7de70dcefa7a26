import { describe, expect, test } from 'vitest'

import { createBehaviours } from '../behaviour.ts'
import { profileOf, UK_MEANS_MS } from './profiles.ts'
import type { Effect } from './rule.ts'

const DRAWS = 20_000
const NOON = Date.parse('2026-11-22T12:00:00+09:00')
const HOUR_MS = 3_600_000

/** As many calls as draws, each of another person, at so many institutions and so many hours. */
function draw(
  name: string,
  { seed = 'seed', institutions = 500, start = NOON, stepMs = 0 } = {},
): { institutionId: string; effect: Effect }[] {
  const institutionIds = Array.from({ length: institutions }, (_, at) => `BANK${at}`)
  let [now, realNow] = [start, 0]
  const rules = createBehaviours(seed, { institutionIds, now: () => now, realNow: () => realNow })
  rules.play(profileOf(name, institutionIds)!)
  return Array.from({ length: DRAWS }, (_, at) => {
    if (at % institutions === 0) now += stepMs
    realNow += 1000
    const institutionId = institutionIds[at % institutions]!
    return { institutionId, effect: rules.next(institutionId, 'bank-001', { person: 'p' }) }
  })
}

const shareOf = (drawn: { effect: Effect }[], is: (effect: Effect) => boolean) =>
  drawn.filter(({ effect }) => is(effect)).length / drawn.length

describe('realistic', () => {
  const drawn = draw('realistic')
  const timeOf = ({ hang, delayMs }: Effect) => (hang === true ? Infinity : delayMs)
  const delays = drawn.map(({ effect }) => timeOf(effect)).toSorted((one, other) => one - other)
  const percentile = (part: number) => delays[Math.floor(part * delays.length)]!

  // The published figures; tolerances are those of 500 institutions' means and 20,000 draws.
  test.each([
    [0.5, 411, 0.06],
    [0.9, 983, 0.06],
    [0.95, 1287, 0.08],
    [0.99, 2864, 0.15],
  ])('the %d percentile of a call is %d ms', (part, wanted, tolerance) => {
    expect(Math.abs(percentile(part) / wanted - 1)).toBeLessThan(tolerance)
  })

  test('each institution keeps one of the published means', () => {
    const byBank = new Map<string, number[]>()
    for (const { institutionId, effect } of drawn)
      byBank.set(institutionId, [...(byBank.get(institutionId) ?? []), effect.delayMs])
    const means = [...byBank.values()].map(
      (delayed) => delayed.reduce((sum, delayMs) => sum + delayMs, 0) / delayed.length,
    )
    // 40 draws with a slow mode in them: single means stray, their spread does not.
    expect(Math.min(...means)).toBeLessThan(Math.min(...UK_MEANS_MS) * 1.2)
    expect(Math.max(...means)).toBeGreaterThan(Math.max(...UK_MEANS_MS) * 0.9)
  })

  test('0.2 % hang, and 0.61 % of the calls fail', () => {
    const up = draw('realistic', { institutions: 10 }).concat(
      draw('realistic', { institutions: 10, seed: 'two' }),
    )
    const isOutage = ({ rule }: Effect) => rule === 'realistic-1' || rule === 'realistic-2'
    const answered = up.filter(({ effect }) => !isOutage(effect))
    expect(Math.abs(shareOf(answered, ({ hang }) => hang === true) - 0.002)).toBeLessThan(0.0008)
    const fails = ({ status, mangle }: Effect) => status !== undefined || mangle !== undefined
    expect(Math.abs(shareOf(answered, fails) - 0.0061)).toBeLessThan(0.0015)
  })

  test('an institution is down for whole hours, 0.78 % of them', () => {
    const hours = draw('realistic', { institutions: 20, start: NOON, stepMs: HOUR_MS })
    const down = shareOf(hours, ({ rule }) => rule === 'realistic-2')
    expect(Math.abs(down - 0.0078)).toBeLessThan(0.003)
  })

  test('maintenance is at night only, says 50008, and when it ends', () => {
    const at = (start: string) => {
      const night = draw('realistic', { institutions: 400, start: Date.parse(start) })
      return night.filter(({ effect }) => effect.status?.rspCode === '50008').map(({ effect }) => effect)
    }
    const [effect] = at('2026-11-23T03:00:00+09:00')
    expect([effect?.status, effect?.endsAt]).toEqual([
      { http: 503, rspCode: '50008', retryAfter: { untilEnd: true } },
      Date.parse('2026-11-23T05:00:00+09:00'),
    ])
    expect(at('2026-11-23T06:00:00+09:00')).toEqual([])
  })

  test('more than ten calls of a person in a second get 429', () => {
    const rules = createBehaviours('seed', { institutionIds: ['A'], now: () => NOON, realNow: () => 0 })
    rules.play(profileOf('realistic', ['A'])!)
    const last = Array.from({ length: 30 }, () => rules.next('A', 'x', { person: 'p' }).status?.http).slice(
      10,
    )
    expect(last.filter((http) => http === 429).length).toBeGreaterThan(17)
  })
})

describe('the other profiles', () => {
  test('calm does nothing', () => {
    expect(shareOf(draw('calm'), ({ delayMs, rule }) => delayMs === 0 && rule === undefined)).toBe(1)
  })

  test('storm has 30 % of the institutions down for ten minutes, then none of them', () => {
    const down = (start: number) => {
      const ids = Array.from({ length: 10 }, (_, at) => `BANK${at}`)
      let now = NOON
      const rules = createBehaviours('seed', { institutionIds: ids, now: () => now })
      rules.play(profileOf('storm', ids)!)
      now += start
      return ids.filter((id) => rules.inForce(id).includes('storm-2'))
    }
    expect([down(0).length, down(599_000), down(600_000)]).toEqual([3, down(0), []])
  })

  test('storm flaps, limits one call in twenty, and is twice as slow', () => {
    const storm = draw('storm', { institutions: 20, stepMs: 15_000 })
    const flapping = storm.filter(({ effect }) => effect.rule === 'storm-3')
    expect(new Set(flapping.map(({ institutionId }) => institutionId)).size).toBeLessThanOrEqual(4)
    expect(flapping.length / storm.length).toBeGreaterThan(0.05)
    const others = storm.filter(
      ({ effect }) => !['storm-1', 'storm-2', 'storm-3'].includes(effect.rule ?? ''),
    )
    expect(Math.abs(shareOf(others, ({ status }) => status?.http === 429) - 0.05)).toBeLessThan(0.01)
    const delays = storm.map(({ effect }) => effect.delayMs).toSorted((one, other) => one - other)
    expect(delays[DRAWS / 2]).toBeGreaterThan(650)
  })

  test('an outage is of one institution, and all of it', () => {
    const calls = draw('outage:BANK1', { institutions: 4 })
    const down = ({ status, mangle }: Effect) => status?.http === 503 || mangle === 'reset-first'
    for (const { institutionId, effect } of calls) expect(down(effect)).toBe(institutionId === 'BANK1')
    expect(profileOf('outage:NOWHERE', ['BANK1'])).toBeUndefined()
  })

  test.each(['realistic', 'storm'])('%s does the same with the same seed', (name) => {
    const effects = (seed: string) => draw(name, { seed }).map(({ effect }) => effect)
    expect(effects('seed')).toEqual(effects('seed'))
    expect(effects('other')).not.toEqual(effects('seed'))
  })
})
