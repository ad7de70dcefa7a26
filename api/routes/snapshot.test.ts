import { describe, expect, test } from 'vitest'

import type { AccountView, Missing } from '../../db/published.ts'
import { analysers } from '../../domain/analysis/analyse.ts'
import { FAILURES } from '../../domain/failures.ts'
import { snapshotAnswer } from '../answers/snapshot.ts'
import { PERSON, startApi } from '../make-api.ts'
import { AT, makePart, makePublished, makeSnapshot } from '../make-published.ts'

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
const coverage = [
  makePart(),
  makePart({ institutionId: 'BANK000002', state: 'carried_over', reason: 'CredentialsRejected' }),
  makePart({
    institutionId: 'BANK000003',
    state: 'absent',
    asOf: null,
    reason: 'RateLimited',
    isRequired: false,
  }),
]
const snapshot = makeSnapshot({ coverage, accounts: [account] })

/** Every address that reads a snapshot. */
const READS = ['snapshot', 'accounts', 'transactions', 'spending', 'insights'].map((name) => `/v1/me/${name}`)

const tell = async (changes = {}, query = '') => {
  const { ask } = await startApi(makePublished({ ...snapshot, ...changes }))
  return snapshotAnswer.parse(await (await ask(`/v1/me/snapshot${query}`)).json())
}

test('the snapshot is told with its accounts and documents, amounts as they were written', async () => {
  const document = { asOf: AT.toISOString(), total: '12345678901234.567' }
  const stored = [
    { analyser: 'balances', version: 2, document, failure: null },
    { analyser: 'cash-flow', version: 2, document: null, failure: 'Unexpected' },
  ]
  const told = await tell({ documents: stored })
  expect(told.accounts).toEqual([account])
  expect(told.analyses['balances']).toMatchObject({ state: 'made', document, reason: null })
  expect(told.analyses['cash-flow']).toMatchObject({
    state: 'failed',
    document: null,
    reason: { name: 'Unexpected', says: FAILURES.Unexpected.says.en, saysKo: FAILURES.Unexpected.says.ko },
  })
  expect(told).not.toHaveProperty('classSeq')
})

test('what is old or missing is told with its age, the sentence, and what the user must do', async () => {
  const { coverage: told } = await tell({ publishedAt: new Date(AT.getTime() + 5_000) })
  expect(
    told.map(({ state, ageWhenPublishedMs, required }) => [state, ageWhenPublishedMs, required]),
  ).toEqual([
    ['fresh', 5_000, true],
    ['carried_over', 5_000, true],
    ['absent', null, false],
  ])
  expect(told.map(({ reason }) => reason)).toEqual([
    null,
    {
      name: 'CredentialsRejected',
      says: FAILURES.CredentialsRejected.says.en,
      saysKo: FAILURES.CredentialsRejected.says.ko,
      acts: 'user',
      userMust: 'consent_again',
    },
    {
      name: 'RateLimited',
      says: FAILURES.RateLimited.says.en,
      saysKo: FAILURES.RateLimited.says.ko,
      acts: 'nobody',
      userMust: null,
    },
  ])
})

test('analyses that are not there say why: without data whose consent has ended, or made before or by an older analyser', async () => {
  const states = async (documents: object[], analyses = 'here') =>
    Object.fromEntries(
      Object.values((await tell({ documents, analyses })).analyses).map(({ analyser, state, reason }) => [
        analyser,
        `${state} ${reason?.name ?? ''}`.trim(),
      ]),
    )
  const names = analysers.map(({ name }) => name)
  const all = (says: string) => Object.fromEntries(names.map((name) => [name, says]))
  expect(await states([], 'removed')).toEqual(all('removed AnalysisRemoved'))
  expect(await states([], 'recomputing')).toEqual(all('recomputing AnalysisRecomputing'))
  const old = { analyser: 'balances', version: 1, document: {}, failure: null }
  expect(await states([old, { ...old, analyser: 'cash-flow', version: 2 }])).toEqual({
    balances: 'outdated AnalysisOutdated',
    'cash-flow': 'made',
    spending: 'never_made AnalysisNeverMade',
  })
})

