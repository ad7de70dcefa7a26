import { type Answer, data } from '../answer.ts'
import { answerSince, type Ask, entitlement } from '../ask.ts'

/** An answer in one page, with a timestamp. */
export function whole(ask: Ask, assetKey: string, contentAt: (at: number) => object): Answer {
  const use = entitlement(ask, assetKey, true)
  const since = answerSince(ask, assetKey, contentAt)
  use()
  if ('status' in since) return since
  return data({ search_timestamp: since.searchTimestamp, ...contentAt(ask.now) })
}

/** A list with its length, as every answer has it. */
export function counted(name: string, rows: readonly object[]): object {
  return { [`${name}_cnt`]: String(rows.length), [`${name}_list`]: rows }
}
