import { describe, expect, test } from 'vitest'

import {
  heldAt,
  heldInWords,
  type InstitutionOrder,
  type InstitutionSettings,
  obeyed,
  withTimeouts,
} from './institution-settings.ts'
import { ALWAYS_OPEN } from './windows.ts'

const NOW = new Date('2026-11-23T03:00:00Z')
const LATER = new Date('2026-11-23T05:00:00Z')

const makeSettings = (given: Partial<InstitutionSettings> = {}): InstitutionSettings => ({
  state: 'active',
  pausedUntil: null,
  concurrency: 100,
  windows: ALWAYS_OPEN,
  callMs: null,
  attemptMs: null,
  ...given,
})

const ORDERS: InstitutionOrder[] = [
  { verb: 'pause', until: null },
  { verb: 'pause', until: LATER },
  { verb: 'resume' },
  { verb: 'limits', concurrency: 3 },
  { verb: 'windows', windows: { hours: { mon: [{ from: '09:00', to: '18:00' }] }, maintenance: [] } },
  { verb: 'timeouts', callMs: 5_000, attemptMs: 60_000 },
]

test.each(ORDERS)('$verb said twice is done once', (order) => {
  const paused = order.verb === 'resume' ? { state: 'paused' as const } : {}
  const first = obeyed(makeSettings(paused), order, NOW)
  expect(first.outcome).toBe('done')
  expect(obeyed(first.after, order, NOW)).toEqual({ outcome: 'already', because: null, after: first.after })
})

test.each(ORDERS)('$verb says nothing of an institution that is removed', (order) => {
  const removed = makeSettings({ state: 'removed' })
  expect(obeyed(removed, order, NOW)).toEqual({
    outcome: 'refused',
    because: 'institution_removed',
    after: removed,
  })
})

describe('a time', () => {
  test('that has passed ends no pause', () => {
    expect(obeyed(makeSettings(), { verb: 'pause', until: NOW }, NOW)).toMatchObject({
      because: 'until_has_passed',
    })
  })

  test('of an attempt is not shorter than that of a call, whatever was said before', () => {
    const short = { verb: 'timeouts', callMs: 10_000, attemptMs: 9_000 } as const
    expect(obeyed(makeSettings(), short, NOW)).toMatchObject({ because: 'attempt_shorter_than_call' })
    const longCalls = makeSettings({ callMs: 60_000 })
    expect(obeyed(longCalls, { ...short, callMs: null }, NOW)).toMatchObject({ outcome: 'done' })
  })
})

describe('readings are held back', () => {
  test('by a pause until its end, or without end', () => {
    expect(heldAt(makeSettings({ state: 'paused' }), NOW)).toEqual({ because: 'paused', until: null })
    const paused = makeSettings({ state: 'paused', pausedUntil: LATER })
    expect(heldAt(paused, NOW)).toEqual({ because: 'paused', until: LATER })
    expect(heldInWords(paused, NOW)).toBe('paused, until 2026-11-23 14:00 in Korea')
    expect(heldAt(paused, LATER)).toBeNull()
    expect(heldInWords(paused, LATER)).toBeNull()
  })

  test('for good where it is removed, and by nothing else than windows where it is active', () => {
    expect(heldAt(makeSettings({ state: 'removed' }), NOW)).toEqual({ because: 'paused', until: null })
    expect(heldAt(makeSettings(), NOW)).toBeNull()
    const maintenance = [{ from: NOW, to: LATER, text: 'core banking' }]
    const closed = makeSettings({ windows: { hours: null, maintenance } })
    expect(heldAt(closed, NOW)).toEqual({ because: 'window', until: LATER })
    expect(heldInWords(closed, NOW)).toContain('core banking')
  })
})

describe('times of an institution’s own', () => {
  const limits = {
    callMs: 20_000,
    attemptMs: 120_000,
    readingMs: 300_000,
    heartbeatMs: 10_000,
    quickTries: 2,
    waitsMs: [60_000],
  }
  const first = { ...limits, attemptMs: 600_000, readingMs: 1_800_000 }

  test('take the place of the policy’s', () => {
    expect(withTimeouts(limits, { callMs: null, attemptMs: null }, false)).toEqual(limits)
    expect(withTimeouts(limits, { callMs: 5_000, attemptMs: 60_000 }, false)).toEqual({
      ...limits,
      callMs: 5_000,
      attemptMs: 60_000,
    })
  })

  test('leave a first reading the longer time that it has, and all attempts together that of one', () => {
    expect(withTimeouts(first, { callMs: null, attemptMs: 60_000 }, true)).toEqual(first)
    expect(withTimeouts(limits, { callMs: null, attemptMs: 900_000 }, false)).toMatchObject({
      attemptMs: 900_000,
      readingMs: 900_000,
    })
    expect(withTimeouts(limits, { callMs: null, attemptMs: 10_000 }, false)).toMatchObject({ callMs: 10_000 })
  })
})
