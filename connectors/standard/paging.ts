import { z } from 'zod'

import type { DomainFailure } from '../../domain/failures.ts'
import type { Answer, Visit } from '../connector.ts'
import { unexpectedAnswer } from '../evidence.ts'
import { parseAnswer, searchTimestamp, text } from './fields.ts'

// A heavy account has some 500 rows a month: twelve months are 12 pages of 500, or 200 rows of a relay's 30 … a page.
const MOST_PAGES = 100
// Rows of one reading, held in memory until it is whole: at about 1 KB each, 20 MB.
const MOST_ROWS = 20_000
const TOO_MANY = `at most ${MOST_ROWS} rows in one reading`
/** The largest page the contract allows. */
export const PAGE_ROWS = '500'

/** Where rows stand in an answer: in a list, whose count of this page stands beside it. */
export type Listing<Row> = { list: string; count: string; row: z.ZodType<Row> }

/**
 * All rows of one API, read to its end; or that there is no change, or nothing at all. `doubtful`: those that stand word for
 * word on more than one page, each once. Pages may overlap, since rows move while they are read; or these are twins.
 */
export type Pages<Row> =
  | { outcome: 'data'; rows: Row[]; doubtful: Row[]; searchTimestamp: string | null }
  | { outcome: 'upToDate' | 'nothingHeld'; searchTimestamp: string | null }

/** How many rows a reading may still bring. */
export type RowBudget = { left: number }

export const createRowBudget = (): RowBudget => ({ left: MOST_ROWS })

export const whereIs = ({ institution }: Visit, api: string): string => `${institution.institutionId} ${api}`

/**
 * Reads page after page until there is no cursor: an empty page may have a successor. Refuses a cursor that comes
 * twice, too many pages, too many rows, and a page that does not hold as many rows as it says.
 */
export async function readAllPages<Row>(
  where: string,
  listing: Listing<Row>,
  readPage: (cursor: string | null) => Promise<Answer>,
  budget: RowBudget,
): Promise<Pages<Row>> {
  const pages: Row[][] = []
  let count = 0
  const cursors = new Set<string>()
  let since: string | null = null
  for (let cursor: string | null = null, page = 1; page <= MOST_PAGES; page += 1) {
    const answer = await readPage(cursor)
    if (answer.outcome !== 'data' && page > 1)
      throw unexpected(where, 'rows or an end on a further page', answer.body)
    const head = parseAnswer(headOfPage, answer.body, where)
    if (page === 1) since = head.search_timestamp
    if (answer.outcome !== 'data') return { outcome: answer.outcome, searchTimestamp: since }
    const rows = rowsOf(answer.body, listing, where)
    pages.push(rows)
    count += rows.length
    if (count > budget.left) throw unexpected(where, TOO_MANY, answer.body)
    cursor = head.next_page
    if (cursor === null) {
      budget.left -= count
      return { outcome: 'data', rows: pages.flat(), doubtful: onTwoPages(pages), searchTimestamp: since }
    }
    if (cursors.has(cursor)) throw unexpected(where, 'a cursor that was not sent before', answer.body)
    cursors.add(cursor)
  }
  throw unexpected(where, `at most ${MOST_PAGES} pages`)
}

function onTwoPages<Row>(pages: readonly (readonly Row[])[]): Row[] {
  const seen = new Set<string>()
  const doubtful = new Map<string, Row>()
  for (const rows of pages.length > 1 ? pages : []) {
    const here = new Map(rows.map((row) => [JSON.stringify(row), row]))
    for (const [content, row] of here) if (seen.has(content)) doubtful.set(content, row)
    for (const content of here.keys()) seen.add(content)
  }
  return [...doubtful.values()]
}

/** The rows of one answer, of an API with or without pages. A missing list is empty only where the count says so. */
export function rowsOf<Row>(
  body: Record<string, unknown>,
  { list, count, row }: Listing<Row>,
  where: string,
): Row[] {
  const stated = parseAnswer(z.object({ [count]: text }), body, where)[count] ?? null
  const absent = body[list] === undefined || body[list] === null || body[list] === ''
  const sent: unknown = absent ? [] : body[list]
  if (!Array.isArray(sent) || (absent && stated === null)) throw unexpected(where, `a list in ${list}`, body)
  if (stated !== null && !(/^\d{1,5}$/.test(stated) && Number(stated) === sent.length))
    throw unexpected(where, `as many rows as ${count} says`, body)
  // One after another, up to the first that is wrong: what is said of each wrong row of a large page would fill the memory.
  return sent.map((each: unknown, at) => parseAnswer(row, each, where, `${list}.${at}`, body))
}

const headOfPage = z.object({ next_page: text, search_timestamp: searchTimestamp })

const unexpected = (where: string, expected: string, body?: unknown): DomainFailure =>
  unexpectedAnswer(`${where}: expected ${expected}`, body)
