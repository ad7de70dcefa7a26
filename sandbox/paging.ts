import { forgetOldest } from './forget-oldest.ts'
import type { Trait } from './institutions.ts'
import { seedOf } from './random.ts'

/** What a cursor says: how much of a list that was so long when its first page was read is done. */
type Position = { total: number; done: number; isEmptyTurn: boolean }
/** The rows of this page, as positions in the list, and the cursor of the next one. */
export type Page = { total: number; from: number; to: number; nextPage?: string; timesRead: number }
export type PageRequest = {
  /** API, person, institution, asset and range: a cursor is good for nothing else. */
  scope: string
  cursor: string | undefined
  limit: number
  /** Rows there are now; used by a first page only, so that new rows do not move the later ones. */
  total: number
  trait: Trait['paging']
}
export type Cursors = ReturnType<typeof createCursors>

/** Pages of the institution that sends an empty one after each: 2 × 700 rows a year / 40 = 36 calls. */
const ROWS_BEFORE_EMPTY_PAGE = 40
/** Cursors whose readings are counted; the oldest is forgotten. */
const MAX_COUNTED = 50_000

/** Cuts lists into pages. Cursors are signed, and each read's are its own. */
export function createCursors(mac: (text: string) => string) {
  const timesRead = new Map<string, number>()
  let reads = 0

  const write = (scope: string, read: string, position: Position): string => {
    const { total, done, isEmptyTurn } = position
    const text = `${read}.${total}.${done}.${isEmptyTurn ? 1 : 0}`
    return Buffer.from(`${text}.${signature(scope, text)}`).toString('base64url')
  }
  const signature = (scope: string, text: string) => mac(`${scope}|${text}`).slice(0, 16)
  const count = (cursor: string): number => {
    const times = (timesRead.get(cursor) ?? 0) + 1
    timesRead.delete(cursor)
    timesRead.set(cursor, times)
    if (timesRead.size > MAX_COUNTED) forgetOldest(timesRead)
    return times
  }
  /** Undefined: the cursor was not issued for this list. */
  const page = ({ scope, cursor, limit, total, trait }: PageRequest): Page | undefined => {
    const parts = cursor === undefined ? [] : Buffer.from(cursor, 'base64url').toString().split('.')
    const [read = `${(reads += 1)}`, wasTotal = `${total}`, done = '0', turn = '0', signed] = parts
    if (cursor !== undefined && signed !== signature(scope, parts.slice(0, 4).join('.'))) return undefined
    const position = { total: Number(wasTotal), done: Number(done), isEmptyTurn: turn === '1' }
    const size = position.isEmptyTurn ? 0 : Math.min(limit, pageSize(trait, scope, position.done))
    const to = Math.min(position.done + size, position.total)
    const isLast = to >= position.total
    const isEmptyTurn = trait === 'empty' && !position.isEmptyTurn
    return {
      total: position.total,
      from: position.done,
      to,
      ...(isLast ? {} : { nextPage: write(scope, read, { total: position.total, done: to, isEmptyTurn }) }),
      timesRead: cursor === undefined ? 1 : count(cursor),
    }
  }
  return { page }
}

function pageSize(trait: Trait['paging'], scope: string, done: number): number {
  if (trait === 'empty') return ROWS_BEFORE_EMPTY_PAGE
  if (trait === 'short') return 2 + (seedOf(scope, `${done}`) % 29)
  return Infinity
}
