import { expect, test, vi } from 'vitest'

import type { RefreshProgress } from '../../db/refresh-progress.ts'
import { FAILURES } from '../../domain/failures.ts'
import { refreshAnswer } from '../answers/refreshes.ts'
import { PERSON, startApi } from '../make-api.ts'

const at = new Date('2026-11-22T08:30:00.123Z')
const later = new Date(at.getTime() + 1_500)

type Refresh = NonNullable<Awaited<ReturnType<RefreshProgress['of']>>>

const makeRefresh = (changes: Partial<Refresh> = {}): Refresh => ({
  userId: PERSON,
  refreshNo: 12,
  state: 'incomplete',
  reason: 'assets.home_viewed',
  workflowId: 'refresh/user-key/12',
  runId: 'run-palimpsest',
  priority: 2,
  patienceMs: 20_000,
  baseNotOlderThan: at,
  openedAt: at,
  begunAt: at,
  wakeAt: null,
  deadline: at,
  closedAt: later,
  closedBecause: 'CredentialsRejected, InstitutionTooSlow',
  runEndedAt: null,
  readings: [
    {
      institutionId: 'BANK000001',
      name: 'North Bank',
      state: 'failed',
      failure: 'CredentialsRejected',
      nextTryAt: null,
      outcome: null,
      startedAt: at,
      endedAt: later,
      attempts: 3,
      rows: null,
    },
    {
      institutionId: 'BANK000002',
      name: 'South Bank',
      state: 'collecting',
      failure: null,
      nextTryAt: null,
      outcome: null,
      startedAt: at,
      endedAt: null,
      attempts: 1,
      rows: null,
    },
  ],
  snapshot: { snapshotNo: 4, status: 'partial' },
  ...changes,
})

const startWith = (found: Refresh) => startApi({ progress: { of: async () => found } })

test('a refresh is told with its institutions, its failures in words and what it published', async () => {
  const { ask } = await startWith(makeRefresh())
  const text = await (await ask('/v1/me/refreshes/12')).text()
  const told = refreshAnswer.parse(JSON.parse(text))
  const rejected = {
    name: 'CredentialsRejected',
    says: FAILURES.CredentialsRejected.says.en,
    saysKo: FAILURES.CredentialsRejected.says.ko,
    acts: 'user',
    userMust: 'consent_again',
  }
  expect(told).toMatchObject({
    refreshNo: 12,
    state: 'incomplete',
    openedAt: '2026-11-22T08:30:00.123Z',
    closedBecause: [rejected, { name: 'InstitutionTooSlow' }],
    snapshot: { snapshotNo: 4, status: 'partial' },
  })
  expect(told.institutions).toMatchObject([
    { state: 'failed', failure: rejected, waits: 'user', attempts: 3, durationMs: 1_500 },
    { state: 'collecting', failure: null, waits: null, attempts: 1, durationMs: null },
  ])
  expect(text).not.toMatch(/palimpsest|user-key|workflow/)
})

test('a parked refresh says when it wakes, and each reading what it waits for', async () => {
  const { readings } = makeRefresh()
  const [failed, other] = [readings[0]!, readings[1]!]
  const soon = new Date(at.getTime() + 60_000)
  const waiting = { ...failed, failure: 'InstitutionUnavailable', nextTryAt: soon }
  const broken = { ...other, state: 'failed' as const, failure: 'UnexpectedResponse', nextTryAt: null }
  const parked = makeRefresh({
    state: 'parked',
    wakeAt: later,
    closedAt: null,
    closedBecause: null,
    readings: [{ ...waiting, nextTryAt: later }, waiting, broken],
  })
  const { ask } = await startWith(parked)
  const told = refreshAnswer.parse(await (await ask('/v1/me/refreshes/12')).json())
  expect([told.state, told.wakeAt]).toEqual(['parked', later.toISOString()])
  expect(told.institutions.map(({ waits, nextTryAt }) => [waits, nextTryAt])).toEqual([
    ['next_try', later.toISOString()],
    ['next_try', soon.toISOString()],
    ['operator', null],
  ])
})

test('a refresh that has only been requested has neither begin nor end', async () => {
  const { ask } = await startWith(
    makeRefresh({ state: 'requested', begunAt: null, closedAt: null, closedBecause: null, snapshot: null }),
  )
  const told = refreshAnswer.parse(await (await ask('/v1/me/refreshes/12')).json())
  expect(told).toMatchObject({ begunAt: null, closedAt: null, closedBecause: [], snapshot: null })
})

test('a refresh is only looked for among those of the caller', async () => {
  const refresh = vi.fn(async () => null)
  const { ask } = await startApi({ progress: { of: refresh } })
  expect((await ask('/v1/me/refreshes/9')).status).toBe(404)
  expect(refresh).toHaveBeenCalledExactlyOnceWith(PERSON, 9)
})

test.each(['0', '-1', '1.5', '01', 'abc', '99999999999', '4294967296', '1e3', '%00', '%F0%9F%92%A9'])(
  'a refresh called %s does not exist',
  async (no) => {
    const refresh = vi.fn(async () => makeRefresh())
    const { ask } = await startApi({ progress: { of: refresh } })
    const answer = await ask(`/v1/me/refreshes/${no}`)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ type: '/problems/NotFound' })
    expect(refresh).not.toHaveBeenCalled()
  },
)
