import { randomBytes } from 'node:crypto'

import { z } from 'zod'

import {
  auditAnswer,
  forceAnswer,
  orderAnswer,
  orderRefused,
  overviewAnswer,
  recoveredAnswer,
  refreshesAnswer,
  responseOpened,
  responsesAnswer,
  revocationResumed,
  revocationsAnswer,
  storyAnswer,
} from '../../../api/operator/answers.ts'
import { batchesAnswer, batchRefused, batchRun, batchSeen } from '../../../api/operator/batch-answers.ts'
import {
  institutionRefused,
  institutionSaidAnswer,
  institutionSettingsAnswer,
} from '../../../api/operator/institution-answers.ts'
import { poisonAnswer, replayedAnswer } from '../../../api/operator/poison-answers.ts'
import { PAGE_FILES } from '../../../api/operator/routes/page.ts'
import { institutionHistoryAnswer, institutionsAnswer } from '../../../api/operator/statistics-answers.ts'
import type { Victim } from './people.ts'

/** One request, without who asks. */
export type Ask = { path: string; headers?: Record<string, string>; body?: unknown }

/** What is compared: a name for it, and two requests. */
type Pair = readonly [what: string, one: Ask, other: Ask]

/** How an operation of the users' listener is tried. A new one without a row here fails the test of isolation. */
export type UserRow = {
  access: 'member' | 'anyone'
  /** As its owner asks: what there is to be seen, or done. */
  own: (victim: Victim) => Ask
  /** What is another's, and what is nobody's: answered alike, by the same statements. */
  alike?: (victim: Victim) => readonly Pair[]
  /** Something of another's that must make no difference, and the same without it. */
  same?: (victim: Victim) => readonly Pair[]
}

const NOBODYS_NO = 999_999
const NOBODYS_BANK = 'NOBODY0001'
const NOBODYS_KEY = '00000000-0000-4000-8000-000000000000'

const newKey = (): Record<string, string> => ({ 'idempotency-key': randomBytes(12).toString('hex') })
const anyone = (path: string): UserRow => ({ access: 'anyone', own: () => ({ path }) })

/** A read of the published snapshot: its ETag is the one thing of it that a client sends back. */
const snapshotRead = (path: string, more: Partial<UserRow> = {}): UserRow => ({
  access: 'member',
  own: () => ({ path }),
  same: ({ etags }) => [
    ['the ETag of another', { path, headers: { 'if-none-match': etags.get(path)! } }, { path }],
    [
      'the number of another’s snapshot as an ETag',
      { path, headers: { 'if-none-match': '"3-x"' } },
      { path },
    ],
  ],
  ...more,
})

const byNumber = (path: (no: number) => string): UserRow => ({
  access: 'member',
  own: ({ refreshNo }) => ({ path: path(refreshNo) }),
  alike: ({ refreshNo }) => [
    ['the number of another’s refresh', { path: path(refreshNo) }, { path: path(NOBODYS_NO) }],
    [
      'a digest of another’s refresh',
      { path: path(refreshNo), headers: { 'last-event-id': `${'x'.repeat(22)}.closed` } },
      { path: path(NOBODYS_NO), headers: { 'last-event-id': `${'x'.repeat(22)}.closed` } },
    ],
  ],
})

const filtered = (path: string, name: string, theirs: string, nobodys: string): Pair => [
  `another’s ${name}`,
  { path: `${path}${path.includes('?') ? '&' : '?'}${name}=${theirs}` },
  { path: `${path}${path.includes('?') ? '&' : '?'}${name}=${nobodys}` },
]

const event = (body: object, headers = newKey()): Ask => ({ path: '/v1/events', headers, body })
const VIEW = { type: 'assets.home_viewed' }
const detail = (institutionId: string) => ({ type: 'assets.detail_viewed', institutionId })

const callback = (state: string): Ask => ({
  path: '/v1/me/consents/callback',
  body: { state, error: 'access_denied' },
})
const cycleOf = (institutionId: string): Ask => ({
  path: `/v1/me/consents/${institutionId}`,
  body: { generation: 1, cycleDays: 14 },
})

