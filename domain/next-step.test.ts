import { expect, test } from 'vitest'

import { nextStep, type ShownPart, type Standing } from './next-step.ts'

const NOW = new Date('2026-03-01T09:00:00Z')
const LATER = new Date('2026-03-01T10:00:00Z')

const part = (institutionId: string, given: Partial<ShownPart> = {}): ShownPart => ({
  institutionId,
  state: 'fresh',
  reason: null,
  isRequired: true,
  seq: 1,
  ...given,
})
const absent = { state: 'absent', seq: null } as const
const down = part('B', { ...absent, reason: 'InstitutionUnavailable' })

/** Parked for B, which is down, after A was shown. */
const parked = (given: Partial<Standing> = {}): Standing => ({
  plan: [{ state: 'failed', unseen: false, failure: 'InstitutionUnavailable', nextTryAt: LATER }],
  parts: [part('A'), down],
  published: [part('A'), down],
  deadline: LATER,
  now: NOW,
  ...given,
})

test('what is shown stays while nothing else could be shown', () => {
  expect(nextStep(parked())).toEqual({ next: 'park', wakeAt: LATER })
})

test.each<[string, Partial<Standing>]>([
  ['has ended', { parts: [down] }],
  [
    'has ended, and was deleted',
    { parts: [down], published: [part('A', { ...absent, reason: 'ConsentEnded' }), down] },
  ],
  ['has ended and was given again', { parts: [part('A', { ...absent, reason: 'never_collected' }), down] }],
  [
    'was narrowed, and what was held erased',
    { parts: [part('A', { ...absent, reason: 'still_reading' }), down] },
  ],
])('a snapshot that contains an institution whose consent %s is cut anew', (_, given) => {
  expect(nextStep(parked(given))).toEqual({ next: 'cut' })
})

test('when nothing remains, an empty snapshot is cut', () => {
  expect(nextStep(parked({ plan: [], parts: [], published: [part('A')] }))).toEqual({ next: 'cut' })
})
