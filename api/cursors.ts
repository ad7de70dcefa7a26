import { hash } from 'node:crypto'

import { z } from 'zod'

import { MOST_NUMBER } from './answers/fields.ts'
import { invalid } from './problems.ts'

/** Where a page ended, and in which snapshot. */
export type Cursor = { snapshotNo: number; occurredAt: string; id: string }

// 8-byte numbers as the database keeps them; a wall clock that exists.
const MOST_ID = 2n ** 63n - 1n
const parts = z.tuple([
  z.int().positive().max(MOST_NUMBER),
  z.string().refine(isWallClock),
  z.string().refine((id) => /^[1-9]\d{0,18}$/.test(id) && BigInt(id) <= MOST_ID),
  z.string().regex(/^[\w-]{8}$/),
])
// Four parts of 10, 19, 19 and 8 characters with their JSON, in base64url: 96.
const LONGEST = 120

/**
 * Where a page ended, in a form that nobody should read, with a mark of what was asked for: the next page is of the same
 * snapshot and the same question. It opens nothing: reads stay limited to the caller's rows.
 */
export const writeCursor = ({ snapshotNo, occurredAt, id }: Cursor, question: unknown): string =>
  Buffer.from(JSON.stringify([snapshotNo, occurredAt, id, markOf(question)])).toString('base64url')

/** Throws InvalidRequest for anything that was not written by us, and for a cursor of another question. */
export function readCursor(text: string, question: unknown): Cursor {
  const parsed = parts.safeParse(text.length <= LONGEST ? decoded(text) : null)
  if (!parsed.success) throw invalid('cursor', 'a cursor from nextCursor was expected')
  const [snapshotNo, occurredAt, id, mark] = parsed.data
  if (mark !== markOf(question))
    throw invalid('cursor', 'belongs to other filters: only limit may differ from page to page')
  return { snapshotNo, occurredAt, id }
}

// 48 bits: it tells a slip, and guards nothing.
const markOf = (question: unknown): string =>
  hash('sha256', JSON.stringify(question), 'base64url').slice(0, 8)

function decoded(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}

/** 'YYYY-MM-DD HH:mm:ss' of a day that exists: anything else would be refused by the database, as our own fault. */
function isWallClock(text: string): boolean {
  if (!/^[12]\d{3}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return false
  const asUtc = new Date(`${text.replace(' ', 'T')}Z`)
  return !Number.isNaN(asUtc.getTime()) && asUtc.toISOString().startsWith(text.replace(' ', 'T'))
}