export const USER_ROWS: Record<string, UserRow> = {
  'GET /docs': anyone('/docs'),
  'GET /docs/style.css': anyone('/docs/style.css'),
  'GET /healthz': anyone('/healthz'),
  'GET /openapi.json': anyone('/openapi.json'),
  'GET /readyz': anyone('/readyz'),
  // Whom there is, is no secret; whom somebody has agreed with is, and is held in institution-list.db.test.ts.
  'GET /v1/institutions': { access: 'member', own: () => ({ path: '/v1/institutions?text=SHARED0001' }) },
  'GET /v1/me/snapshot': snapshotRead('/v1/me/snapshot'),
  'GET /v1/me/spending': snapshotRead('/v1/me/spending'),
  'GET /v1/me/insights': snapshotRead('/v1/me/insights'),
  'GET /v1/me/accounts': snapshotRead('/v1/me/accounts', {
    alike: ({ institutionId }) => [filtered('/v1/me/accounts', 'institution', institutionId, NOBODYS_BANK)],
  }),
  'GET /v1/me/transactions': snapshotRead('/v1/me/transactions', {
    alike: ({ institutionId, accountKey, cursor, words }) => [
      filtered('/v1/me/transactions', 'institution', institutionId, NOBODYS_BANK),
      filtered('/v1/me/transactions', 'account', accountKey, NOBODYS_KEY),
      filtered('/v1/me/transactions', 'text', words[0]!, 'x'.repeat(words[0]!.length)),
      filtered('/v1/me/transactions?limit=1', 'cursor', cursor, withSnapshot(cursor, NOBODYS_NO)),
    ],
  }),
  'GET /v1/me/refreshes/{refreshNo}': byNumber((no) => `/v1/me/refreshes/${no}`),
  'GET /v1/me/refreshes/{refreshNo}/stream': byNumber((no) => `/v1/me/refreshes/${no}/stream`),
  'GET /v1/me/consents': { access: 'member', own: () => ({ path: '/v1/me/consents' }) },
  'GET /v1/me/consents/{institutionId}': {
    access: 'member',
    own: ({ institutionId }) => ({ path: `/v1/me/consents/${institutionId}` }),
    alike: ({ institutionId }) => [
      [
        'another’s consent',
        { path: `/v1/me/consents/${institutionId}` },
        { path: `/v1/me/consents/${NOBODYS_BANK}` },
      ],
    ],
  },
  'PATCH /v1/me/consents/{institutionId}': {
    access: 'member',
    own: ({ institutionId }) => cycleOf(institutionId),
    alike: ({ institutionId }) => [['another’s consent', cycleOf(institutionId), cycleOf(NOBODYS_BANK)]],
  },
  'POST /v1/me/consents': {
    access: 'member',
    own: () => ({
      path: '/v1/me/consents',
      body: { institutions: [{ institutionId: 'SHARED0001' }] },
    }),
  },
  'POST /v1/me/consents/callback': {
    access: 'member',
    own: ({ consentState }) => callback(consentState),
    alike: ({ consentState }) => [
      ['another’s state', callback(consentState), callback('x'.repeat(consentState.length))],
    ],
  },
  'GET /v1/me/stream': {
    access: 'member',
    own: () => ({ path: '/v1/me/stream' }),
    same: ({ snapshotNo }) =>
      [String(snapshotNo), String(NOBODYS_NO), 'x'].map((id) => [
        `the last event ${id}`,
        { path: '/v1/me/stream', headers: { 'last-event-id': id } },
        { path: '/v1/me/stream' },
      ]),
  },
  'POST /v1/events': {
    access: 'member',
    own: () => event(VIEW),
    alike: ({ institutionId }) => [
      ['another’s institution', event(detail(institutionId)), event(detail(NOBODYS_BANK))],
    ],
    same: ({ idempotencyKey }) => [
      ['the idempotency key of another', event(VIEW, { 'idempotency-key': idempotencyKey }), event(VIEW)],
      [
        'the idempotency key of another under another body',
        event({ type: 'member.logged_in' }, { 'idempotency-key': idempotencyKey.replace('view', 'body') }),
        event({ type: 'member.logged_in' }),
      ],
    ],
  },
}

