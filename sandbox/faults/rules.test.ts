import { describe, expect, test } from 'vitest'

import { createBehaviours } from '../behaviour.ts'
import type { Behaviour } from './rule.ts'

const BANKS = Array.from({ length: 10 }, (_, at) => `BANK${at}`)
const FAILS = { status: { http: 500 } }

/** Rules on a clock that stands where it is put. */
function rulesAt(start: string, seed = 'seed') {
  let [now, realNow] = [Date.parse(start), 0]
  const rules = createBehaviours(seed, { institutionIds: BANKS, now: () => now, realNow: () => realNow })
  return {
    ...rules,
    add: (rule: Partial<Behaviour>) => rules.add({ institutionId: '*', ...FAILS, ...rule }),
    put: (instant: string) => (now = Date.parse(instant)),
    pass: (seconds: number) => (now += seconds * 1000),
    passReally: (seconds: number) => (realNow += seconds * 1000),
    /** How many calls fail, one after the other. */
    fails: (institutionId = 'BANK0', person = 'p', times = 1) =>
      Array.from({ length: times }, () => rules.next(institutionId, 'bank-001', { person })).map(
        ({ status }) => status !== undefined,
      ),
  }
}

describe('when a rule holds', () => {
  test.each([
    ['01:00', '05:00', '2026-11-22T00:59:59+09:00', false],
    ['01:00', '05:00', '2026-11-22T01:00:00+09:00', true],
    ['01:00', '05:00', '2026-11-22T04:59:59+09:00', true],
    ['01:00', '05:00', '2026-11-22T05:00:00+09:00', false],
    ['23:30', '00:30', '2026-11-22T23:45:00+09:00', true],
    ['23:30', '00:30', '2026-11-23T00:15:00+09:00', true],
    ['23:30', '00:30', '2026-11-23T00:30:00+09:00', false],
    ['2026-11-22T10:00:00+09:00', '2026-11-22T11:00:00+09:00', '2026-11-22T10:30:00+09:00', true],
    ['2026-11-22T10:00:00+09:00', '2026-11-22T11:00:00+09:00', '2026-11-22T11:00:00+09:00', false],
    ['2026-11-22T10:00:00+09:00', undefined, '2027-01-01T00:00:00+09:00', true],
    [undefined, '2026-11-22T10:00:00+09:00', '2026-11-22T10:30:00+09:00', false],
  ])('from %s until %s: at %s %s', (from, until, at, holds) => {
    const rules = rulesAt(at)
    rules.add({ from, until })
    expect(rules.fails()).toEqual([holds])
    expect(rules.inForce('BANK0')).toEqual(holds ? ['rule-1'] : [])
  })

  test('for so many seconds after it was made', () => {
    const rules = rulesAt('2026-11-22T12:00:00+09:00')
    rules.add({ forSeconds: 600 })
    const before = rules.fails()
    rules.pass(599)
    expect([...before, ...rules.fails()]).toEqual([true, true])
    rules.pass(1)
    expect(rules.fails()).toEqual([false])
  })

  test('of the calls from one on, each so-manieth, so many times', () => {
    const rules = rulesAt('2026-11-22T12:00:00+09:00')
    rules.add({ after: 2, every: 3, times: 2 })
    const struck = rules.fails('BANK0', 'p', 12).flatMap((fails, at) => (fails ? [at + 1] : []))
    expect([struck, rules.list()]).toEqual([[2, 5], []])
  })

  test('for calls beyond what a person may make at an institution in a second, and for nobody else', () => {
    const rules = rulesAt('2026-11-22T12:00:00+09:00')
    rules.add({ over: { calls: 2, perSeconds: 1 } })
    expect(rules.fails('BANK0', 'p', 4)).toEqual([false, false, true, true])
    expect([...rules.fails('BANK1', 'p'), ...rules.fails('BANK0', 'q')]).toEqual([false, false])
    rules.passReally(1)
    expect(rules.fails()).toEqual([false])
  })

  test('for a share of institutions, the same ones for all rules of a group', () => {
    const rules = rulesAt('2026-11-22T12:00:00+09:00')
    rules.add({ share: 0.3, group: 'down', times: 1 })
    const one = rules.add({ share: 0.3, group: 'down' })
    const other = rules.add({ share: 0.3, group: 'down' })
    const ofRule = (id: string) => BANKS.filter((bank) => rules.inForce(bank).includes(id))
    expect(ofRule(one)).toHaveLength(3)
    expect(ofRule(other)).toEqual(ofRule(one))
  })
})

