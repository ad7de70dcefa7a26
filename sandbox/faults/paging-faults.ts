import { forgetOldest } from '../forget-oldest.ts'
import type { Aliases } from './aliases.ts'
import type { Listing, Row } from './listing.ts'

/** What a fault of paging may know of the call. */
export type Turn = {
  /** The cursor as the client sent it; undefined: the first page. */
  cursor: string | undefined
  /** The cursor as the institution understood it. */
  meantCursor: string | undefined
  aliases: Aliases
  /** Rows of one page that the next one shall have. */
  carried: Carried
  /** Something happens in the person's ledger now. */
  happen: () => void
}
export type PagingFault = { says: string; page: (listing: Listing, turn: Turn) => Listing }
export type Carried = ReturnType<typeof createCarried>

/** Rows that an overlapping page repeats. */
const OVERLAP = 2
/** Pages whose rows are carried over; the oldest is forgotten. */
const MAX_CARRIED = 5_000

/** Pages that do not belong together. None of these changes what the institution knows, but for 'data-changes'. */
export const PAGING_FAULTS = {
  'same-cursor': {
    says: 'a further page says that it is followed by itself',
    page: ({ rows, next }, { cursor }) => ({ rows, next: cursor ?? next }),
  },
  'endless-pages': {
    says: 'the last page is followed by the first one, with a new cursor, without end',
    page: ({ rows, next }, { aliases }) => ({ rows, next: next ?? aliases.cursorTo('') }),
  },
  'empty-page': {
    says: 'a page without rows, with a successor that has them',
    page: (_, { aliases, meantCursor }) => ({ rows: [], next: aliases.cursorTo(meantCursor ?? '') }),
  },
  'rows-doubled': {
    // Of a row without a number nobody could say whether it was doubled or has a genuine twin.
    says: 'each row that has a number twice',
    page: ({ rows, next }) => ({ rows: rows.flatMap((row) => (hasNumber(row) ? [row, row] : [row])), next }),
  },
  'rows-overlapping': {
    says: 'a further page begins with the last two rows of the page before',
    page: ({ rows, next }, { cursor, carried }) => {
      carried.put(next, rows.slice(-OVERLAP))
      return { rows: [...carried.get(cursor), ...rows], next }
    },
  },
  'rows-reordered': {
    says: 'the rows of a page in the opposite order',
    page: ({ rows, next }) => ({ rows: rows.toReversed(), next }),
  },
  'rows-moving': {
    says: 'the last row of a page moves to the page after it',
    page: ({ rows, next }, { cursor, carried }) => {
      const all = [...carried.get(cursor), ...rows]
      carried.put(next, all.slice(-1))
      return { rows: next === undefined ? all : all.slice(0, -1), next }
    },
  },
  'rows-vanishing': {
    says: 'a further page lacks its first row',
    page: ({ rows, next }, { cursor }) => ({ rows: cursor === undefined ? rows : rows.slice(1), next }),
  },
  'data-changes': {
    says: 'before a further page is sent, something is booked: in the first demand deposit, on the first card',
    page: (listing, { cursor, happen }) => {
      if (cursor !== undefined) happen()
      return listing
    },
  },
} as const satisfies Record<string, PagingFault>

/** Rows by the cursor of the page that shall have them. A page asked again has them again. */
export function createCarried() {
  const kept = new Map<string, readonly Row[]>()
  return {
    put: (next: string | undefined, rows: readonly Row[]): void => {
      if (next === undefined) return
      kept.delete(next)
      kept.set(next, rows)
      if (kept.size > MAX_CARRIED) forgetOldest(kept)
    },
    get: (cursor: string | undefined): readonly Row[] => kept.get(cursor ?? '') ?? [],
  }
}

const hasNumber = (row: Row): boolean =>
  NUMBERS.some((field) => typeof row[field] === 'string' && row[field] !== '')

const NUMBERS = ['trans_no', 'approved_num'] as const
