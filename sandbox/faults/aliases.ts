import { forgetOldest } from '../forget-oldest.ts'
import { digitsOf } from '../random.ts'
import type { Row } from './listing.ts'

export type Aliases = ReturnType<typeof createAliases>
type Params = Readonly<Record<string, string>>

/** What names an asset: in lists, and in the calls that read it. */
const ID_FIELDS = ['account_num', 'card_id']

/** Ids and cursors given out under other names; the oldest is forgotten. */
const MAX_ALIASES = 50_000

/** Other names for assets and cursors, understood for as long as they are remembered. */
export function createAliases(seed: string) {
  const real = new Map<string, string>()
  let cursors = 0
  const remember = (alias: string, meant: string): string => {
    real.delete(alias)
    real.set(alias, meant)
    if (real.size > MAX_ALIASES) forgetOldest(real)
    return alias
  }
  return {
    /** The row with ids that are this consent's own. */
    renamed: (row: Row, consent: readonly string[]): Row => {
      const own = ID_FIELDS.flatMap((field) => {
        const id = row[field]
        if (typeof id !== 'string') return []
        // Numbers of invented people begin with 999, whatever they are called.
        const digits = digitsOf(Math.min(20, Math.max(4, id.length)) - 3, seed, field, id, ...consent)
        return [[field, remember(`999${digits}`, id)] as const]
      })
      return { ...row, ...Object.fromEntries(own) }
    },
    /** A cursor that was never given before and leads to the page of another; '' is the first page. */
    cursorTo: (cursor: string): string => {
      cursors += 1
      return remember(`again${digitsOf(20, seed, 'cursor', `${cursors}`)}`, cursor)
    },
    /** What a call means; `isAgain`: its cursor was one of ours. */
    understood: (params: Params | undefined): { params: Params | undefined; isAgain: boolean } => {
      if (params === undefined || real.size === 0) return { params, isAgain: false }
      const named = [...ID_FIELDS, 'next_page'].filter((field) => real.has(params[field] ?? ''))
      const meant = named.map((field) => [field, real.get(params[field] ?? '') ?? ''] as const)
      return {
        params: { ...params, ...Object.fromEntries(meant) },
        isAgain: named.includes('next_page'),
      }
    },
  }
}
