import { toCompactDate } from '../../../domain/time.ts'
import type { Visit } from '../../connector.ts'
import { createAsk, inBody, listed, wholeAnswer } from '../asking.ts'
import { loanTransactionList } from '../bookings.ts'
import { type Listing, PAGE_ROWS, type Pages, readAllPages, type RowBudget, whereIs } from '../paging.ts'
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
} from './answers.ts'

/** An account as the calls about it name it. */
export type AccountKey = { account_num: string; seqno: string | null }

/** The banks' HTTP: one function per API, each read to its end and checked field by field. */
export function createBankApi(visit: Visit, budget: RowBudget) {
  const org_code = visit.institution.institutionId

  const ask = createAsk(visit)

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
      return wholeAnswer(answer, whereIs(visit, api), read)
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

const keyOf = ({ account_num, seqno }: AccountKey): Record<string, string> =>
  seqno === null ? { account_num } : { account_num, seqno }
