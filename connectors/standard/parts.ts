import { DomainFailure } from '../../domain/failures.ts'
import type { Identity, Section, TransactionRow } from '../../domain/reading.ts'
import { plusDays } from '../../domain/time.ts'
import type { Visit } from '../connector.ts'
import { markOf } from './marks.ts'
import { type Pages, whereIs } from './paging.ts'
import type { SectionMaker } from './section-makers.ts'
import { countTwins, type Twins } from './twins.ts'
import type { Window } from './windows.ts'

/** One API of one asset: the sections it makes. */
export type Part = {
  api: string
  /** May be refused without saying anything of the asset. */
  isExtra?: boolean
  read: () => Promise<Section[]>
}

// Institutions date a booking ahead by hours or days. What is dated further ahead would stay for good if it were wrong: no
// reading asks for its day before it has come.
const MOST_DAYS_AHEAD = 31

/** Parts of one asset; of null, what the institution says of nobody's account. */
export function createPartMaker(visit: Visit, asset: Identity | null) {
  /** An API that answers at once: one section per kind of row that is made of the answer. */
  function single<Sent>(
    api: string,
    ask: (since: string | null) => Promise<Pages<Sent>>,
    ...makers: readonly SectionMaker<Sent>[]
  ): Part {
    const read = async () => {
      const mark = markOf(visit, asset, api)
      const pages = await ask(mark.searchTimestamp)
      const extent = { asset, api, window: null }
      if (pages.outcome === 'nothingHeld') return makers.map(({ unchanged }) => unchanged({ extent, mark }))
      // A full answer without a timestamp is one that cannot be asked about: the next one is full again.
      const searchTimestamp =
        pages.outcome === 'data' ? pages.searchTimestamp : (pages.searchTimestamp ?? mark.searchTimestamp)
      const place = { extent, mark: { ...mark, searchTimestamp } }
      return makers.map(({ unchanged, full }) =>
        pages.outcome === 'data' ? full(place, pages.rows, whereIs(visit, api)) : unchanged(place),
      )
    }
    return { api, read }
  }

  /** Transactions of a window, all pages identified together. */
  function bookings<Sent>(
    api: string,
    ask: (window: Window) => Promise<Pages<Sent>>,
    toRows: (sent: readonly Sent[]) => TransactionRow[],
    toWindow: (readUntil: string | null) => Window,
    twins: Twins<Sent>,
  ): Part {
    const read = async (): Promise<Section[]> => {
      const mark = markOf(visit, asset, api)
      const window = toWindow(mark.readUntil)
      const extent = { asset, api, window }
      const pages = await ask(window)
      // "Nothing here" deletes nothing and settles nothing: the same days are asked for again.
      if (pages.outcome !== 'data') return [{ kind: 'transactions', extent, mark, outcome: 'upToDate' }]
      const moved = { ...mark, readUntil: window.to }
      const sent = await countTwins(visit, api, pages, ask, twins)
      const rows = notFarAhead(toRows(sent), visit, api)
      return [{ kind: 'transactions', extent, mark: moved, outcome: 'full', rows }]
    }
    return { api, read }
  }

  return { single, bookings }
}

function notFarAhead(rows: TransactionRow[], visit: Visit, api: string): TransactionRow[] {
  const last = plusDays(visit.today, MOST_DAYS_AHEAD)
  if (rows.every(({ occurredOn }) => occurredOn <= last)) return rows
  throw new DomainFailure(
    'UnexpectedResponse',
    `${whereIs(visit, api)}: expected no booking more than ${MOST_DAYS_AHEAD} days ahead`,
  )
}
