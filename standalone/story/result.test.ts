import { expect, test } from 'vitest'

import { type RefreshAnswer } from './api-answers.ts'
import { makeAccount, makeReading, makeReason, makeRefresh, makeSnapshot } from './make-answers.ts'
import { failureJson, resultJson } from './result-json.ts'
import { isComplete, resultOf } from './result.ts'

const refresh = makeRefresh({
  refreshNo: 2,
  state: 'succeeded',
  institutions: [
    makeReading({ institutionId: 'a', name: 'A', durationMs: 5 }),
    makeReading({
      institutionId: 'b',
      name: 'B',
      state: 'failed',
      outcome: null,
      failure: makeReason('RateLimited', 'Wait.'),
      durationMs: null,
    }),
  ],
  snapshot: { snapshotNo: 7, status: 'complete' },
})

const analysis = { version: 2, state: 'made', reason: null } as const
const snapshot = makeSnapshot({
  accounts: [makeAccount('1', 'a'), makeAccount('2', 'a')],
  analyses: {
    balances: {
      ...analysis,
      analyser: 'balances',
      document: {
        total: [{ currency: 'KRW', net: '5' }],
        institutions: [
          { institutionId: 'a', totals: [{ currency: 'KRW', net: '5' }] },
          { institutionId: 'b', totals: null },
        ],
      },
    },
    'cash-flow': { ...analysis, analyser: 'cash-flow', document: null },
  },
})

const urls = { api: 'http://api', webUi: 'http://ui', run: 'http://ui/run' }

test('a result counts accounts and transactions by institution, and knows what nobody said', () => {
  const result = resultOf(refresh, snapshot, new Map([['a', 3]]))
  expect(result.institutions).toMatchObject([
    { institutionId: 'a', accounts: 2, transactions: 3, balances: new Map([['KRW', '5']]) },
    { institutionId: 'b', accounts: 0, transactions: 0, balances: null, failure: { name: 'RateLimited' } },
  ])
  expect(result).toMatchObject({ accounts: 2, transactions: 3, thisMonth: null, snapshot: { no: 7 } })
})

test('it is complete only if the refresh published a complete snapshot and succeeded', () => {
  const complete = (given: Partial<RefreshAnswer>) =>
    isComplete(resultOf({ ...refresh, ...given }, snapshot, new Map()))
  expect(complete({})).toBe(true)
  expect(complete({ snapshot: { snapshotNo: 7, status: 'partial' } })).toBe(false)
  expect(complete({ snapshot: null })).toBe(false)
  expect(complete({ state: 'incomplete' })).toBe(false)
})

test('programs get exactly the fields they were promised', () => {
  const json = resultJson(
    resultOf(refresh, snapshot, new Map([['a', 3]])),
    { startMs: 1, refreshMs: 2, totalMs: 4 },
    urls,
  )
  expect(json).toEqual({
    snapshot: { no: 7, status: 'complete' },
    refresh: { no: 2, state: 'succeeded' },
    institutions: [
      {
        institutionId: 'a',
        name: 'A',
        state: 'collected',
        outcome: 'changed',
        accounts: 2,
        transactions: 3,
        ms: 5,
        failure: null,
      },
      {
        institutionId: 'b',
        name: 'B',
        state: 'failed',
        outcome: null,
        accounts: 0,
        transactions: 0,
        ms: null,
        failure: 'RateLimited',
      },
    ],
    accounts: 2,
    transactions: 3,
    durations: { startMs: 1, refreshMs: 2, totalMs: 4 },
    urls,
  })
})

test('without a result nothing is called zero', () => {
  expect(failureJson('no way', 9)).toMatchObject({
    snapshot: null,
    accounts: null,
    transactions: null,
    error: 'no way',
  })
})
