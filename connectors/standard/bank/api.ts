import { z } from 'zod'

import { DomainFailure } from '../../../domain/failures.ts'
import { toCompactDate } from '../../../domain/time.ts'
import type { Answer, ApiRequest, Visit } from '../../connector.ts'
import * as field from '../fields.ts'
import {
  type Listing,
  PAGE_ROWS,
  type Pages,
  readAllPages,
  type RowBudget,
  rowsOf,
  whereIs,
} from '../paging.ts'
import type { Window } from '../windows.ts'
import {
  accountList,
  type BankAccount,
  creditTerms,
  depositBasicList,
  depositDetailList,
  depositTransactionList,
  loanBasic,
  loanDetail,
  loanTransactionList,
} from './answers.ts'

/** An account as the calls about it name it. */
export type AccountKey = { account_num: string; seqno: string | null }

/** The banks' HTTP: one function per API, each read to its end and checked field by field. */
export function createBankApi(visit: Visit, budget: RowBudget) {
  const org_code = visit.institution.institutionId

  async function ask(request: ApiRequest, signal?: AbortSignal): Promise<Answer> {
    const answer = await visit.call(request, signal ? { signal } : {})
    const since = (request.query ?? request.json)?.['search_timestamp'] ?? '0'
    if (answer.outcome !== 'upToDate' || since !== '0') return answer
    throw new DomainFailure(
      'UnexpectedResponse',
      `${whereIs(visit, request.api)}: expected data, not "unchanged"`,
    )
  }

  const post = (api: string, path: string, json: Record<string, string>, signal?: AbortSignal) =>
    ask({ api, method: 'POST', path: `/v2/bank/accounts/${path}`, json }, signal)

  /** An API that answers at once, whole. */
  function single<Row>(
    api: string,
    path: string,
    read: (body: Record<string, unknown>, where: string) => Row[],
  ) {
    return async (key: AccountKey, since: string | null, signal?: AbortSignal): Promise<Pages<Row>> => {
      const answer = await post(
        api,
        path,
        { org_code, ...keyOf(key), search_timestamp: since ?? '0' },
        signal,
      )
      const where = whereIs(visit, api)
      const { search_timestamp: searchTimestamp } = field.parseAnswer(stamped, answer.body, where)
      if (answer.outcome !== 'data') return { outcome: answer.outcome, searchTimestamp }
      return { outcome: 'data', rows: read(answer.body, where), searchTimestamp }
    }
  }

  function transactions<Row>(api: string, path: string, listing: Listing<Row>) {
    return (key: AccountKey, { from, to }: Window, signal?: AbortSignal): Promise<Pages<Row>> => {
      const days = { from_date: toCompactDate(from), to_date: toCompactDate(to) }
      const first = { org_code, ...keyOf(key), ...days, limit: PAGE_ROWS }
      const readPage = (cursor: string | null) =>
        post(api, path, cursor === null ? first : { ...first, next_page: cursor }, signal)
      return readAllPages(whereIs(visit, api), listing, readPage, budget)
    }
  }

  return {
    accounts: (since: string | null): Promise<Pages<BankAccount>> =>
      readAllPages(
        whereIs(visit, 'bank-001'),
        accountList,
        (cursor) => {
          const start: Record<string, string> =
            cursor === null ? { search_timestamp: since ?? '0' } : { next_page: cursor }
          const query = { org_code, ...start, limit: PAGE_ROWS }
          return ask({ api: 'bank-001', method: 'GET', path: '/v2/bank/accounts', query })
        },
        budget,
      ),
    depositBasic: single('bank-002', 'deposit/basic', listed(depositBasicList)),
    depositDetail: single('bank-003', 'deposit/detail', listed(depositDetailList)),
    depositTransactions: transactions('bank-004', 'deposit/transactions', depositTransactionList),
    loanBasic: single('bank-008', 'loan/basic', inBody(loanBasic)),
    loanDetail: single('bank-009', 'loan/detail', inBody(loanDetail)),
    creditTerms: single('bank-009', 'loan/detail', inBody(creditTerms)),
    loanTransactions: transactions('bank-010', 'loan/transactions', loanTransactionList),
  }
}

export type BankApi = ReturnType<typeof createBankApi>

const listed =
  <Row>(listing: Listing<Row>) =>
  (body: Record<string, unknown>, where: string) =>
    rowsOf(body, listing, where)

const inBody =
  <Row>(schema: z.ZodType<Row>) =>
  (body: Record<string, unknown>, where: string) => [field.parseAnswer(schema, body, where)]

const keyOf = ({ account_num, seqno }: AccountKey): Record<string, string> =>
  seqno === null ? { account_num } : { account_num, seqno }

const stamped = z.object({ search_timestamp: field.searchTimestamp })
