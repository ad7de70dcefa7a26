import { expect, test } from 'vitest'

import { analyse } from '../../domain/analysis/analyse.ts'
import { makeClassified, makeCut } from '../../domain/analysis/make-cut.ts'
import { insightsAnswer } from '../answers/insights.ts'
import { spendingAnswer } from '../answers/spending.ts'
import { startApi } from '../make-api.ts'
import { makePart, makePublished, makeSnapshot, makeTransaction } from '../make-published.ts'

const paid = { category: 'finance.fee', institutionId: 'BANK000001', description: '이체수수료' }
const cut = makeCut({
  transactions: [
    makeClassified({ ...paid, id: '11', amount: '2500' }),
    makeClassified({ ...paid, id: '12', amount: '500' }),
    makeClassified({ ...paid, id: '13', amount: '100', occurredOn: '2026-10-30' }),
  ],
})
const documents = analyse(cut).map(({ analyser, version, document, failure }) => ({
  analyser,
  version,
  document,
  failure,
}))
const transactions = [makeTransaction({ id: '11', description: '이체수수료' })]
const snapshot = makeSnapshot({ documents, transactions })

async function tell(query = '', changes = {}) {
  const { ask } = await startApi(makePublished({ ...snapshot, ...changes }))
  return spendingAnswer.parse(await (await ask(`/v1/me/spending${query}`)).json())
}

test('spending is told by month, with the names of categories and of who got it', async () => {
  const told = await tell()
  expect(told.analysis).toEqual({ analyser: 'spending', version: 1, state: 'made', reason: null })
  expect(told.months).toMatchObject([
    {
      month: '2026-11',
      spent: '3000',
      categories: [
        { category: 'finance.fee', name: { ko: '금융수수료', en: 'Financial fees' }, spent: '3000' },
      ],
      counterparties: [
        { name: '이체수수료', spent: '3000', evidence: { transactions: ['11', '12'], of: 2 } },
      ],
    },
    { month: '2026-10', spent: '100', counterparties: [{ name: null }] },
  ])
  expect([told.missing, told.lineage]).toMatchObject([[], { transactions: 3, used: 3 }])
})

test('spending of one month is that month only', async () => {
  expect((await tell('?month=2026-10')).months?.map(({ month }) => month)).toEqual(['2026-10'])
  expect((await tell('?month=2024-01')).months).toEqual([])
})

test('spending that is not there is null with its reason, never zero', async () => {
  const gone = { months: null, missing: null, lineage: null }
  const others = documents.filter(({ analyser }) => analyser !== 'spending')
  const older = documents.map((each) => ({ ...each, version: each.version + 1 }))
  const failed = { analyser: 'spending', version: 1, document: null, failure: 'Unexpected' }
  for (const analyses of ['removed', 'recomputing'] as const) {
    const told = await tell('', { documents: [], analyses })
    expect(told).toMatchObject({ ...gone, analysis: { state: analyses } })
  }
  expect(await tell('', { documents: others })).toMatchObject({ ...gone, analysis: { state: 'never_made' } })
  expect(await tell('', { documents: older })).toMatchObject({ ...gone, analysis: { state: 'outdated' } })
  expect(await tell('', { documents: [...others, failed] })).toMatchObject({
    ...gone,
    analysis: { state: 'failed', reason: { name: 'Unexpected', acts: 'developer' } },
  })
})

test.each(['month=2026-13', 'month=2026-1', 'month=', 'month=2026-11&month=2026-10', 'category=food'])(
  'spending refuses ?%s',
  async (query) => {
    const { ask } = await startApi(makePublished(snapshot))
    expect((await ask(`/v1/me/spending?${query}`)).status).toBe(400)
  },
)

test('insights are told with their analyser, and with how the institutions they rest on stand', async () => {
  const coverage = [makePart({ state: 'carried_over', reason: 'InstitutionUnavailable' })]
  const { ask } = await startApi(makePublished({ ...snapshot, coverage }))
  const told = insightsAnswer.parse(await (await ask('/v1/me/insights')).json())
  expect(told.analysers.map(({ analyser, state }) => `${analyser} ${state}`)).toEqual([
    'balances made',
    'cash-flow made',
    'spending made',
  ])
  expect(told.insights.map(({ kind }) => kind)).toEqual([
    'cash-flow.month_so_far',
    'spending.month_so_far',
    'spending.largest_payment',
  ])
  expect(told.insights[2]).toMatchObject({
    analyser: 'spending',
    version: 1,
    numbers: { out: '2500' },
    evidence: { transactions: ['11'], of: 1 },
    institutions: [{ institutionId: 'BANK000001', state: 'carried_over' }],
  })
})

test('analyses that left no insights, or none at all, are named all the same', async () => {
  const documentOnly = [{ analyser: 'balances', version: 1, document: { total: null }, failure: null }]
  const { ask } = await startApi(makePublished({ ...snapshot, documents: documentOnly }))
  const told = insightsAnswer.parse(await (await ask('/v1/me/insights')).json())
  expect(told.insights).toEqual([])
  expect(told.analysers.map(({ analyser, state }) => `${analyser} ${state}`)).toEqual([
    'balances outdated',
    'cash-flow never_made',
    'spending never_made',
  ])
})
