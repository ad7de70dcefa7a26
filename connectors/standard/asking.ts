import { z } from 'zod'

import type { Answer, ApiRequest, Visit } from '../connector.ts'
import { unexpectedAnswer } from '../evidence.ts'
import * as field from './fields.ts'
import { type Listing, type Pages, rowsOf, whereIs } from './paging.ts'

export type Ask = (request: ApiRequest, signal?: AbortSignal) => Promise<Answer>
type ReadRows<Row> = (body: Record<string, unknown>, where: string) => Row[]

/** Calls of a visit, judged by what they asked: "unchanged" answers only who named a time before. */
export function createAsk(visit: Visit): Ask {
  return async (request, signal) => {
    const answer = await visit.call(request, signal ? { signal } : {})
    const since = (request.query ?? request.json)?.['search_timestamp'] ?? '0'
    if (answer.outcome !== 'upToDate' || since !== '0') return answer
    throw unexpectedAnswer(`${whereIs(visit, request.api)}: expected data, not "unchanged"`, answer.body)
  }
}

/** The rows of an answer that came at once, whole, with the position to ask from next time. */
export function wholeAnswer<Row>(answer: Answer, where: string, read: ReadRows<Row>): Pages<Row> {
  const { search_timestamp: searchTimestamp } = field.parseAnswer(stamped, answer.body, where)
  if (answer.outcome !== 'data') return { outcome: answer.outcome, searchTimestamp }
  return { outcome: 'data', rows: read(answer.body, where), doubtful: [], searchTimestamp }
}

/** Rows that stand in a list of the answer. */
export const listed =
  <Row>(listing: Listing<Row>): ReadRows<Row> =>
  (body, where) =>
    rowsOf(body, listing, where)

/** The answer is the row. */
export const inBody =
  <Row>(schema: z.ZodType<Row>): ReadRows<Row> =>
  (body, where) => [field.parseAnswer(schema, body, where)]

const stamped = z.object({ search_timestamp: field.searchTimestamp })
