import { describe, expect, test, vi } from 'vitest'

import type { StandingConsent } from '../../db/consent-list.ts'
import type { AskedConsents } from '../../db/consent-requests.ts'
import { makeConsent } from '../make-consents.ts'
import { RequestProblem } from '../problems.ts'
import { type ConsentSettings, createBeginConsent, type Wish } from './begin.ts'

const DAY_MS = 86_400_000
const KNOWN = ['bank', 'bank', 'card', 'invest'].map((industry, i) => ({
  institutionId: `${industry}-${i}`,
  industry,
  name: industry,
  baseUrl: `https://${industry}-${i}.example/`,
  connector: null,
  windows: [],
  concurrency: 1,
  pausedUntil: null,
  callMs: null,
  attemptMs: null,
  state: 'active',
  updatedAt: new Date(),
}))
const [BANK, OTHER_BANK, CARD, INVEST] = KNOWN.map(({ institutionId }) => institutionId) as [
  string,
  string,
  string,
  string,
]
const SETTINGS: ConsentSettings = {
  clientId: 'moa',
  redirectUri: 'https://app.example/callback',
  integratedUrl: 'https://all.example/oauth/2.0/authorize',
  longestDays: 365,
}

type Stage = { standing?: StandingConsent[]; settings?: Partial<ConsentSettings>; isFull?: boolean }

function makeBegin({ standing = [], settings = {}, isFull = false }: Stage = {}) {
  const expiresAt = new Date(Date.now() + 600_000)
  const opened = { requestId: 'r', state: 'the-state', codeChallenge: 'the-challenge', expiresAt }
  const open = vi.fn(async (_userId: number, _asked: AskedConsents) =>
    isFull ? ('too_many' as const) : opened,
  )
  const begin = createBeginConsent(
    {
      institutions: {
        named: async (ids) => KNOWN.filter(({ institutionId }) => ids.includes(institutionId)),
      },
      consentList: { list: async () => standing },
      consentRequests: { open },
    },
    { ...SETTINGS, ...settings },
  )
  return { open, begin: (wish: Wish) => begin(7, 'session', wish) }
}

const of = (...ids: string[]): Wish => ({ institutions: ids.map((institutionId) => ({ institutionId })) })

const refusalOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof RequestProblem)) throw new Error('a refusal was expected', { cause: error })
  return { type: error.type, paths: error.errors?.map(({ path }) => path) }
}

