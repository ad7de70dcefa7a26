import type { Account, Reason } from '../../clients/moa-api.ts'
import type { InstitutionReading, RefreshAnswer, SnapshotAnswer } from './api-answers.ts'

const AT = '2026-11-22T00:31:07.412Z'

/** A reading that has ended well. */
export const makeReading = (given: Partial<InstitutionReading> = {}): InstitutionReading => ({
  institutionId: 'SBXBANK001',
  name: '모아은행',
  state: 'collected',
  outcome: 'changed',
  failure: null,
  nextTryAt: null,
  waits: null,
  rows: null,
  attempts: 1,
  durationMs: 812,
  ...given,
})

export const makeRefresh = (given: Partial<RefreshAnswer> = {}): RefreshAnswer => ({
  refreshNo: 1,
  state: 'running',
  openedAt: AT,
  begunAt: AT,
  closedAt: null,
  wakeAt: null,
  closedBecause: [],
  institutions: [],
  snapshot: null,
  ...given,
})

export const makeReason = (name: string, says: string): Reason => ({
  name,
  says,
  saysKo: says,
  acts: 'nobody',
  userMust: null,
})

export const makeAccount = (accountKey: string, institutionId: string): Account => ({
  accountKey,
  institutionId,
  name: 'Everyday',
  numberMasked: '******1234',
  kind: 'deposit',
  status: 'active',
  isShared: true,
  balances: [],
})

export const makeSnapshot = (given: Partial<SnapshotAnswer> = {}): SnapshotAnswer => ({
  snapshotNo: 7,
  status: 'complete',
  publishedAt: AT,
  refreshNo: 2,
  skewMs: 0,
  coverage: [],
  accounts: [],
  analyses: {},
  ...given,
})
