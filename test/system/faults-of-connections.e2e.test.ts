import { expect, test } from 'vitest'

import { describeFaults } from './support-e2e/fault-table.ts'
import {
  failed,
  gaps,
  type PlayedFault,
  type Rule,
  tooSlow,
  unavailable,
  unexpected,
  whole,
  wholeAtSecondTry,
} from './support-e2e/faults.ts'

/*
 * F23 to F26, F29, F38 and F40 of the catalogue, each with its variants: connections and statuses. What an institution says
 * is in faults-of-answers, TLS and refused connections in faults-of-doors, ten users at once in faults-of-crowds.
 */

const LIST = 'bank-001'
const BOOKINGS = 'bank-004'
// The limit ends it, not the fault: each of these goes on for a day, or as long as the answer is.
const BRIEF = { callMs: 500 }

type Mangle = NonNullable<Rule['mangle']>
const cut = (mangle: Mangle, ends = unavailable, more: Partial<PlayedFault> = {}): PlayedFault => ({
  name: mangle,
  rule: { api: BOOKINGS, mangle },
  ends,
  ...more,
})
const says = (http: number, more: object = {}): Rule => ({
  status: { http, rspCode: '50001', ...more },
})
const asks = (
  name: string,
  retryAfter: string | number | object | undefined,
  statedS: number,
): PlayedFault => ({
  name: `429, and to wait ${name}`,
  rule: { status: { http: 429, ...(retryAfter === undefined ? {} : { retryAfter }) } } as Rule,
  ends: failed('RateLimited', 'nobody', { statedS }),
})

// What is said without a time: a throttle is a minute, a maintenance half an hour.
const MINUTE_S = 60
const HALF_AN_HOUR_S = 1_800
const DAY_S = 86_400

const FAULTS: readonly PlayedFault[] = [
  { name: 'never answers', rule: { hang: true }, limits: BRIEF, ends: tooSlow },
  {
    name: 'never answers, from the first',
    rule: { hang: true },
    isFirst: true,
    limits: BRIEF,
    ends: tooSlow,
  },
  { name: 'stops answering', rule: { api: BOOKINGS, hang: true }, limits: { callMs: 1_500 }, ends: tooSlow },
  { name: 'a byte every 100 ms', rule: { mangle: 'drip' }, limits: BRIEF, ends: tooSlow },
  cut('hang-in-headers', tooSlow, { limits: { callMs: 1_500 } }),
  cut('hang-in-body', tooSlow, { limits: { callMs: 1_500 } }),
  cut('reset-first'),
  cut('reset'),
  cut('reset-in-headers'),
  cut('reset-in-body'),
  cut('truncated'),
  // Broken HTTP, unlike a connection that ends: it says something of this answer alone.
  cut('fin-in-chunk', gaps),
  {
    name: 'a page, and then a reset in the body of the next',
    rule: { api: BOOKINGS, mangle: 'reset-in-body', after: 2 },
    isFirst: true,
    hasPages: true,
    booked: 100,
    ends: unavailable,
  },
  ...[500, 502, 503, 504].flatMap((http): PlayedFault[] => [
    { name: `${http} once`, rule: { ...says(http), times: 1 }, ends: wholeAtSecondTry },
    { name: `${http} always`, rule: says(http), ends: unavailable },
    { name: `${http} half of the time`, rule: { ...says(http), every: 2 }, ends: unavailable },
  ]),
  {
    name: '503 with 50008',
    rule: { status: { http: 503, rspCode: '50008' } },
    ends: failed('InstitutionInMaintenance', 'nobody', { statedS: HALF_AN_HOUR_S }),
  },
  asks('120 s', 120, 120),
  asks('until a date', { dateInSeconds: 120 }, 120),
  asks('10^9 s', 1_000_000_000, DAY_S),
  asks('a negative time', -5, MINUTE_S),
  asks('in words', 'soon', MINUTE_S),
  asks('without a time', undefined, MINUTE_S),
  // A second, believed once at most: at its second word, or where the second has passed, the plan's own wait counts.
  {
    name: '429, and to wait 0 s',
    rule: { status: { http: 429, retryAfter: 0 } },
    ends: failed('RateLimited', 'nobody', { tries: 2, mayBeFewer: true }),
  },
  { name: '200 with 50001', rule: says(200), ends: unavailable },
  { name: '200 with a code that nobody knows', rule: says(200, { rspCode: '12345' }), ends: unexpected },
  {
    name: '200 with 42901',
    rule: says(200, { rspCode: '42901' }),
    ends: failed('RateLimited', 'nobody', { statedS: MINUTE_S }),
  },
  {
    name: '200 with 50008',
    rule: says(200, { rspCode: '50008' }),
    ends: failed('InstitutionInMaintenance', 'nobody', { statedS: HALF_AN_HOUR_S }),
  },
  { name: '400', rule: { status: { http: 400, rspCode: '40001' } }, ends: failed('RequestRejected', 'us') },
  ...(['redirect-away', 'redirect-loopback', 'redirect-circle'] as const).map((mangle): PlayedFault => ({
    name: mangle,
    rule: { api: LIST, mangle },
    ends: unexpected,
  })),
  {
    name: 'redirect-loopback, of bookings',
    rule: { api: BOOKINGS, mangle: 'redirect-loopback' },
    ends: gaps,
  },
  {
    name: 'a token that ends with the call',
    rule: { mangle: 'token-expired', times: 1 },
    mostCalls: 30,
    ends: whole,
  },
]

const { world } = describeFaults(FAULTS)

test('no redirect was followed', () => {
  expect(world().sandbox.control.violations().counts['unknown-path']).toBeUndefined()
})
