import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import type { Section } from '../../../domain/reading.ts'
import { accountsOf, connectorContract } from '../../contract-suite.ts'
import { connectorFor } from '../../registry.ts'
import {
  httpFor,
  makeVisit,
  type Respond,
  say,
  startInstitution,
  type TestInstitution,
} from '../../test-institution.ts'
import { billsAnswer, cardsAnswer, cardSpecimen, makeBill, makeCard } from './fixtures.ts'
import { standardCard } from './index.ts'

connectorContract(standardCard, cardSpecimen)

const ROOT = '/v2/card/'
const UP_TO_DATE = { rsp_code: '00001' }
const NO_LOANS = { rsp_code: '00000', is_loan_short_term: 'false', is_loan_long_term: 'false' }

let company: TestInstitution
let http: ReturnType<typeof httpFor>
const plain: Respond = (asked, response) => say(asked, response, cardSpecimen.answer(asked))

beforeAll(async () => {
  company = await startInstitution(plain)
  http = httpFor(company.institution)
})
beforeEach(() => company.behave(plain))
afterAll(async () => {
  await http.close()
  await company.close()
})

const collect = (overrides: Parameters<typeof makeVisit>[2] = {}) =>
  standardCard.collect(makeVisit(company.institution, http, overrides))

/** Answers some paths otherwise; a status is taken from a code's first three digits. */
const except =
  (others: Record<string, object>): Respond =>
  (asked, response) => {
    const body = others[asked.path.replace(ROOT, '')]
    if (!body) return plain(asked, response)
    const code = 'rsp_code' in body ? String(body.rsp_code) : ''
    return say(asked, response, body, /^[45]/.test(code) ? Number(code.slice(0, 3)) : 200)
  }

const asked = () => company.calls.map(({ path }) => path.replace(ROOT, ''))
const callsTo = (path: string) => company.calls.filter((call) => call.path === `${ROOT}${path}`)
const of = (sections: readonly Section[], api: string) => sections.filter(({ extent }) => extent.api === api)
const rowsOf = (sections: readonly Section[], api: string): object[] =>
  of(sections, api).flatMap((section): object[] => (section.outcome === 'full' ? section.rows : []))
const knownFrom = async (overrides: Parameters<typeof makeVisit>[2] = {}) => {
  const reading = await collect(overrides)
  return { accounts: accountsOf(reading), marks: reading.sections.map(({ mark }) => mark) }
}

