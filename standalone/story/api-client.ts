import { randomUUID } from 'node:crypto'

import type { Operations } from '../../clients/moa-api.ts'
import type { EventAnswer, RefreshAnswer, SnapshotAnswer, TransactionsAnswer } from './api-answers.ts'
import { readEvents } from './sent-events.ts'

/** An answer takes milliseconds; the API's own limit for one is 15 s. */
const ANSWER_LIMIT_MS = 20_000
/** As many rows as the API gives at once; 500 pages are 100,000 transactions. */
const ROWS_A_PAGE = 200
const MOST_PAGES = 500

export type ApiClient = {
  raise(type: Operations['raiseEvent']['body']['type']): Promise<EventAnswer>
  refresh(refreshNo: number): Promise<RefreshAnswer>
  /** How it stands, now and after each change, until it is closed or the stream ends. */
  states(refreshNo: number, signal: AbortSignal): AsyncGenerator<RefreshAnswer>
  /** The number of the newest refresh, now and when there is another, until the stream ends. */
  newest(signal: AbortSignal): AsyncGenerator<number>
  /** Undefined while nothing has been published. */
  snapshot(): Promise<SnapshotAnswer | undefined>
  /** How many there are of each institution. */
  transactionCounts(): Promise<Map<string, number>>
}

/** The API as the person whose token this is sees it. */
export function createApiClient(apiUrl: string, token: string): ApiClient {
  async function ask(path: string, body?: unknown): Promise<Response> {
    const idempotent = { 'content-type': 'application/json', 'idempotency-key': randomUUID() }
    return fetch(`${apiUrl}${path}`, {
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : idempotent) },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    })
  }

  const raise: ApiClient['raise'] = async (type) => read<EventAnswer>(await ask('/v1/events', { type }))

  const refresh = async (refreshNo: number) => read<RefreshAnswer>(await ask(`/v1/me/refreshes/${refreshNo}`))

  /** What one kind of event of a stream carries. */
  async function* carried<Data>(path: string, kind: string, signal: AbortSignal): AsyncGenerator<Data> {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${apiUrl}${path}`, { headers, signal })
    if (!answer.ok || !answer.body) throw new Error(`the API answered ${answer.status} to ${path}`)
    for await (const { event, data } of readEvents(answer.body)) {
      if (event !== kind) continue
      const told: Data = JSON.parse(data)
      yield told
    }
  }

  const states = (refreshNo: number, signal: AbortSignal) =>
    carried<RefreshAnswer>(`/v1/me/refreshes/${refreshNo}/stream`, 'refresh', signal)

  async function* newest(signal: AbortSignal): AsyncGenerator<number> {
    for await (const { refreshNo } of carried<{ refreshNo: number }>('/v1/me/stream', 'refresh', signal))
      yield refreshNo
  }

  async function snapshot(): Promise<SnapshotAnswer | undefined> {
    const answer = await ask('/v1/me/snapshot')
    return answer.status === 404 ? undefined : read<SnapshotAnswer>(answer)
  }

  async function transactionCounts(): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    let cursor: string | null = null
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const query = new URLSearchParams({ limit: `${ROWS_A_PAGE}`, ...(cursor === null ? {} : { cursor }) })
      const { transactions, nextCursor }: TransactionsAnswer = await read(
        await ask(`/v1/me/transactions?${query.toString()}`),
      )
      for (const { institutionId } of transactions)
        counts.set(institutionId, (counts.get(institutionId) ?? 0) + 1)
      if (nextCursor === null) return counts
      cursor = nextCursor
    }
    throw new Error(`more than ${MOST_PAGES * ROWS_A_PAGE} transactions: more than can be counted here`)
  }

  return { raise, refresh, states, newest, snapshot, transactionCounts }
}

/** The API's tests hold every answer to the document that these types are made from. */
async function read<Body>(answer: Response): Promise<Body> {
  const where = new URL(answer.url).pathname
  if (!answer.ok) throw new Error(`the API answered ${answer.status} to ${where}`)
  const body: Body = JSON.parse(await answer.text())
  return body
}
