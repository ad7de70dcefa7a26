import { makeTransaction } from '../classification/make-transaction.ts'
import type { Cut } from './analyser.ts'

/** An invented cut for tests: one fresh institution, and nothing in it. */
export const makeCut = (given: Partial<Cut> = {}): Cut => ({
  asOf: '2026-11-22T01:00:00.000Z',
  today: '2026-11-22',
  institutions: [makeInstitution()],
  accounts: [],
  balances: [],
  transactions: [],
  ...given,
})

/** An institution that was read with this cut. */
export const makeInstitution = (given: Partial<Cut['institutions'][number]> = {}) => ({
  institutionId: 'northbank',
  name: 'North Bank',
  state: 'fresh' as const,
  asOf: '2026-11-22T00:59:00.000Z',
  ...given,
})

/** An open deposit account at it. */
export const makeAccount = (given: Partial<Cut['accounts'][number]> = {}) => ({
  key: 'living',
  institutionId: 'northbank',
  name: 'Living',
  kind: 'deposit' as const,
  status: 'active',
  isShared: true,
  ...given,
})

/** What is on that account. */
export const makeBalance = (given: Partial<Cut['balances'][number]> = {}) => ({
  account: 'living',
  currency: 'KRW',
  amount: '1000000',
  side: 'asset' as const,
  ...given,
})

/** A transaction of it that no rule could name. */
export const makeClassified = (given: Partial<Cut['transactions'][number]> = {}) => ({
  category: 'unknown',
  ...makeTransaction(given),
  ...given,
})
