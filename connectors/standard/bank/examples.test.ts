import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { DomainFailure } from '../../../domain/failures.ts'
import { httpFor, makeVisit, say, startInstitution, type TestInstitution } from '../../test-institution.ts'
import { createRowBudget } from '../paging.ts'
import { codeOf, type Example, examplesOf, isAnswer, named } from '../test-examples.ts'
import { createBankApi } from './api.ts'

/*
 * Every example of the contract, as the sandbox keeps it, is read by the code that reads banks: the files, and those
 * that stand in the description of each operation.
 */

const PREFIX = '/v2/bank/accounts'
const isRead = (path: string): boolean =>
  ['', '/deposit/basic', '/deposit/detail', '/deposit/transactions', '/loan/basic', '/loan/detail']
    .concat('/loan/transactions')
    .some((end) => path === `${PREFIX}${end}`)

const all = examplesOf(isRead)

let bank: TestInstitution
let http: ReturnType<typeof httpFor>
beforeAll(async () => {
  bank = await startInstitution(() => {})
  http = httpFor(bank.institution)
})
afterAll(async () => {
  await http.close()
  await bank.close()
})

/** Reads one example by the call that it answers; a cursor in it is followed by an empty last page. */
async function readExample({ path, status, body }: Example): Promise<unknown> {
  const end = { rsp_code: '00000', trans_cnt: '0', trans_list: [], account_cnt: '0', account_list: [] }
  bank.behave((asked, response) => {
    if (asked.params['next_page'] !== undefined) return say(asked, response, end)
    return say(asked, response, JSON.stringify(body), status)
  })
  const api = createBankApi(makeVisit(bank.institution, http), createRowBudget())
  const key = { account_num: '1', seqno: null }
  const days = { from: '2026-11-01', to: '2026-11-22' }
  const since = '20261122101500'
  const readers: Record<string, () => Promise<unknown>> = {
    [PREFIX]: () => api.accounts(since),
    [`${PREFIX}/deposit/basic`]: () => api.depositBasic(key, since),
    [`${PREFIX}/deposit/detail`]: () => api.depositDetail(key, since),
    [`${PREFIX}/deposit/transactions`]: () => api.depositTransactions(key, days),
    [`${PREFIX}/loan/basic`]: () => api.loanBasic(key, since),
    [`${PREFIX}/loan/detail`]: () => api.loanDetail(key, since),
    [`${PREFIX}/loan/transactions`]: () => api.loanTransactions(key, days),
  }
  return readers[path]?.() ?? expect.fail(`no reader for ${path}`)
}

describe('an example of the contract', () => {
  test('stands for each of the seven APIs, and for each error', () => {
    expect(new Set(all.map(({ path }) => path)).size).toBe(7)
    expect(new Set(all.map(codeOf)).size).toBeGreaterThan(25)
  })

  test.each(named(all.filter(isAnswer)))('is read: %s', async (_name, example) => {
    const read = await readExample(example)
    const outcomes: Record<string, string> = { '00001': 'upToDate', '40403': 'nothingHeld' }
    expect(read).toMatchObject({ outcome: outcomes[String(codeOf(example))] ?? 'data' })
    const rows = Object.entries(Object(example.body)).find(([key]) =>
      /^(account|basic|detail|trans)_list$/.test(key),
    )
    if (rows) expect(Reflect.get(Object(read), 'rows')).toHaveLength(Object(rows[1]).length)
  })

  test.each(named(all.filter((example) => !isAnswer(example))))(
    'is a failure: %s',
    async (_name, example) => {
      const failure: unknown = await readExample(example).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(DomainFailure)
      expect(failure).not.toMatchObject({ type: 'UnexpectedResponse' })
      expect(failure).not.toMatchObject({ type: 'Unexpected' })
    },
  )
})