describe.each(READS)('%s', (path) => {
  test('names the snapshot it reads and how whole that is', async () => {
    const { ask } = await startApi(makePublished(snapshot))
    expect(await (await ask(path)).json()).toMatchObject({
      snapshotNo: 4,
      status: 'partial',
      publishedAt: AT.toISOString(),
      refreshNo: 12,
      coverage: coverage.map(({ institutionId, state }) => ({ institutionId, state })),
    })
  })

  test('reads the latest of the person who asks, unless told which view and when', async () => {
    const { wanted, published } = makePublished(snapshot)
    const { ask } = await startApi({ published })
    const instants = ['2026-11-22T09:00:00%2B09:00', '2026-11-22T09:00:00+09:00', '2026-11-22T00:00:00Z']
    for (const query of ['', '?view=complete', ...instants.map((instant) => `?as_of=${instant}`)])
      await ask(`${path}${query}`)
    const then = { view: 'latest', asOf: new Date('2026-11-22T00:00:00Z') }
    expect(wanted.mock.calls).toEqual([
      [PERSON, { view: 'latest', asOf: null }],
      [PERSON, { view: 'complete', asOf: null }],
      [PERSON, then],
      [PERSON, then],
      [PERSON, then],
    ])
  })

  test.each<[Missing, number, string]>([
    ['never', 404, 'NothingPublished'],
    ['not_then', 404, 'NothingPublishedThen'],
    ['purged', 404, 'SnapshotPurged'],
    ['not_yet', 400, 'InvalidRequest'],
  ])('says by name why there is none (%s)', async (missing, status, name) => {
    const { ask } = await startApi(makePublished(missing))
    const answer = await ask(`${path}?as_of=2026-11-22T00:00:00Z`)
    expect([answer.status, ((await answer.json()) as { title: string }).title]).toEqual([status, name])
    expect([answer.headers.get('etag'), answer.headers.get('cache-control')]).toEqual([null, 'no-store'])
  })

  test('may be kept by whoever asked, and costs no rows while it stays the same', async () => {
    const made = makePublished(snapshot)
    const { ask } = await startApi(made)
    const first = await ask(path)
    const etag = first.headers.get('etag')!
    expect(etag).toMatch(/^"4-[\w-]{22}"$/)
    expect(first.headers.get('cache-control')).toBe('private, no-cache')
    expect(first.headers.get('vary')).toContain('Authorization')
    for (const read of [made.accounts, made.transactions, made.documents]) read.mockClear()
    for (const given of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await ask(path, { headers: { 'if-none-match': given } })
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag])
    }
    expect([made.accounts, made.transactions, made.documents].map((read) => read.mock.calls)).toEqual([
      [],
      [],
      [],
    ])
    expect((await ask(path, { headers: { 'if-none-match': '"4-other"' } })).status).toBe(200)
  })

  test('names itself anew when another snapshot, a deletion, another question or another person changes it', async () => {
    const etagOf = async (changes = {}, query = '', users = {}) => {
      const { ask } = await startApi({ ...makePublished({ ...snapshot, ...changes }), ...users })
      return (await ask(`${path}${query}`)).headers.get('etag')
    }
    const deleted = coverage.map((part, at) =>
      at === 0 ? { ...part, state: 'absent' as const, asOf: null } : part,
    )
    const etags = [
      await etagOf(),
      await etagOf({ snapshotNo: 5 }),
      await etagOf({ coverage: deleted }),
      await etagOf({ coverage: deleted, analyses: 'recomputing' }),
      await etagOf({ coverage: deleted, analyses: 'removed' }),
      await etagOf({}, '?view=complete'),
      await etagOf({}, '', { users: { idBySubject: async () => PERSON + 1 } }),
    ]
    expect(new Set(etags).size).toBe(etags.length)
    expect(await etagOf()).toBe(etags[0])
  })

  test.each([
    ['?view=', 'view'],
    ['?view=building', 'view'],
    ['?view=latest&view=complete', 'view'],
    ['?view[]=latest', 'view[]'],
    ['?userId=8', 'userId'],
    ['?as_of=', 'as_of'],
    ['?as_of=yesterday', 'as_of'],
    ['?as_of=2026-11-22', 'as_of'],
    ['?as_of=2026-11-22T09:00:00', 'as_of'],
    ['?as_of=2026-02-30T09:00:00Z', 'as_of'],
    ['?access_token=palimpsest', 'access_token'],
  ])('refuses %s by the name of the place', async (query, place) => {
    const { wanted, published } = makePublished(snapshot)
    const { ask } = await startApi({ published })
    const answer = await ask(`${path}${query}`)
    const text = await answer.text()
    expect(answer.status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ type: '/problems/InvalidRequest', errors: [{ path: place }] })
    expect(text).not.toContain('palimpsest')
    expect(wanted).not.toHaveBeenCalled()
  })
})
