import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { bankRoutes } from '../sandbox/bank/routes.ts'
import { cardRoutes } from '../sandbox/card/routes.ts'
import { daysLeft, dueNotice, endOf, NOTICE_DAYS, renewableFrom } from './consent-time.ts'
import {
  covers,
  fullScope,
  isWithin,
  type Leave,
  mayCall,
  parseScope,
  PURPOSES,
  SCOPE_WORDS,
  WORD_OF_API,
} from './consent.ts'
import type { ApiType } from './reading.ts'

const DAY_MS = 86_400_000
const NOW = new Date('2026-11-22T03:00:00.000Z')
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY_MS)

const API_TYPES = ['scheduled', 'user-consent', 'user-refresh', 'user-search'] as const satisfies ApiType[]
const words = Object.values(SCOPE_WORDS).flat()
const scopes = fc.subarray(words).map((chosen) => chosen.join(' '))
const apis = fc.constantFrom(...Object.keys(WORD_OF_API), 'bank-005', 'card-014', 'toString', '')
const leaves = fc.record<Leave>({
  scope: scopes,
  purpose: fc.constantFrom(...Object.keys(PURPOSES), 'to sell it', '', 'constructor'),
  isRegular: fc.boolean(),
  endsAt: fc.integer({ min: -400, max: 400 }).map(inDays),
})
const calls = fc.record({ api: apis, apiType: fc.constantFrom(...API_TYPES), now: fc.constant(NOW) })

const makeLeave = (given: Partial<Leave> = {}): Leave => ({
  scope: 'bank.list bank.deposit',
  purpose: 'view-and-analyse',
  isRegular: true,
  endsAt: inDays(1),
  ...given,
})

describe('a call', () => {
  test('goes out only with its word, its purpose, its leave for schedules, and before the end', () => {
    fc.assert(
      fc.property(leaves, calls, (leave, call) => {
        const word = Object.entries(WORD_OF_API).find(([api]) => api === call.api)?.[1]
        const purpose = Object.entries(PURPOSES).find(([name]) => name === leave.purpose)?.[1]
        const isAllowed =
          word !== undefined &&
          leave.scope.split(' ').includes(word) &&
          purpose !== undefined &&
          (purpose.readAs as readonly string[]).includes(call.apiType) &&
          (leave.isRegular || call.apiType !== 'scheduled') &&
          NOW < leave.endsAt
        expect(mayCall(leave, call) === null).toBe(isAllowed)
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    ['within it', {}, 'bank-004', 'user-refresh', null],
    ['outside of its scope', {}, 'bank-010', 'user-refresh', 'OutsideConsent'],
    ['that no consent covers', {}, 'bank-099', 'user-refresh', 'OutsideConsent'],
    ['on schedule, without leave for that', { isRegular: false }, 'bank-004', 'scheduled', 'OutsideConsent'],
    ['on schedule, with it', {}, 'bank-004', 'scheduled', null],
    [
      'for another purpose',
      { purpose: 'view-on-request' as const },
      'bank-004',
      'scheduled',
      'OutsideConsent',
    ],
    ['at its very end', { endsAt: NOW }, 'bank-004', 'user-refresh', 'ConsentEnded'],
    ['about its tokens', { scope: 'bank.list' }, 'token-003', 'user-refresh', null],
  ] as const)('%s is answered as it must be', (_, given, api, apiType, why) => {
    expect(mayCall(makeLeave(given), { api, apiType, now: NOW })).toBe(why)
  })

  test('needs the word that the institutions ask for it', () => {
    const served = Object.values({ ...bankRoutes, ...cardRoutes }).map(({ api, scope }) => [api, scope])
    const ours = Object.entries(WORD_OF_API)
    expect(served).toEqual(expect.arrayContaining(ours))
    expect(ours.length).toBeGreaterThan(0)
  })
})

describe('a scope', () => {
  test('is written with each word once, in one order', () => {
    expect(parseScope('bank.loan  bank.list bank.loan', 'bank')).toBe('bank.list bank.loan')
    expect(parseScope('card.list', 'card')).toBe('card.list')
  })

  test.each([
    ['another industry’s word', 'bank.list card.list', 'bank'],
    ['a word that nobody has', 'bank.list bank.gold', 'bank'],
    ['no list', 'bank.deposit', 'bank'],
    ['nothing', '', 'bank'],
    ['an industry without words', 'bank.list', 'invest'],
    ['a name that every object has', 'toString', 'toString'],
  ])('with %s is none', (_, text, industry) => {
    expect(parseScope(text, industry)).toBeNull()
  })

  test('is within another exactly when that one covers every API it covers', () => {
    fc.assert(
      fc.property(scopes, scopes, (one, other) => {
        const isInside = Object.keys(WORD_OF_API).every((api) => !covers(one, api) || covers(other, api))
        expect(isWithin(one, other)).toBe(isInside)
      }),
    )
  })

  test('that is full covers every API of its industry', () => {
    const left = Object.keys(WORD_OF_API).filter(
      (api) => !['bank', 'card'].some((industry) => covers(fullScope(industry) ?? '', api)),
    )
    expect(left).toEqual([])
    expect(fullScope('invest')).toBeNull()
  })
})

describe('time', () => {
  test('a consent lasts as long as is allowed unless a shorter time is asked for', () => {
    expect(endOf(null, NOW, 365)).toEqual(inDays(365))
    expect(endOf(inDays(10), NOW, 365)).toEqual(inDays(10))
    expect(endOf(inDays(366), NOW, 365)).toBeNull()
    expect(endOf(NOW, NOW, 365)).toBeNull()
  })

  test('it may be renewed in its last thirty days', () => {
    expect(renewableFrom(inDays(30))).toEqual(NOW)
  })

  test('days that have begun are days that are left', () => {
    expect([0.1, 1, 1.1, 0, -3].map((days) => daysLeft(inDays(days), NOW))).toEqual([1, 1, 2, 0, 0])
  })

  test.each([
    [40, 365, null],
    [30, 365, 30],
    [8, 365, 30],
    [7, 365, 7],
    [1, 365, 1],
    [0.5, 365, 1],
    [0, 365, null],
    [-2, 365, null],
    [5, 5, null],
    [0.5, 5, 1],
  ])('%s days before the end of a consent of %s days the notice of %s is due', (left, lasts, notice) => {
    const endsAt = inDays(left)
    const grantedAt = new Date(endsAt.getTime() - lasts * DAY_MS)
    expect(dueNotice({ grantedAt, endsAt }, NOW)).toBe(notice)
  })

  test('each notice comes due once at most, in order, and all of them in a long consent', () => {
    const endsAt = inDays(365)
    const told = Array.from({ length: 366 }, (_, day) => dueNotice({ grantedAt: NOW, endsAt }, inDays(day)))
    expect([...new Set(told.filter((days) => days !== null))]).toEqual([...NOTICE_DAYS])
  })
})