describe('the standard card company', () => {
  test('is the way card companies are read, unless a row names another', () => {
    expect(connectorFor(null, 'card')).toBe(standardCard)
    expect(connectorFor('card', 'bank')).toBe(standardCard)
  })

  test('asks each thing once, and of each card what it was used for at home and abroad', async () => {
    await collect()
    const ofCard = (card: string) => [
      `cards/${card}`,
      ...['domestic', 'overseas'].map((where) => `cards/${card}/approval-${where}`),
    ]
    const loans = ['loans', 'loans/short-term', 'loans/long-term', 'loans/long-term/transactions']
    const ofCompany = [
      'bills',
      'bills/detail',
      'bills/detail',
      'points',
      'payments',
      'payments/revolving',
      ...loans,
    ]
    expect(asked().toSorted()).toEqual(
      ['cards', ...ofCard('CARD-0001'), ...ofCard('CARD-0002'), ...ofCompany].toSorted(),
    )
  })

  test('asks nothing about a card that is not shared', async () => {
    company.behave(except({ cards: cardsAnswer([makeCard({ is_consent: 'false' })]) }))
    expect(accountsOf(await collect())[0]).toMatchObject({ isShared: false })
    expect(asked().filter((path) => path.startsWith('cards/'))).toEqual([])
  })

  test('knows credit from debit and whose card it is, and keeps the masked number only', async () => {
    company.behave(
      except({
        cards: cardsAnswer([
          makeCard({ card_member: '2' }),
          makeCard({ card_id: 'C2', card_type: '03', card_member: '' }),
        ]),
      }),
    )
    expect(accountsOf(await collect()).slice(0, 2)).toMatchObject([
      { kind: 'credit_card', isFamily: true, number: '9999-99**-****-0001', status: 'active' },
      { kind: 'check_card', isFamily: null },
    ])
  })

  test('does not guess what a card of an unknown type is', async () => {
    company.behave(except({ cards: cardsAnswer([makeCard({ card_type: '77' })]) }))
    const { sections, gaps } = await collect()
    expect(gaps).toEqual([{ asset: 'card|CARD-0001', api: 'card-001', failure: 'UnexpectedResponse' }])
    expect(of(sections, 'card-001')[0]).toMatchObject({ rows: [], mark: { searchTimestamp: null } })
  })

  test('asks no more about a card that was said to be closed, whenever the list is sent again', async () => {
    company.behave(except({ 'cards/CARD-0001': { rsp_code: '40305' } }))
    const known = await knownFrom()
    expect(known.accounts[0]).toMatchObject({ status: 'inactive' })
    expect(callsTo('cards/CARD-0001/approval-domestic')).toEqual([])
    company.behave(plain)
    expect(accountsOf(await collect({ known }))[0]).toMatchObject({ status: 'inactive' })
    expect(asked().filter((path) => path.includes('CARD-0001'))).toEqual([])
  })

  test('asks nothing more of a company that does not know the person', async () => {
    company.behave(except({ cards: { rsp_code: '40403' } }))
    expect((await collect()).sections.map(({ outcome }) => outcome)).toEqual(['upToDate'])
    expect(asked()).toEqual(['cards'])
  })

  test('reads 92 days of approvals again, and what is new', async () => {
    const known = await knownFrom({ today: '2026-11-20' })
    company.behave(plain)
    await collect({ known })
    for (const where of ['domestic', 'overseas']) {
      const [call] = callsTo(`cards/CARD-0001/approval-${where}`)
      expect(call?.params).toMatchObject({ from_date: '20260820', to_date: '20261122', limit: '500' })
    }
  })

  test('asks only once a time was named whether anything changed', async () => {
    const known = await knownFrom()
    company.behave(plain)
    await collect({ known })
    const stamps = company.calls.map(({ path, params }) => [
      path.replace(ROOT, ''),
      params['search_timestamp'],
    ])
    expect(Object.fromEntries(stamps)).toMatchObject({
      cards: '20261122101500',
      'cards/CARD-0002': '20261122101502',
      points: '20261122101502',
      payments: '20261122101502',
      'payments/revolving': '20261122101502',
      loans: '0',
      'loans/short-term': '20261122101502',
      'loans/long-term': '20261122101502',
    })
  })

  test.each([
    ['points', ['card-003']],
    ['bills', ['card-004', 'card-005']],
    ['bills/detail', ['card-005']],
    ['payments', ['card-006']],
    ['payments/revolving', ['card-007']],
    ['loans', ['card-011', 'card-012', 'card-013']],
    ['loans/short-term', ['card-011']],
    ['loans/long-term/transactions', ['card-013']],
  ])('does without %s where the consent leaves them out', async (path, apis) => {
    const all = new Set((await collect()).sections.map(({ extent }) => extent.api))
    company.behave(except({ [path]: { rsp_code: '40104' } }))
    const { sections, gaps } = await collect()
    expect(gaps).toEqual([])
    expect([...all].filter((api) => !sections.some(({ extent }) => extent.api === api))).toEqual(apis)
  })

  test.each(['cards/CARD-0001', 'cards/CARD-0002/approval-overseas'])(
    'ends where the consent leaves out cards: %s',
    async (path) => {
      company.behave(except({ [path]: { rsp_code: '40104' } }))
      await expect(collect()).rejects.toMatchObject({ type: 'OutsideConsent' })
    },
  )

  test.each([
    ['points', 'card-003', null],
    ['cards/CARD-0002/approval-overseas', 'card-009', 'card|CARD-0002'],
    ['loans/long-term/transactions', 'card-013', 'loan|long-term|LN00000001'],
  ])('goes on past %s where that is not to be read, and marks the hole', async (path, api, asset) => {
    company.behave(except({ [path]: { rsp_code: '40001' } }))
    const { sections, gaps } = await collect()
    expect(gaps).toEqual([{ asset, api, failure: 'RequestRejected' }])
    expect(sections.filter(({ extent }) => extent.api === api && extent.asset === asset)).toEqual([])
  })

  test('asks one card, and the company, one thing after another', async () => {
    const open = new Map<string, number>()
    company.behave((call, response) => {
      const who = /CARD-\d+/.exec(call.path)?.[0] ?? 'company'
      open.set(who, (open.get(who) ?? 0) + 1)
      expect(open.get(who)).toBe(1)
      setTimeout(() => {
        open.set(who, 0)
        plain(call, response)
      }, 3)
    })
    expect((await collect()).gaps).toEqual([])
  })
})

