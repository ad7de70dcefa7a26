import { expect, test } from 'vitest'

import { isWhole, judgePart, type Part, type PartFacts } from './judge.ts'

const at = (minute: number): Date => new Date(Date.UTC(2026, 1, 1, 0, minute))

const makeFacts = (given: Partial<PartFacts> = {}): PartFacts => ({
  consent: 'active',
  generation: 2,
  collected: { generation: 2, asOf: at(10), hasGaps: false },
  notOlderThan: at(10),
  isExcused: false,
  isSetAside: false,
  isBeingRead: false,
  failure: null,
  ...given,
})

const NEVER = { collected: null }
const RENEWED = { collected: { generation: 1, asOf: at(20), hasGaps: false } }
const OLD = { notOlderThan: at(11) }
const GAPS = { collected: { generation: 2, asOf: at(10), hasGaps: true } }
const FAILED = { failure: 'RateLimited' as const }

test.each<[string, Partial<PartFacts>, Part, boolean]>([
  ['read as it was asked', {}, { state: 'fresh', reason: null, isRequired: true }, true],
  ['never read', NEVER, { state: 'absent', reason: 'never_collected', isRequired: true }, false],
  [
    'never read and failed',
    { ...NEVER, ...FAILED },
    { state: 'absent', reason: 'RateLimited', isRequired: true },
    false,
  ],
  [
    'read under an earlier consent',
    RENEWED,
    { state: 'carried_over', reason: 'earlier_consent', isRequired: true },
    false,
  ],
  ['older than asked', OLD, { state: 'carried_over', reason: 'older_than_asked', isRequired: true }, false],
  [
    'older than asked and failed',
    { ...OLD, ...FAILED },
    { state: 'carried_over', reason: 'RateLimited', isRequired: true },
    false,
  ],
  ['read with gaps', GAPS, { state: 'fresh', reason: 'gaps', isRequired: true }, false],
  [
    'read by an earlier try of a row that failed since',
    FAILED,
    { state: 'fresh', reason: null, isRequired: true },
    true,
  ],
  [
    'in need of its user',
    { ...OLD, consent: 'needs_user' },
    { state: 'carried_over', reason: 'older_than_asked', isRequired: false },
    true,
  ],
  [
    'in need of its user, and not a day old',
    { failure: 'CredentialsRejected', consent: 'needs_user' },
    { state: 'carried_over', reason: 'CredentialsRejected', isRequired: false },
    true,
  ],
  [
    'set aside, however young what is kept of it',
    { isSetAside: true, failure: 'Unexpected' },
    { state: 'carried_over', reason: 'Unexpected', isRequired: false },
    true,
  ],
  ['excused', { ...NEVER, isExcused: true }, { state: 'absent', reason: 'excused', isRequired: false }, true],
  [
    'excused, but read as asked all the same',
    { isExcused: true },
    { state: 'fresh', reason: null, isRequired: false },
    true,
  ],
  [
    'older than asked, and being read',
    { ...OLD, isBeingRead: true },
    { state: 'carried_over', reason: 'still_reading', isRequired: true },
    false,
  ],
  [
    'withdrawn',
    { ...NEVER, consent: 'ended' },
    { state: 'absent', reason: 'never_collected', isRequired: false },
    true,
  ],
])('what is %s', (_, given, part, whole) => {
  expect(judgePart(makeFacts(given))).toEqual(part)
  expect(isWhole(part)).toBe(whole)
})
