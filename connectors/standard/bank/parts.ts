import { DomainFailure } from '../../../domain/failures.ts'
import type {
  AccountRow,
  BalanceRow,
  ContractRow,
  Identity,
  Section,
  TransactionRow,
} from '../../../domain/reading.ts'
import type { Visit } from '../../connector.ts'
import { markOf } from '../marks.ts'
import { type Pages, whereIs } from '../paging.ts'
import { type ScheduledSpan, type Window, windowToRead } from '../windows.ts'
import type { AccountKey, BankApi } from './api.ts'
import * as transform from './transform.ts'

/** One API of one account: the sections it makes. */
export type Part = { api: string; read: () => Promise<Section[]> }

type Makers<Row> = { balances?: (sent: Row) => BalanceRow; contracts?: (sent: Row) => ContractRow }
type Single<Row> = (key: AccountKey, since: string | null, signal: AbortSignal) => Promise<Pages<Row>>
type Ranged<Row> = (key: AccountKey, range: Window, signal: AbortSignal) => Promise<Pages<Row>>
type ToRows<Row> = (account: Identity, sent: readonly Row[]) => TransactionRow[]

/** Every API of an account, to be read one after another. */
export function createParts(visit: Visit, api: BankApi, account: AccountRow, signal: AbortSignal) {
  const { identity } = account
  const key: AccountKey = { account_num: account.number, seqno: account.roundNo }

  /** An API that answers at once. */
  function single<Row>(name: string, ask: Single<Row>, makers: Makers<Row>): Part {
    const read = async () => {
      const mark = markOf(visit, identity, name)
      const pages = await ask(key, mark.searchTimestamp, signal)
      // A full answer without a timestamp is one that cannot be asked about: the next one is full again.
      const searchTimestamp =
        pages.outcome === 'data' ? pages.searchTimestamp : (pages.searchTimestamp ?? mark.searchTimestamp)
      const place = {
        extent: { asset: identity, api: name, window: null },
        mark: pages.outcome === 'nothingHeld' ? mark : { ...mark, searchTimestamp },
      }
      return sectionsOf(pages, makers, place, whereIs(visit, name))
    }
    return { api: name, read }
  }

  /** Transactions of a window, all pages identified together. */
  function bookings<Row>(name: string, ask: Ranged<Row>, toRows: ToRows<Row>, span: ScheduledSpan): Part {
    const read = async (): Promise<Section[]> => {
      const mark = markOf(visit, identity, name)
      const window = windowToRead(mark.readUntil, span, visit)
      const extent = { asset: identity, api: name, window }
      const pages = await ask(key, window, signal)
      // "Nothing here" deletes nothing and settles nothing: the same days are asked for again.
      if (pages.outcome !== 'data') return [{ kind: 'transactions', extent, mark, outcome: 'upToDate' }]
      const moved = { ...mark, readUntil: window.to }
      return [
        { kind: 'transactions', extent, mark: moved, outcome: 'full', rows: toRows(identity, pages.rows) },
      ]
    }
    return { api: name, read }
  }

  const { depositContract, depositBalance, loanContract, loanBalance, loanTerms } = transform
  return {
    depositBasic: () => single('bank-002', api.depositBasic, { contracts: depositContract(identity) }),
    depositDetail: () => single('bank-003', api.depositDetail, { balances: depositBalance(identity) }),
    depositTransactions: () =>
      bookings('bank-004', api.depositTransactions, transform.depositTransactions, '31 days'),
    loanBasic: () => single('bank-008', api.loanBasic, { contracts: loanContract(identity) }),
    loanDetail: () =>
      single('bank-009', api.loanDetail, { balances: loanBalance(identity), contracts: loanTerms(identity) }),
    creditTerms: () => single('bank-009', api.creditTerms, { contracts: loanTerms(identity) }),
    loanTransactions: () =>
      bookings('bank-010', api.loanTransactions, transform.loanTransactions, '3 months'),
  }
}

type Place = Pick<Section, 'extent' | 'mark'>

/** One section per kind of row that is made of the answer. */
function sectionsOf<Row>(
  pages: Pages<Row>,
  { balances, contracts }: Makers<Row>,
  place: Place,
  where: string,
) {
  const sections: Section[] = []
  if (pages.outcome !== 'data') {
    if (balances) sections.push({ kind: 'balances', ...place, outcome: 'upToDate' })
    if (contracts) sections.push({ kind: 'contracts', ...place, outcome: 'upToDate' })
    return sections
  }
  if (balances)
    sections.push({
      kind: 'balances',
      ...place,
      outcome: 'full',
      rows: onceEach(pages.rows.map(balances), where),
    })
  if (contracts)
    sections.push({
      kind: 'contracts',
      ...place,
      outcome: 'full',
      rows: onceEach(pages.rows.map(contracts), where),
    })
  return sections
}

/** Two balances in one currency are one row if they are equal, and not to be trusted if they are not. */
function onceEach<Row extends { identity: Identity }>(rows: Row[], where: string): Row[] {
  const contents = [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()]
  if (new Set(contents.map(({ identity }) => identity)).size === contents.length) return contents
  throw new DomainFailure('UnexpectedResponse', `${where}: expected one row per currency`)
}
