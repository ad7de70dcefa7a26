import { randomUUID } from 'node:crypto'

import { Pool } from 'undici'

import type { Person } from './people.ts'

/** What the API said to an event, and how long until it had said it. */
export type Accepted = { outcome: string; refreshNo: number | null; ms: number }

/** The API as an app uses it: over HTTP, with a token, on kept connections. */
export function createApiClient(url: string) {
  const pool = new Pool(url, { connections: 64 })

  async function post(person: Person, type = 'assets.refresh_requested'): Promise<Accepted> {
    const begunAt = performance.now()
    const response = await pool.request({
      method: 'POST',
      path: '/v1/events',
      headers: {
        authorization: `Bearer ${person.token}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify({ type }),
    })
    const answer = (await response.body.json()) as { outcome: string; refresh?: { refreshNo: number } }
    const ms = performance.now() - begunAt
    if (response.statusCode !== 202) throw new Error(`expected 202 for an event, got ${response.statusCode}`)
    return { outcome: answer.outcome, refreshNo: answer.refresh?.refreshNo ?? null, ms }
  }

  /** Posts an event that must start a refresh; anything else would measure nothing. */
  async function start(person: Person): Promise<{ refreshNo: number; ms: number }> {
    const { outcome, refreshNo, ms } = await post(person)
    if (outcome !== 'started' || refreshNo === null) {
      throw new Error(`expected the event of ${person.name} to start a refresh; it was ${outcome}`)
    }
    return { refreshNo, ms }
  }

  /** One read of the snapshot, to the last byte. */
  async function readSnapshot(person: Person): Promise<{ ms: number; bytes: number }> {
    const begunAt = performance.now()
    const response = await pool.request({
      method: 'GET',
      path: '/v1/me/snapshot',
      headers: { authorization: `Bearer ${person.token}` },
    })
    const text = await response.body.text()
    if (response.statusCode !== 200) throw new Error(`expected a snapshot, got ${response.statusCode}`)
    return { ms: performance.now() - begunAt, bytes: text.length }
  }

  return { post, start, readSnapshot, close: () => pool.close() }
}

export type ApiClient = ReturnType<typeof createApiClient>
