import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { DomainFailure } from '../../../domain/failures.ts'
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
import { accountsAnswer, bankSpecimen, makeAccount, success } from './fixtures.ts'
import { standardBank } from './index.ts'

connectorContract(standardBank, bankSpecimen)

const LIST = '/v2/bank/accounts'
const under = (path: string) => `${LIST}/${path}`
const UP_TO_DATE = { rsp_code: '00001' }

let bank: TestInstitution
let http: ReturnType<typeof httpFor>
const plain: Respond = (asked, response) => say(asked, response, bankSpecimen.answer(asked))

beforeAll(async () => {
  bank = await startInstitution(plain)
  http = httpFor(bank.institution)
})
beforeEach(() => bank.behave(plain))
afterAll(async () => {
  await http.close()
  await bank.close()
})

const collect = (overrides: Parameters<typeof makeVisit>[2] = {}) =>
  standardBank.collect(makeVisit(bank.institution, http, overrides))

/** Answers some paths otherwise; a status is taken from a code's first three digits. */
const except =
  (others: Record<string, object | ((account: string) => object | null)>): Respond =>
  (asked, response) => {
    const other = others[asked.path]
    const body = typeof other === 'function' ? other(asked.params['account_num'] ?? '') : other
    if (!body) return plain(asked, response)
    const code = 'rsp_code' in body ? String(body.rsp_code) : ''
    return say(asked, response, body, /^[45]/.test(code) ? Number(code.slice(0, 3)) : 200)
  }

const withList = (...accounts: object[]) => except({ [LIST]: accountsAnswer(accounts) })
const pathsAsked = () => bank.calls.map(({ path }) => path.replace(`${LIST}/`, ''))

