import { z } from 'zod'

import type { TransactionCursor } from '../db/published.ts'
import { invalid } from './problems.ts'

// 8-byte and 4-byte numbers as the database keeps them; a wall clock that exists.
const MOST_ID = 2n ** 63n - 1n
const parts = z.tuple([
  z
    .int()
    .positive()
    .max(2 ** 31 - 1),
  z.string().refine(isWallClock),
  z.string().refine((id) => /^[1-9]\d{0,18}$/.test(id) && BigInt(id) <= MOST_ID),
])
// Three parts of 10, 19 and 19 characters with their JSON, in base64url: 80.
const LONGEST = 120

/** Where a page ended, in a form that nobody should read. It opens nothing: reads stay limited to the caller's rows. */
export const writeCursor = ({ snapshotNo, occurredAt, id }: TransactionCursor): string =>
  Buffer.from(JSON.stringify([snapshotNo, occurredAt, id])).toString('base64url')

/** Throws InvalidRequest for anything that was not written by us. */
export function readCursor(text: string): TransactionCursor {
  const parsed = parts.safeParse(text.length <= LONGEST ? decoded(text) : null)
  if (!parsed.success) throw invalid('cursor', 'a cursor from nextCursor was expected')
  const [snapshotNo, occurredAt, id] = parsed.data
  return { snapshotNo, occurredAt, id }
}

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