describe('bills', () => {
  test('are asked for by months, and each bill for its lines by its round', async () => {
    const { sections } = await collect()
    expect(callsTo('bills')[0]?.params).toMatchObject({ from_month: '202512', to_month: '202611' })
    expect(callsTo('bills/detail').map(({ params }) => [params['charge_month'], params['seqno']])).toEqual([
      ['202610', undefined],
      ['202609', 'B'],
    ])
    expect(rowsOf(sections, 'card-004')).toMatchObject([
      { stage: 'charged', month: '2026-10', roundNo: null, dueOn: '2026-10-14', amount: '482300' },
      { month: '2026-09', roundNo: 'B' },
    ])
    expect(rowsOf(sections, 'card-005')).toMatchObject([
      { bill: 'bill|2026-10|', account: 'card|CARD-0001', amount: '5500', installments: null },
      { bill: 'bill|2026-10|', account: 'card|CARD-0002', installments: 3, installmentNo: 2 },
      { bill: 'bill|2026-09|B' },
      { bill: 'bill|2026-09|B' },
    ])
  })

  test('stand apart from what is announced to be due, and neither is a balance', async () => {
    const { sections } = await collect()
    expect(rowsOf(sections, 'card-006')).toMatchObject([
      {
        stage: 'upcoming',
        month: null,
        dueOn: '2026-12-14',
        amount: '512700',
        lumpSum: '412700',
        other: null,
      },
    ])
    const balances = sections.filter(({ kind }) => kind === 'balances')
    expect(new Set(balances.map(({ extent }) => extent.api))).toEqual(
      new Set(['card-007', 'card-011', 'card-012']),
    )
  })

  test('of this month and the two before are read again, with their lines', async () => {
    const known = await knownFrom()
    company.behave(plain)
    await collect({ known })
    expect(callsTo('bills')[0]?.params).toMatchObject({ from_month: '202609', to_month: '202611' })
    expect(callsTo('bills/detail')).toHaveLength(2)
  })

  test('are asked for again from where they were, as long as the lines of one are missing', async () => {
    company.behave(except({ 'bills/detail': { rsp_code: '40402' } }))
    const known = await knownFrom()
    company.behave(plain)
    const { sections, gaps } = await collect({ known })
    expect(callsTo('bills')[0]?.params).toMatchObject({ from_month: '202512' })
    expect(gaps).toEqual([])
    expect(of(sections, 'card-004')[0]?.mark.readUntil).toBe('2026-11-22')
  })

  test('are believed up to a number that a person may have', async () => {
    const many = Array.from({ length: 121 }, (_, n) => makeBill({ seqno: `${n}` }))
    company.behave(except({ bills: billsAnswer(many) }))
    expect((await collect()).gaps).toEqual([{ asset: null, api: 'card-004', failure: 'UnexpectedResponse' }])
    expect(callsTo('bills/detail')).toEqual([])
  })
})

describe('what a card company lends', () => {
  test('is a loan like a bank’s: an account, a debt, its terms, and its bookings', async () => {
    const { sections } = await collect()
    expect(rowsOf(sections, 'card-012')).toMatchObject([
      { kind: 'loan', name: '모아 카드론', number: 'LN00000001', typeCode: 'long-term' },
      { side: 'debt', amount: '8500000', account: 'loan|long-term|LN00000001' },
      { ratePercent: '12.5', maturesOn: '2029-05-15', principal: '10000000', method: '04' },
    ])
    expect(rowsOf(sections, 'card-013')).toMatchObject([
      { account: 'loan|long-term|LN00000001', direction: 'in', principal: '230334', interest: '104166' },
    ])
    expect(rowsOf(sections, 'card-011')).toMatchObject([
      { kind: 'loan', typeCode: 'short-term' },
      { side: 'debt', amount: '280000' },
      { maturesOn: '2026-12-14', principal: '300000' },
    ])
    expect(rowsOf(sections, 'card-007')).toMatchObject([
      { kind: 'loan', typeCode: 'revolving', status: 'active' },
      { side: 'debt', amount: '1250000' },
      { openedOn: '2024-01-01', card: { leastPayment: '50000', leastPercent: '10', agreedPercent: null } },
    ])
  })

  test('is gone when it is said not to be there, without a further call', async () => {
    const known = await knownFrom()
    company.behave(except({ loans: NO_LOANS }))
    const { sections } = await collect({ known })
    for (const api of ['card-011', 'card-012'])
      expect(of(sections, api).map(({ kind, outcome }) => [kind, outcome])).toEqual([
        ['accounts', 'full'],
        ['balances', 'full'],
        ['contracts', 'full'],
      ])
    expect([...rowsOf(sections, 'card-011'), ...rowsOf(sections, 'card-012')]).toEqual([])
    expect(asked().filter((path) => path.startsWith('loans/'))).toEqual([])
  })

  test('is asked for its bookings where the list of loans is unchanged', async () => {
    const known = await knownFrom()
    company.behave(except({ 'loans/long-term': UP_TO_DATE }))
    const { sections } = await collect({ known })
    expect(callsTo('loans/long-term/transactions')[0]?.params).toMatchObject({
      loan_num: 'LN00000001',
      from_date: '20261115',
    })
    expect(of(sections, 'card-012').every(({ outcome }) => outcome === 'upToDate')).toBe(true)
  })
})
