import { toCompactDate } from '../../../domain/time.ts'
import type { Visit } from '../../connector.ts'
import { createAsk, inBody, listed, wholeAnswer } from '../asking.ts'
import { loanTransactionList } from '../bookings.ts'
import { type Listing, PAGE_ROWS, type Pages, readAllPages, type RowBudget, whereIs } from '../paging.ts'
import type { Window } from '../windows.ts'
import {
  approvalList,
  type Bill,
  billLineList,
  billList,
  type Card,
  cardBasic,
  cardList,
  loansHeld,
  longTermList,
  paymentList,
  pointList,
  revolvingList,
  type SentApproval,
  shortTermList,
} from './answers.ts'

type Query = Record<string, string>

/** The card companies' HTTP: one function per API, each read to its end and checked field by field. */
export function createCardApi(visit: Visit, budget: RowBudget) {
  const org_code = visit.institution.institutionId
  const ask = createAsk(visit)

  const get = (api: string, path: string, query: Query, signal?: AbortSignal) =>
    ask({ api, method: 'GET', path: `/v2/card/${path}`, query: { org_code, ...query } }, signal)

  /** An API that answers at once, whole. */
  async function single<Row>(
    api: string,
    path: string,
    read: (body: Record<string, unknown>, where: string) => Row[],
    since: string | null,
    signal: AbortSignal,
  ): Promise<Pages<Row>> {
    const answer = await get(api, path, { search_timestamp: since ?? '0' }, signal)
    return wholeAnswer(answer, whereIs(visit, api), read)
  }

  /** An API with pages. What is in `first` alone goes with the first page only. */
  const paged = <Row>(
    api: string,
    path: string,
    listing: Listing<Row>,
    query: Query,
    { first = {}, signal }: { first?: Query; signal?: AbortSignal } = {},
  ): Promise<Pages<Row>> =>
    readAllPages(
      whereIs(visit, api),
      listing,
      (cursor) => {
        const start: Query = cursor === null ? first : { next_page: cursor }
        return get(api, path, { ...query, ...start, limit: PAGE_ROWS }, signal)
      },
      budget,
    )

  const approvalsOf =
    (api: string, path: string) =>
    (cardId: string, window: Window, signal: AbortSignal): Promise<Pages<SentApproval>> =>
      paged(api, `cards/${encodeURIComponent(cardId)}/${path}`, approvalList, days(window), { signal })

  const atOnce =
    <Row>(api: string, path: string, listing: Listing<Row>) =>
    (since: string | null, signal: AbortSignal) =>
      single(api, path, listed(listing), since, signal)

  return {
    cards: (since: string | null): Promise<Pages<Card>> =>
      paged('card-001', 'cards', cardList, {}, { first: { search_timestamp: since ?? '0' } }),
    basic: (cardId: string, since: string | null, signal: AbortSignal) =>
      single('card-002', `cards/${encodeURIComponent(cardId)}`, inBody(cardBasic), since, signal),
    domestic: approvalsOf('card-008', 'approval-domestic'),
    overseas: approvalsOf('card-009', 'approval-overseas'),
    points: atOnce('card-003', 'points', pointList),
    bills: ({ from, to }: Window, signal: AbortSignal): Promise<Pages<Bill>> => {
      const months = { from_month: monthDigits(from), to_month: monthDigits(to) }
      return paged('card-004', 'bills', billList, months, { signal })
    },
    billLines: ({ charge_month, seqno }: Pick<Bill, 'charge_month' | 'seqno'>, signal: AbortSignal) => {
      const bill = { charge_month: monthDigits(charge_month), ...(seqno === null ? {} : { seqno }) }
      return paged('card-005', 'bills/detail', billLineList, bill, { signal })
    },
    payments: atOnce('card-006', 'payments', paymentList),
    revolving: atOnce('card-007', 'payments/revolving', revolvingList),
    /** Asked for whole each time: two flags, and "unchanged" would leave open which loans there are. */
    loansHeld: (signal: AbortSignal) => single('card-010', 'loans', inBody(loansHeld), null, signal),
    shortTerm: atOnce('card-011', 'loans/short-term', shortTermList),
    longTerm: atOnce('card-012', 'loans/long-term', longTermList),
    loanTransactions: (loan_num: string, { from, to }: Window, signal: AbortSignal) =>
      readAllPages(
        whereIs(visit, 'card-013'),
        loanTransactionList,
        (cursor) => {
          const start: Query = cursor === null ? {} : { next_page: cursor }
          const json = { org_code, loan_num, ...days({ from, to }), limit: PAGE_ROWS, ...start }
          return ask(
            { api: 'card-013', method: 'POST', path: '/v2/card/loans/long-term/transactions', json },
            signal,
          )
        },
        budget,
      ),
  }
}

export type CardApi = ReturnType<typeof createCardApi>

const monthDigits = (day: string): string => day.slice(0, 7).replace('-', '')

const days = ({ from, to }: Window): Query => ({
  from_date: toCompactDate(from),
  to_date: toCompactDate(to),
})