const revocation = (institutionId: string): Ask => ({
  path: `/v1/me/consents/${institutionId}/revocation`,
  body: { deletion: false },
})

/** Last: what is asked for here ends what the others look at. */
Object.assign(USER_ROWS, {
  'GET /.well-known/receipt-keys.json': anyone('/.well-known/receipt-keys.json'),
  'POST /v1/me/consents/{institutionId}/revocation': {
    access: 'member',
    own: ({ institutionId }) => revocation(institutionId),
    alike: ({ institutionId }) => [
      ['another’s institution', revocation(institutionId), revocation(NOBODYS_BANK)],
    ],
  },
  'GET /v1/me/revocations': { access: 'member', own: () => ({ path: '/v1/me/revocations' }) },
  'GET /v1/me/revocations/{revocationNo}': {
    access: 'member',
    own: () => ({ path: '/v1/me/revocations/1' }),
    alike: () => [
      [
        'a number of another’s',
        { path: '/v1/me/revocations/1' },
        { path: `/v1/me/revocations/${NOBODYS_NO}` },
      ],
    ],
  },
} satisfies Record<string, UserRow>)

/** Who may call an operation of the operators' listener, and how. */
export type OperatorRow = {
  access: 'anyone' | 'viewer' | 'operator'
  ask: (victim: Victim) => Ask
  /** All that it may answer; a page has no such form. */
  answer?: z.ZodType
}

const looking = (answer: z.ZodType, ask: OperatorRow['ask']): OperatorRow => ({
  access: 'viewer',
  ask,
  answer,
})
const page = (path: string): OperatorRow => ({ access: 'anyone', ask: () => ({ path }) })
const order = (verb: string, more: (victim: Victim) => object = () => ({})): OperatorRow => ({
  access: 'operator',
  answer: z.union([orderAnswer, orderRefused]),
  ask: (victim) => ({
    path: `/v1/operator/refreshes/${victim.userKey}/${victim.openNo}/${verb}`,
    body: { why: 'a test of isolation', ...more(victim) },
  }),
})

/** Said of an institution of nobody's: what is said of one concerns all who are read there. */
const said = (verb: string, more: object = {}): OperatorRow => ({
  access: 'operator',
  answer: z.union([institutionSaidAnswer, institutionRefused]),
  ask: () => ({
    path: `/v1/operator/institutions/SHARED0001/${verb}`,
    body: { why: 'a test of isolation', ...more },
  }),
})

