import { expect, test, vi } from 'vitest'

import type { AccountView, Published } from '../../db/published.ts'
import { FAILURES } from '../../domain/failures.ts'
import { PERSON, startApi } from '../make-api.ts'
import { snapshotAnswer } from './snapshot.ts'

const at = new Date('2026-11-22T08:30:00.123Z')

const account: AccountView = {
  accountKey: '0f0e0d0c-0000-0000-0000-000000000001',
  institutionId: 'BANK000001',
  name: 'Everyday',
  numberMasked: '***-**-1234',
  kind: 'deposit',
  status: 'active',
  isShared: true,
  balances: [{ currency: 'KRW', amount: '12345678901234.567', side: 'asset', available: null }],
}
const head = {
  snapshotNo: 4,
  status: 'partial',
  publishedAt: at,
  refreshNo: 12,
  skewMs: 900,
  classSeq: 3,
} as const
const part = { institutionId: 'BANK000001', name: 'North Bank', isRequired: true, gaps: 0 }
const snapshot = {
  ...head,
  coverage: [
    { ...part, state: 'fresh', asOf: at, reason: null },
    { ...part, institutionId: 'BANK000002', state: 'carried_over', asOf: at, reason: 'older_than_asked' },
    {
      ...part,
      institutionId: 'BANK000003',
      state: 'absent',
      asOf: null,
      reason: 'RateLimited',
      isRequired: false,
    },
  ] satisfies NonNullable<Awaited<ReturnType<Published['snapshot']>>>['coverage'],
  accounts: [account],
  documents: [],
}

const published = { snapshot: async () => snapshot }

test('the snapshot is told with its coverage, accounts and documents, amounts as they were written', async () => {
  const document = { asOf: at.toISOString(), total: '12345678901234.567' }
  const stored = [
    { analyser: 'balances', version: 1, document, failure: null },
    { analyser: 'cash-flow', version: 1, document: null, failure: 'Unexpected' },
  ]
  const { ask } = await startApi({
    published: { snapshot: async () => ({ ...snapshot, documents: stored }) },
  })
  const told = snapshotAnswer.parse(await (await ask('/v1/me/snapshot')).json())
  expect(told.coverage.map(({ state, reason, required }) => [state, reason?.name ?? null, required])).toEqual(
    [
      ['fresh', null, true],
      ['carried_over', 'older_than_asked', true],
      ['absent', 'RateLimited', false],
    ],
  )
  expect(told.accounts).toEqual([account])
  expect(told.analyses).toEqual({
    balances: { document, failure: null },
    'cash-flow': { document: null, failure: { name: 'Unexpected', says: FAILURES.Unexpected.says } },
  })
  expect(told).not.toHaveProperty('classSeq')
})

test('the snapshot names the documents that are not there', async () => {
  const { ask } = await startApi({ published })
  const told = snapshotAnswer.parse(await (await ask('/v1/me/snapshot?view=complete')).json())
  expect(Object.keys(told.analyses)).toEqual(['balances', 'cash-flow'])
  expect(told.analyses['balances']).toMatchObject({ document: null, failure: { name: 'Superseded' } })
})

test('the snapshot is the latest unless asked for the complete one', async () => {
  const find = vi.fn(async () => null)
  const { ask } = await startApi({ published: { snapshot: find } })
  for (const query of ['', '?view=latest', '?view=complete']) {
    const answer = await ask(`/v1/me/snapshot${query}`)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ type: '/problems/NothingPublished' })
  }
  expect(find.mock.calls).toEqual([
    [PERSON, 'latest'],
    [PERSON, 'latest'],
    [PERSON, 'complete'],
  ])
})

test.each(['?view=', '?view=building', '?view=latest&view=complete', '?userId=8', '?view[]=latest'])(
  'the snapshot refuses %s',
  async (query) => {
    const { ask } = await startApi({ published })
    expect((await ask(`/v1/me/snapshot${query}`)).status).toBe(400)
  },
)
