import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { DomainFailure } from '../../../domain/failures.ts'
import { httpFor, makeVisit, say, startInstitution, type TestInstitution } from '../../test-institution.ts'
import { createRowBudget } from '../paging.ts'
import { codeOf, type Example, examplesOf, isAnswer, named } from '../test-examples.ts'
import { createCardApi } from './api.ts'

/*
 * Every example of the contract, as the sandbox keeps it, is read by the code that reads card companies: the files, and
 * those that stand in the description of each operation.
 */

const PREFIX = '/v2/card/'
const since = '20261122101500'
const days = { from: '2026-11-01', to: '2026-11-22' }
const { signal } = new AbortController()

const readers: Record<string, (api: ReturnType<typeof createCardApi>) => Promise<unknown>> = {
  cards: (api) => api.cards(since),
  'cards/{card_id}': (api) => api.basic('CARD-0001', since, signal),
  'cards/{card_id}/approval-domestic': (api) => api.domestic('CARD-0001', days, signal),
  'cards/{card_id}/approval-overseas': (api) => api.overseas('CARD-0001', days, signal),
  points: (api) => api.points(since, signal),
  bills: (api) => api.bills(days, signal),
  'bills/detail': (api) => api.billLines({ charge_month: '2026-10', seqno: null }, signal),
  payments: (api) => api.payments(since, signal),
  'payments/revolving': (api) => api.revolving(since, signal),
  loans: (api) => api.loansHeld(signal),
  'loans/short-term': (api) => api.shortTerm(since, signal),
  'loans/long-term': (api) => api.longTerm(since, signal),
  'loans/long-term/transactions': (api) => api.loanTransactions('LN00000001', days, signal),
}

const readerOf = (path: string) => (path.startsWith(PREFIX) ? readers[path.slice(PREFIX.length)] : undefined)
const all = examplesOf((path) => readerOf(path) !== undefined)

let company: TestInstitution
let http: ReturnType<typeof httpFor>
beforeAll(async () => {
  company = await startInstitution(() => {})
  http = httpFor(company.institution)
})
afterAll(async () => {
  await http.close()
  await company.close()
})

const LISTS = ['card', 'approved', 'bill', 'bill_detail', 'trans']
const end = Object.fromEntries(
  LISTS.flatMap((name) => [
    [`${name}_cnt`, '0'],
    [`${name}_list`, []],
  ]),
)

/** Reads one example by the call that it answers; a cursor in it is followed by an empty last page. */
async function readExample({ path, status, body }: Example): Promise<unknown> {
  company.behave((asked, response) =>
    asked.params['next_page'] === undefined
      ? say(asked, response, JSON.stringify(body), status)
      : say(asked, response, { rsp_code: '00000', ...end }),
  )
  const api = createCardApi(makeVisit(company.institution, http), createRowBudget())
  return readerOf(path)?.(api) ?? expect.fail(`no reader for ${path}`)
}

// The flags of loans are asked for whole: an answer without them is none.
const asks = (example: Example) => example.path !== `${PREFIX}loans` || codeOf(example) !== '00001'

describe('an example of the contract', () => {
  test('stands for each API that is read, and for each error', () => {
    expect(new Set(all.map(({ path }) => path)).size).toBe(Object.keys(readers).length)
    expect(new Set(all.map(codeOf)).size).toBeGreaterThan(25)
  })

  test.each(named(all.filter((example) => isAnswer(example) && asks(example))))(
    'is read: %s',
    async (_name, example) => {
      const read = await readExample(example)
      const outcomes: Record<string, string> = { '00001': 'upToDate', '40403': 'nothingHeld' }
      expect(read).toMatchObject({ outcome: outcomes[String(codeOf(example))] ?? 'data' })
      const rows = Object.entries(Object(example.body)).find(([key]) => key.endsWith('_list'))
      if (rows) expect(Reflect.get(Object(read), 'rows')).toHaveLength(Object(rows[1]).length)
    },
  )

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