describe('an authorization', () => {
  test('at one institution leads to its own door, with all that it has unless said otherwise', async () => {
    const { begin, open } = makeBegin()
    const { authorizeUrl } = await begin(of(BANK))
    const url = new URL(authorizeUrl)
    expect(`${url.origin}${url.pathname}`).toBe('https://bank-0.example/oauth/2.0/authorize')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      org_code: BANK,
      response_type: 'code',
      client_id: 'moa',
      redirect_uri: 'https://app.example/callback',
      scope: 'bank.list bank.deposit bank.loan',
      state: 'the-state',
      code_challenge: 'the-challenge',
      code_challenge_method: 'S256',
      end_date: expect.stringMatching(/^\d{8}$/),
    })
    expect(open.mock.calls[0]![1]).toMatchObject({
      institutions: [{ institutionId: BANK, scope: 'bank.list bank.deposit bank.loan' }],
      purpose: 'view-and-analyse',
      isRegular: true,
      cycleMs: null,
      session: 'session',
      redirectUri: 'https://app.example/callback',
    })
  })

  test('at many leads to the one door for them, with the words of all', async () => {
    const { begin } = makeBegin()
    const url = new URL((await begin(of(BANK, CARD))).authorizeUrl)
    expect(`${url.origin}${url.pathname}`).toBe(SETTINGS.integratedUrl)
    expect(url.searchParams.get('institutions')).toBe(`${BANK},${CARD}`)
    expect(url.searchParams.get('scope')?.split(' ')).toHaveLength(8)
    expect(url.searchParams.has('org_code')).toBe(false)
  })

  test('lasts as it is told, for its purpose and in its cycle', async () => {
    const { begin, open } = makeBegin()
    const endsAt = new Date(Date.now() + 10 * DAY_MS)
    const wish = { endsAt: endsAt.toISOString(), purpose: 'view-on-request', cycleDays: 31 } as const
    await begin({ ...of(BANK), ...wish })
    expect(open.mock.calls[0]![1]).toMatchObject({
      endsAt,
      purpose: 'view-on-request',
      isRegular: false,
      cycleMs: 31 * DAY_MS,
    })
  })

  test.each<[string, Wish, Stage, string, string[]]>([
    ['nobody knows', of(BANK, 'nobody'), {}, 'InvalidRequest', ['institutions.1.institutionId']],
    ['whose industry is not read', of(INVEST), {}, 'InvalidRequest', ['institutions.0.institutionId']],
    ['named twice', of(BANK, BANK), {}, 'InvalidRequest', ['institutions']],
    [
      'with another industry’s words',
      { institutions: [{ institutionId: BANK, scope: 'card.list' }] },
      {},
      'InvalidRequest',
      ['institutions.0.scope'],
    ],
    [
      'beside others, without a door for many',
      of(BANK, CARD),
      { settings: { integratedUrl: null } },
      'InvalidRequest',
      ['institutions'],
    ],
    [
      'with another scope than one of its industry',
      { institutions: [{ institutionId: BANK }, { institutionId: OTHER_BANK, scope: 'bank.list' }] },
      {},
      'InvalidRequest',
      ['institutions'],
    ],
  ])('at an institution %s is refused', async (_, wish, stage, type, paths) => {
    const { begin, open } = makeBegin(stage)
    expect(await refusalOf(begin(wish))).toEqual({ type, paths })
    expect(open).not.toHaveBeenCalled()
  })

  test.each([
    ['in the past', -1],
    ['in more than a year', 366],
  ])('that would end %s is refused', async (_, days) => {
    const endsAt = new Date(Date.now() + days * DAY_MS).toISOString()
    expect(await refusalOf(makeBegin().begin({ ...of(BANK), endsAt }))).toMatchObject({ paths: ['endsAt'] })
  })

  test('on schedule for a purpose that is never is refused', async () => {
    const wish: Wish = { ...of(BANK), purpose: 'view-on-request', isRegular: true }
    expect(await refusalOf(makeBegin().begin(wish))).toMatchObject({ paths: ['isRegular'] })
  })

  test('beyond what one person may have open is refused', async () => {
    expect(await refusalOf(makeBegin({ isFull: true }).begin(of(BANK)))).toMatchObject({
      type: 'TooManyAuthorizations',
    })
  })
})

describe('what is agreed to already', () => {
  const standing = (given: Partial<StandingConsent>): Stage => {
    const now = new Date()
    const endsAt = new Date(now.getTime() + 31 * DAY_MS)
    const scope = 'bank.list bank.deposit'
    return { standing: [makeConsent({ institutionId: BANK, now, endsAt, scope, ...given })] }
  }
  const narrow: Wish = { institutions: [{ institutionId: BANK, scope: 'bank.list' }] }

  test('is not asked for again before its last thirty days', async () => {
    expect(await refusalOf(makeBegin(standing({})).begin(narrow))).toEqual({
      type: 'TooEarlyToRenew',
      paths: ['institutions.0.institutionId'],
    })
  })

  test.each<[string, Partial<StandingConsent>, Wish]>([
    ['in its last thirty days', { endsAt: new Date(Date.now() + 29 * DAY_MS) }, narrow],
    ['with more than it covers', {}, of(BANK)],
    ['where it waits for its person', { state: 'needs_user' }, narrow],
    ['once it has ended', { state: 'ended' }, narrow],
  ])('is asked for %s', async (_, given, wish) => {
    const { begin, open } = makeBegin(standing(given))
    await begin(wish)
    expect(open).toHaveBeenCalledOnce()
  })
})