describe('the standard bank', () => {
  test('is the way banks are read, unless a row names another', () => {
    expect(connectorFor(null, 'bank')).toBe(standardBank)
    expect(connectorFor('bank', 'card')).toBe(standardBank)
    expect(connectorFor(null, 'telecom')).toBeNull()
    expect(connectorFor('toString', 'bank')).toBeNull()
  })

  test('asks nothing about an account that is not shared, not active, or an investment', async () => {
    bank.behave(
      withList(
        makeAccount({ is_consent: 'false' }),
        makeAccount({ account_num: '2', account_status: '02' }),
        makeAccount({ account_num: '3', account_type: '2001' }),
      ),
    )
    expect(accountsOf(await collect())).toHaveLength(3)
    expect(bank.calls).toHaveLength(1)
  })

  test('names an account by its round number too', async () => {
    bank.behave(withList(makeAccount({ seqno: '0000002' })))
    await collect()
    expect(bank.calls.slice(1).every(({ params }) => params['seqno'] === '0000002')).toBe(true)
  })

  test('counts an overdraft once: of its loan side it takes the terms, no balance and no booking', async () => {
    bank.behave(withList(makeAccount({ is_minus: true })))
    const { sections } = await collect()
    expect(sections.map(({ kind, extent }) => `${kind} ${extent.api}`)).toEqual([
      'accounts bank-001',
      'contracts bank-002',
      'balances bank-003',
      'transactions bank-004',
      'contracts bank-008',
      'contracts bank-009',
    ])
    expect(pathsAsked()).not.toContain('loan/transactions')
  })

  test('does without the credit terms of an overdraft where the consent covers no loans', async () => {
    bank.behave(
      except({
        [LIST]: accountsAnswer([makeAccount({ is_minus: true })]),
        [under('loan/basic')]: { rsp_code: '40104' },
        [under('loan/detail')]: { rsp_code: '40305' },
      }),
    )
    const { sections, gaps } = await collect()
    expect(sections).toHaveLength(4)
    expect(gaps).toEqual([])
    expect(sections[0]).toMatchObject({ rows: [{ status: 'active' }] })
  })

  test('reads a debt as what is owed, with its terms beside it', async () => {
    const { sections } = await collect()
    const rows = sections.flatMap((section): object[] =>
      section.extent.api === 'bank-009' && section.outcome === 'full' ? section.rows : [],
    )
    expect(rows).toContainEqual(
      expect.objectContaining({ side: 'debt', amount: '249688000', currency: 'KRW' }),
    )
    expect(rows).toContainEqual(
      expect.objectContaining({ principal: '250000000', nextRepaymentOn: '2026-12-15' }),
    )
  })

  test('sends what it was told last time, with the first page only', async () => {
    const { sections } = await collect()
    const marks = sections.map(({ mark }) => mark)
    bank.behave((asked, response) =>
      asked.path === LIST && asked.params['next_page'] === undefined
        ? say(asked, response, { ...bankSpecimen.answer(asked), next_page: 'c1' })
        : plain(asked, response),
    )
    await collect({ known: { accounts: [], marks } })
    const [first, second, ...others] = bank.calls
    expect(first?.params).toMatchObject({ search_timestamp: '20261122101500', limit: '500' })
    expect(second?.params).toEqual({ org_code: 'TESTBANK01', next_page: 'c1', limit: '500' })
    const stamps = others
      .filter(({ path }) => !path.endsWith('transactions'))
      .map(({ params }) => params['search_timestamp'])
    expect(new Set(stamps)).toEqual(new Set(['20261122101502']))
    const days = others
      .filter(({ path }) => path.endsWith('transactions'))
      .map(({ params }) => params['from_date'])
    expect(new Set(days)).toEqual(new Set(['20261115']))
  })

  test('keeps the position of the first page, and of each account its own', async () => {
    bank.behave((asked, response) => {
      if (asked.path !== LIST) return plain(asked, response)
      if (asked.params['next_page'] === undefined)
        return say(asked, response, { ...bankSpecimen.answer(asked), next_page: 'c1' })
      return say(asked, response, { ...accountsAnswer([]), search_timestamp: '20261122999999' })
    })
    const mark = {
      asset: 'account|99900010000001|',
      api: 'bank-004',
      searchTimestamp: null,
      readUntil: '2026-11-20',
    }
    const { sections } = await collect({ known: { accounts: [], marks: [mark] } })
    expect(sections[0]?.mark.searchTimestamp).toBe('20261122101500')
    const bookings = bank.calls.filter(({ path }) => path === under('deposit/transactions'))
    const days = bookings.map(({ params }) => [params['account_num'], params['from_date']])
    expect(Object.fromEntries(days)).toEqual({ '99900010000001': '20261113', '99900010000002': '20251123' })
  })

  test('goes on past an asset that fails, and marks the hole', async () => {
    bank.behave(
      except({
        [under('deposit/detail')]: (account) => (account.endsWith('1') ? { rsp_code: '40402' } : null),
        [under('deposit/basic')]: (account) =>
          account.endsWith('1') ? success({ basic_cnt: '2', basic_list: [] }) : null,
      }),
    )
    const { sections, gaps } = await collect()
    const asset = 'account|99900010000001|'
    expect(gaps).toEqual([
      { asset, api: 'bank-002', failure: 'UnexpectedResponse' },
      { asset, api: 'bank-003', failure: 'RequestRejected' },
    ])
    expect(sections.filter(({ extent }) => extent.asset === asset).map(({ extent }) => extent.api)).toEqual([
      'bank-004',
    ])
  })

  test.each([
    ['50001', 'InstitutionUnavailable'],
    ['50008', 'InstitutionInMaintenance'],
    ['42901', 'RateLimited'],
    ['40101', 'CredentialsRejected'],
    ['40106', 'ConsentEnded'],
    ['40104', 'OutsideConsent'],
  ])('fails as a whole on %s, and lets no call go on behind its back', async (rsp_code, type) => {
    bank.behave(except({ [under('deposit/detail')]: { rsp_code } }))
    let calls = 0
    const beforeCall = async () => void (calls += 1)
    await expect(collect({ options: { beforeCall } })).rejects.toMatchObject({ type })
    const callsUntilThen = calls
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(calls).toBe(callsUntilThen)
  })

  test.each([
    ['40305', { status: 'inactive', isShared: true }],
    ['40404', { status: 'inactive', isShared: true }],
    ['40105', { status: 'active', isShared: false }],
  ])('takes from %s what became of the account, and asks no more about it', async (rsp_code, correction) => {
    bank.behave(
      except({ [under('deposit/basic')]: (account) => (account.endsWith('1') ? { rsp_code } : null) }),
    )
    const reading = await collect()
    expect(reading.gaps).toEqual([])
    expect(accountsOf(reading)[0]).toMatchObject(correction)
    expect(bank.calls.filter(({ params }) => params['account_num'] === '99900010000001')).toHaveLength(1)

    const known = { accounts: accountsOf(reading), marks: reading.sections.map(({ mark }) => mark) }
    bank.behave(except({ [LIST]: UP_TO_DATE }))
    expect((await collect({ known })).sections[0]).toMatchObject({ kind: 'accounts', outcome: 'upToDate' })
    expect(bank.calls.filter(({ params }) => params['account_num'] === '99900010000001')).toEqual([])
  })

  test('writes the list anew where it is unchanged but an account turns out closed', async () => {
    const first = await collect()
    const known = { accounts: accountsOf(first), marks: first.sections.map(({ mark }) => mark) }
    bank.behave(
      except({
        [LIST]: UP_TO_DATE,
        [under('loan/basic')]: (account) => (account.endsWith('5') ? { rsp_code: '40305' } : null),
      }),
    )
    const [list] = (await collect({ known })).sections
    expect(list).toMatchObject({ outcome: 'full', mark: known.marks[0] })
    expect(list).toMatchObject({
      rows: [known.accounts[0], known.accounts[1], { ...known.accounts[2], status: 'inactive' }],
    })
  })

  test('keeps an account of unknown kind as it is stored, and reads the whole list again next time', async () => {
    const known = { accounts: accountsOf(await collect()).slice(0, 1), marks: [] }
    bank.behave(
      withList(
        makeAccount({ account_type: '9001' }),
        makeAccount({ account_num: '7', account_type: '9001' }),
      ),
    )
    const { sections, gaps } = await collect({ known })
    expect(gaps).toMatchObject([{ api: 'bank-001', failure: 'UnexpectedResponse' }, { asset: 'account|7|' }])
    expect(sections[0]).toMatchObject({ rows: known.accounts, mark: { searchTimestamp: null } })
  })

  test('believes no list that describes one account twice, and takes one that repeats it for once', async () => {
    bank.behave(withList(makeAccount(), makeAccount()))
    expect(accountsOf(await collect())).toHaveLength(1)
    bank.behave(withList(makeAccount(), makeAccount({ account_status: '02' })))
    await expect(collect()).rejects.toMatchObject({ type: 'UnexpectedResponse' })
  })

  test.each(['99999', '40403'])(
    'deletes nothing where the bank says that nothing is held (%s)',
    async (rsp_code) => {
      bank.behave(except({ [LIST]: { rsp_code } }))
      expect(await collect()).toMatchObject({
        sections: [{ kind: 'accounts', outcome: 'upToDate' }],
        gaps: [],
      })
      expect(bank.calls).toHaveLength(1)

      bank.behave(
        except({
          [under('deposit/transactions')]: { rsp_code },
          [under('deposit/detail')]: { rsp_code, search_timestamp: '20261122101509' },
        }),
      )
      const { sections } = await collect()
      const unsaid = sections.filter(({ extent }) => ['bank-003', 'bank-004'].includes(extent.api))
      expect(unsaid).toHaveLength(4)
      for (const section of unsaid)
        expect(section).toMatchObject({
          outcome: 'upToDate',
          mark: { searchTimestamp: null, readUntil: null },
        })
    },
  )

  test('believes no two balances in one currency', async () => {
    bank.behave(detail('2'))
    expect((await collect()).gaps).toHaveLength(2)
    bank.behave(detail('1.000'))
    expect((await collect()).gaps).toEqual([])
  })

  test('asks at most four accounts at a time, and each of them one thing after another', async () => {
    const open = new Map<string, number>()
    let most = 0
    bank.behave((asked, response) => {
      if (asked.path === LIST)
        return say(
          asked,
          response,
          accountsAnswer(Array.from({ length: 9 }, (_, n) => makeAccount({ account_num: `${n}` }))),
        )
      const account = asked.params['account_num'] ?? ''
      open.set(account, (open.get(account) ?? 0) + 1)
      most = Math.max(most, open.size)
      expect(open.get(account)).toBe(1)
      setTimeout(() => {
        open.delete(account)
        plain(asked, response)
      }, 5)
    })
    expect((await collect()).gaps).toEqual([])
    expect(most).toBe(4)
  })

  test('brings at most 20,000 rows', async () => {
    const bookings = bankSpecimen.answer({
      method: '',
      path: under('deposit/transactions'),
      headers: {},
      params: {},
    })
    let page = 0
    bank.behave(
      except({
        [LIST]: accountsAnswer([makeAccount()]),
        [under('deposit/transactions')]: () => ({
          ...bookings,
          trans_cnt: '500',
          trans_list: Array.from({ length: 500 }, () => makeUnnumbered()),
          next_page: `c${(page += 1)}`,
        }),
      }),
    )
    expect((await collect()).gaps).toMatchObject([{ api: 'bank-004', failure: 'UnexpectedResponse' }])
    expect(page).toBe(40)
  })

  test('says of a page full of wrong rows what is wrong with the first', async () => {
    const empty = Array.from({ length: 30_000 }, () => ({}))
    bank.behave(except({ [LIST]: { ...accountsAnswer([]), account_cnt: '30000', account_list: empty } }))
    const before = process.memoryUsage.rss()
    await expect(collect()).rejects.toMatchObject({
      type: 'UnexpectedResponse',
      message: 'TESTBANK01 bank-001: expected something in account_list.0.account_num',
    })
    // Every field of every row was once complained of, which made a hundred megabytes.
    expect(process.memoryUsage.rss() - before).toBeLessThan(50_000_000)
  })

  test.each([
    ['20261222', 31, []],
    ['20261223', 32, [{ api: 'bank-004', failure: 'UnexpectedResponse' }]],
  ])('takes a booking of %s, %i days ahead, as one may be, or as a mistake', async (day, _ahead, gaps) => {
    const booking = { ...makeUnnumbered(), trans_dtime: day }
    bank.behave(
      except({
        [LIST]: accountsAnswer([makeAccount()]),
        [under('deposit/transactions')]: success({ trans_cnt: '1', trans_list: [booking] }),
      }),
    )
    const reading = await collect({ today: '2026-11-21' })
    expect(reading.gaps).toMatchObject(gaps)
    expect(reading.sections.flatMap(({ kind }) => (kind === 'transactions' ? [kind] : []))).toHaveLength(
      1 - gaps.length,
    )
  })

  test('lets a failure of ours pass as it is', async () => {
    const fenced = new DomainFailure('Superseded', 'fenced')
    await expect(collect({ options: { beforeCall: () => Promise.reject(fenced) } })).rejects.toBe(fenced)
  })
})

const makeUnnumbered = () => ({ trans_dtime: '20261121', trans_type: '02', trans_amt: '1' })

const detail = (second: string) =>
  except({
    [under('deposit/detail')]: success({
      detail_cnt: '2',
      detail_list: [{ balance_amt: '1' }, { balance_amt: second }],
    }),
  })
