import { z } from 'zod'

import type { RefreshCursor } from '../../db/operator-refreshes.ts'
import { invalid } from '../problems.ts'
import { userKey } from './parameters.ts'

const parts = z.tuple([
  z.iso.datetime({ precision: 3 }),
  userKey,
  z
    .int()
    .positive()
    .max(2 ** 31 - 1),
])
// 24, 64 and 10 characters with their JSON, in base64url: 145.
const LONGEST = 160

/** Where a page of refreshes ended, in a form that nobody should read. */
export const writeRefreshCursor = ({ openedAt, userKey: key, refreshNo }: RefreshCursor): string =>
  Buffer.from(JSON.stringify([openedAt.toISOString(), key, refreshNo])).toString('base64url')

/** Throws InvalidRequest for anything that was not written by us. */
export function readRefreshCursor(text: string): RefreshCursor {
  const parsed = parts.safeParse(text.length <= LONGEST ? decoded(text) : null)
  if (!parsed.success) throw invalid('cursor', 'a cursor from nextCursor was expected')
  const [openedAt, key, refreshNo] = parsed.data
  return { openedAt: new Date(openedAt), userKey: key, refreshNo }
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}
