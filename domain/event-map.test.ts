import { describe, expect, test } from 'vitest'

import {
  CLIENT_EVENTS,
  DEADLINE_MS,
  DEFAULT_CYCLE_MS,
  EVENTS,
  type EventRule,
  isEventType,
} from './event-map.ts'

const RULES: [string, EventRule][] = Object.entries(EVENTS)

describe.each(RULES)('%s', (type, rule) => {
  test('is named page.past, for a page and an action', () => {
    expect(type).toMatch(/^[a-z]+\.[a-z]+(_[a-z]+)*$/)
    expect(rule.page).toBe(type.split('.')[0] === 'member' ? 'member' : type.split('.')[0])
    expect(rule.action).toMatch(/^[a-z]+$/)
  })

  test('a button asks for now and goes first; a view does not, and an order asks for now and takes its turn', () => {
    expect(rule.freshEnoughMs === 0).toBe(rule.isButton || rule.raisedBy === 'operator')
    expect(rule.priority === 1).toBe(rule.isButton)
  })

  test('what is fresh enough is younger than the user’s cycle, and patience ends before the deadline', () => {
    expect(rule.freshEnoughMs).toBeLessThan(DEFAULT_CYCLE_MS)
    expect(rule.patienceMs).toBeGreaterThan(0)
    expect(rule.patienceMs).toBeLessThan(DEADLINE_MS)
  })
})

test('clients may raise everything but what belongs to a route of its own, or to nobody', () => {
  const ofOthers = [
    'consent.granted',
    'consent.narrowed',
    'consent.revoked',
    'institution.recovered',
    'reading.replayed',
  ]
  expect(CLIENT_EVENTS.filter((type) => ofOthers.includes(type))).toEqual([])
  expect(CLIENT_EVENTS).toHaveLength(RULES.length - ofOthers.length)
})

test('what a consent brings is read as such, and what nobody asked for as scheduled: another type is billed to the wrong side', () => {
  for (const [type, rule] of RULES) {
    const isOfConsent = type === 'consent.granted' || type === 'consent.narrowed'
    const isNobodys = type === 'institution.recovered'
    expect(rule.readsAs).toBe(isOfConsent ? 'user-consent' : isNobodys ? 'scheduled' : 'user-refresh')
  }
})

test('an event is known by its own name, not by what every object has', () => {
  expect(isEventType('assets.home_viewed')).toBe(true)
  for (const name of ['toString', '__proto__', 'constructor', 'assets', ''])
    expect(isEventType(name)).toBe(false)
})