describe('what is drawn', () => {
  const draws = (seed: string) => {
    const rules = rulesAt('2026-11-22T12:00:00+09:00', seed)
    rules.add({ probability: 0.2 })
    return rules.fails('BANK0', 'p', 20_000)
  }

  test('holds its probability, and comes from the seed alone', () => {
    const drawn = draws('seed')
    const share = drawn.filter(Boolean).length / drawn.length
    expect(Math.abs(share - 0.2)).toBeLessThan(0.01)
    expect(draws('seed')).toEqual(drawn)
    expect(draws('other')).not.toEqual(drawn)
  })

  test('does not depend on what other institutions are asked', () => {
    const rules = rulesAt('2026-11-22T12:00:00+09:00')
    rules.add({ probability: 0.2 })
    const mixed = Array.from({ length: 200 }, () => {
      rules.fails('BANK1')
      return rules.fails('BANK0')[0]
    })
    expect(mixed).toEqual(draws('seed').slice(0, 200))
  })

  test('with drawnEverySeconds holds for an institution until it is drawn again', () => {
    const rules = rulesAt('2026-11-22T12:00:00+09:00')
    rules.add({ probability: 0.5, drawnEverySeconds: 60 })
    const minutes = Array.from({ length: 400 }, () => {
      const all = rules.fails('BANK0', 'p', 5)
      rules.pass(60)
      return all
    })
    expect(minutes.every((minute) => new Set(minute).size === 1)).toBe(true)
    const down = minutes.filter(([fails]) => fails).length
    expect(Math.abs(down / 400 - 0.5)).toBeLessThan(0.1)
  })
})

describe('which rule decides', () => {
  test('the newest of those as near as each other, and one that does not strike leaves it to the next', () => {
    const rules = rulesAt('2026-11-22T12:00:00+09:00')
    const old = rules.add({ status: { http: 503 } })
    rules.add({ status: { http: 429 }, times: 1 })
    rules.add({ institutionId: 'BANK0', status: { http: 400 }, after: 3 })
    const seen = Array.from({ length: 3 }, () => rules.next('BANK0', 'bank-001').status?.http)
    expect(seen).toEqual([429, 503, 400])
    expect(rules.next('BANK1', 'bank-001').rule).toBe(old)
  })

  test('a rule of its own comes before the profile, whose latency stays', () => {
    const rules = rulesAt('2026-11-22T12:00:00+09:00')
    const slow = { institutionId: '*', latencyMs: 70 }
    rules.play({ name: 'p', says: '', rules: [{ institutionId: '*', status: { http: 503 } }, slow] })
    expect(rules.next('BANK0', 'bank-001')).toMatchObject({ status: { http: 503 }, delayMs: 70, rule: 'p-1' })
    rules.add({ mangle: 'html', status: undefined })
    expect(rules.next('BANK0', 'bank-001')).toMatchObject({ mangle: 'html', status: undefined, delayMs: 70 })
  })

  test('a rule is replaced by its id, removed by it, and counts what it struck', () => {
    const rules = createBehaviours('seed')
    const id = rules.add({ institutionId: '*', ...FAILS }, 'mine')
    rules.add({ institutionId: 'A', ...FAILS }, 'mine')
    expect([rules.next('B', 'x').status, rules.next('A', 'x').status]).toEqual([undefined, { http: 500 }])
    expect(rules.list()).toEqual([{ id: 'mine', institutionId: 'A', ...FAILS, seen: 1, fired: 1 }])
    expect([rules.remove(id), rules.remove(id), rules.next('A', 'x').status]).toEqual([
      true,
      false,
      undefined,
    ])
  })

  test('rules are limited, so that a mistake cannot fill the memory', () => {
    const rules = createBehaviours('seed')
    for (let made = 0; made < 200; made += 1) rules.add({ institutionId: '*', ...FAILS })
    expect(() => rules.add({ institutionId: '*', ...FAILS })).toThrow('more than 200 rules')
  })
})
