import { expect, test } from 'vitest'

import type { RefreshProgress } from '../../db/refresh-progress.ts'
import type { RevocationView } from '../../db/revocation-views.ts'
import { accountExample } from '../answers/accounts.ts'
import { headExample } from '../answers/head.ts'
import { insightsExample } from '../answers/insights.ts'
import { institutionsExample } from '../answers/institutions.ts'
import { refreshExample } from '../answers/refreshes.ts'
import { receiptKeysExample, revocationExample } from '../answers/revocations.ts'
import { snapshotExample } from '../answers/snapshot.ts'
import { spendingExample } from '../answers/spending.ts'
import { transactionsExample } from '../answers/transactions.ts'
import type { Begun } from '../consents/begin.ts'
import { startApi } from '../make-api.ts'
import { makeConsentList } from '../make-consents.ts'
import { makePart, makePublished, makeSnapshot, makeTransaction } from '../make-published.ts'
import { ROUTES } from '../routes.ts'

// The rows from which the code itself must make the examples of the reference.
const [fresh, carriedOver] = headExample.coverage
const { snapshotNo, status, refreshNo, skewMs } = headExample
const [month] = spendingExample.months
const [counterparty] = month!.counterparties
const [transaction] = transactionsExample.transactions

const snapshot = makeSnapshot({
  snapshotNo,
  status,
  refreshNo,
  skewMs,
  publishedAt: new Date(headExample.publishedAt),
  coverage: [
    makePart({ institutionId: fresh!.institutionId, name: fresh!.name, asOf: new Date(fresh!.asOf) }),
    makePart({
      institutionId: carriedOver!.institutionId,
      name: carriedOver!.name,
      asOf: new Date(carriedOver!.asOf),
      state: 'carried_over',
      reason: 'CredentialsRejected',
      isRequired: false,
    }),
  ],
  accounts: [accountExample],
  transactions: [
    makeTransaction({ ...transaction, occurredAt: '2026-11-20 10:11:12', confidence: '0.98' }),
    makeTransaction({ id: counterparty!.evidence.transactions[0]!, description: counterparty!.name }),
  ],
})

const analyses = (documents: Readonly<Record<string, unknown>>) =>
  Object.values(snapshotExample.analyses).map(({ analyser, version, document }) => ({
    analyser,
    version,
    document: documents[analyser] ?? document,
    failure: null,
  }))

/** As the analyser stores it: the names of categories and counterparties are found when it is read. */
const storedSpending = {
  ...spendingExample,
  months: [
    {
      ...month,
      categories: month!.categories.map(({ name: _name, ...rest }) => rest),
      counterparties: month!.counterparties.map(({ name: _name, ...rest }) => rest),
    },
  ],
}
const [{ analyser: _analyser, version: _version, ...found }] = insightsExample.insights as [
  (typeof insightsExample.insights)[number],
]
const storedInsights = {
  insights: [{ ...found, institutions: found.institutions.map((each) => each.institutionId) }],
}

const [reading] = refreshExample.institutions
const refresh = {
  ...refreshExample,
  openedAt: new Date(refreshExample.openedAt),
  begunAt: new Date(refreshExample.begunAt),
  closedAt: new Date(refreshExample.closedAt),
  closedBecause: null,
  readings: [
    {
      ...reading!,
      nextTryAt: null,
      startedAt: new Date(0),
      endedAt: new Date(reading!.durationMs),
    },
  ],
} as unknown as NonNullable<Awaited<ReturnType<RefreshProgress['of']>>>

const started = { outcome: 'started' as const, refreshNo: 38, eventId: 5_120 }
const begun = exampleOf('beginAuthorization', 201) as Begun
const granted = exampleOf('finishAuthorization', 200) as { requestId: string; institutionIds: string[] }

function exampleOf(id: string, code: number): unknown {
  return ROUTES.find(({ spec }) => spec.id === id)?.spec.answers[code]?.example
}

const { institution, deletion, remainder, url: _url, ...ended } = revocationExample
const revocation: RevocationView = {
  ...ended,
  requestedAt: new Date(ended.requestedAt),
  answer: institution.answer,
  answeredAt: new Date(institution.answeredAt),
  tries: institution.tries,
  withDeletion: deletion.asked,
  deleted: deletion.rows,
  deletedAt: null,
  snapshotNo: remainder.snapshotNo,
}
const { keys } = receiptKeysExample

/** What stands behind each read, where it differs. */
const BEHIND: Readonly<Record<string, object>> = {
  readSpending: makePublished({ ...snapshot, documents: analyses({ spending: storedSpending }) }),
  readInsights: makePublished({ ...snapshot, documents: analyses({ spending: storedInsights }) }),
}
const REST = {
  ...makePublished({ ...snapshot, documents: analyses({}) }),
  progress: { of: async () => refresh },
  revocations: {
    request: async () => ({ revocation, refresh: null }),
    of: async () => revocation,
    list: async () => [revocation],
  },
  receiptKeys: { all: async () => keys },
  events: { record: async () => started },
  beginConsent: async () => ({ ...begun, expiresAt: new Date(begun.expiresAt) }),
  consentCallbacks: {
    finish: async () => ({
      answer: { ...granted, outcome: 'granted' as const, refreshNo: 38 },
      event: started,
    }),
  },
  consentList: makeConsentList(),
  institutionList: {
    list: async () =>
      institutionsExample.institutions.map(({ institutionId, name, industry, consent }) => ({
        institutionId,
        name,
        industry,
        consent: consent,
      })),
  },
  institutionHealth: async () =>
    new Map(
      institutionsExample.institutions.map(({ institutionId, health: { state, since, nextTryAt } }) => [
        institutionId,
        {
          state: state,
          since: since === null ? null : new Date(since),
          nextTryAt: nextTryAt === null ? null : new Date(nextTryAt),
          because: null,
        },
      ]),
    ),
  consentTerms: { change: async () => ({ outcome: 'changed' as const, generation: 2, read: started }) },
}
const JSON_ROUTES = ROUTES.map(({ spec }) => spec).filter(
  ({ section, answers }) =>
    section !== 'Reference' && Object.values(answers).every(({ type }) => type === undefined),
)

test.each(JSON_ROUTES.map((spec) => [spec.id, spec] as const))(
  'the example of %s is what the code answers from such rows',
  async (id, { path, method, answers, body }) => {
    const { ask } = await startApi({ ...REST, ...BEHIND[id] })
    const address = path.replace(/{\w+No}/, '38').replace('{institutionId}', 'SBXBANK001')
    const query = id === 'readTransactions' ? '?limit=1' : ''
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'key-00000001' }
    const sent = body ? { headers, body: JSON.stringify(body.example) } : {}
    const answer = await ask(address + query, { method: method.toUpperCase(), ...sent })
    expect(await answer.json()).toEqual(answers[answer.status]!.example)
  },
)