export const OPERATOR_ROWS: Record<string, OperatorRow> = {
  'GET /': page('/'),
  'GET /healthz': page('/healthz'),
  'GET /readyz': page('/readyz'),
  ...Object.fromEntries(PAGE_FILES.map((name) => [`GET /web/${name}`, page(`/web/${name}`)])),
  'GET /v1/operator/overview': looking(overviewAnswer, () => ({ path: '/v1/operator/overview' })),
  'GET /v1/operator/refreshes': looking(refreshesAnswer, ({ userKey }) => ({
    path: `/v1/operator/refreshes?userKey=${userKey}`,
  })),
  'GET /v1/operator/refreshes/{userKey}/{refreshNo}': looking(storyAnswer, ({ userKey, refreshNo }) => ({
    path: `/v1/operator/refreshes/${userKey}/${refreshNo}`,
  })),
  'GET /v1/operator/audit': looking(auditAnswer, ({ userKey }) => ({
    path: `/v1/operator/audit?userKey=${userKey}`,
  })),
  'POST /v1/operator/refreshes/{userKey}/{refreshNo}/resume': order('resume'),
  'POST /v1/operator/refreshes/{userKey}/{refreshNo}/excuse': order('excuse', ({ institutionId }) => ({
    institutions: [institutionId],
  })),
  'POST /v1/operator/refreshes/{userKey}/{refreshNo}/cancel': order('cancel'),
  'GET /v1/operator/revocations': looking(revocationsAnswer, () => ({ path: '/v1/operator/revocations' })),
  'POST /v1/operator/revocations/{userKey}/{revocationNo}/resume': {
    access: 'operator',
    answer: revocationResumed,
    ask: ({ userKey }) => ({
      path: `/v1/operator/revocations/${userKey}/1/resume`,
      body: { why: 'a test of isolation' },
    }),
  },
  'GET /v1/operator/responses': looking(responsesAnswer, ({ institutionId }) => ({
    path: `/v1/operator/responses?institution=${institutionId}`,
  })),
  'POST /v1/operator/responses/{responseId}/open': {
    access: 'operator',
    answer: responseOpened,
    ask: ({ responseId }) => ({
      path: `/v1/operator/responses/${responseId}/open`,
      body: { why: 'a test of isolation' },
    }),
  },
  'GET /v1/operator/institutions': looking(institutionsAnswer, () => ({ path: '/v1/operator/institutions' })),
  'GET /v1/operator/institutions/{institutionId}/history': looking(
    institutionHistoryAnswer,
    ({ institutionId }) => ({ path: `/v1/operator/institutions/${institutionId}/history` }),
  ),
  'POST /v1/operator/institutions/{institutionId}/recovered': {
    access: 'operator',
    answer: recoveredAnswer,
    ask: ({ institutionId }) => ({
      path: `/v1/operator/institutions/${institutionId}/recovered`,
      body: { why: 'a test of isolation' },
    }),
  },
  'GET /v1/operator/batches': looking(batchesAnswer, () => ({ path: '/v1/operator/batches' })),
  'POST /v1/operator/batches': {
    access: 'operator',
    answer: batchSeen,
    ask: ({ institutionId }) => ({
      path: '/v1/operator/batches',
      body: { verb: 'cancel', filter: { waitingFor: institutionId } },
    }),
  },
  'POST /v1/operator/batches/{batchNo}/run': {
    access: 'operator',
    answer: z.union([batchRun, batchRefused]),
    // Another number than was seen: what is tried here is the door.
    ask: () => ({
      path: '/v1/operator/batches/1/run',
      body: { why: 'a test of isolation', refreshes: 999_999 },
    }),
  },
  'GET /v1/operator/poison': looking(poisonAnswer, ({ institutionId }) => ({
    path: `/v1/operator/poison?institution=${institutionId}`,
  })),
  'POST /v1/operator/poison/replay': {
    access: 'operator',
    answer: replayedAnswer,
    ask: ({ institutionId }) => ({
      path: '/v1/operator/poison/replay',
      body: { why: 'a test of isolation', institution: institutionId },
    }),
  },
  'POST /v1/operator/poison/{userKey}/{institutionId}/replay': {
    access: 'operator',
    answer: replayedAnswer,
    ask: ({ userKey, institutionId }) => ({
      path: `/v1/operator/poison/${userKey}/${institutionId}/replay`,
      body: { why: 'a test of isolation' },
    }),
  },
  'GET /v1/operator/institution-settings': looking(institutionSettingsAnswer, () => ({
    path: '/v1/operator/institution-settings',
  })),
  'POST /v1/operator/institutions/{institutionId}/pause': said('pause'),
  'POST /v1/operator/institutions/{institutionId}/resume': said('resume'),
  'POST /v1/operator/institutions/{institutionId}/limits': said('limits', { concurrency: 100 }),
  'POST /v1/operator/institutions/{institutionId}/windows': said('windows', { hours: null, maintenance: [] }),
  'POST /v1/operator/institutions/{institutionId}/timeouts': said('timeouts', {
    callMs: null,
    attemptMs: null,
  }),
  'POST /v1/operator/institutions/{institutionId}/force': {
    access: 'operator',
    answer: forceAnswer,
    ask: ({ institutionId }) => ({
      path: `/v1/operator/institutions/${institutionId}/force`,
      body: { to: 'none', why: 'a test of isolation' },
    }),
  },
}

/** The same place of another snapshot. */
function withSnapshot(cursor: string, snapshotNo: number): string {
  const [, ...place] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
  return Buffer.from(JSON.stringify([snapshotNo, ...place])).toString('base64url')
}
