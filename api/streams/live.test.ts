import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test, vi } from 'vitest'

import type { Heads } from '../../db/stream-heads.ts'
import { DomainFailure } from '../../domain/failures.ts'
import { readEvents } from '../../standalone/story/sent-events.ts'
import { PERSON } from '../make-api.ts'
import { problemAnswer } from '../problem-answers.ts'
import { endingEvent } from './live.ts'
import { startStreams } from './make-streams.ts'

const NOTHING: Heads = { published: [], refresh: null, views: { latest: null, complete: null } }
const ENDED_BECAUSE = async (answer: Response) => {
  for await (const { event, data } of readEvents(answer.body!)) {
    if (event === 'ending') return endingEvent.parse(JSON.parse(data)).because
  }
  return null
}

test('is a stream that nothing in between keeps, collects or changes, and says when to come again', async () => {
  const { ask } = await startStreams()
  const answer = await ask('/v1/me/stream')
  expect(answer.status).toBe(200)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  const reader = answer.body!.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toMatch(/^retry: [1-4]\d{3}\n\n/)
  await reader.cancel()
})

test('a heartbeat is heard while nothing happens', async () => {
  const { ask } = await startStreams({ beat: { heartbeatMs: 20, stuckMs: 1_000 } })
  const reader = (await ask('/v1/me/stream')).body!.getReader()
  let text = ''
  while (!text.endsWith(':\n\n:\n\n')) text += new TextDecoder().decode((await reader.read()).value)
  await reader.cancel()
})

test.each([
  ['HEAD', '/v1/me/stream', 405],
  ['POST', '/v1/me/stream', 405],
  ['HEAD', '/v1/me/refreshes/1/stream', 405],
  ['GET', '/v1/me/refreshes/0/stream', 404],
  ['GET', '/v1/me/refreshes/1/stream', 404],
  ['GET', '/v1/me/stream?view=latest', 400],
])('%s %s is answered with %i', async (method, path, status) => {
  const { ask } = await startStreams()
  expect((await ask(path, { method })).status).toBe(status)
})

test('what could not be opened takes no place', async () => {
  const { ask } = await startStreams({ limits: { perUser: 1, perProcess: 1 } })
  for (let tried = 0; tried < 3; tried += 1) expect((await ask('/v1/me/refreshes/1/stream')).status).toBe(404)
  const open = await ask('/v1/me/stream')
  expect(open.status).toBe(200)
  await open.body!.cancel()
})

test('a person may have so many and no more, which keeps nobody else out; one that ends makes room', async () => {
  const { ask } = await startStreams({ limits: { perUser: 2, perProcess: 100 } })
  const open = await Promise.all([ask('/v1/me/stream'), ask('/v1/me/stream')])
  const refused = await ask('/v1/me/stream')
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBe('30')
  expect(problemAnswer.parse(await refused.json()).title).toBe('TooManyStreams')
  const other = await ask('/v1/me/stream', { headers: { authorization: 'Bearer stranger' } })
  expect(other.status).toBe(200)

  await open[0].body!.cancel()
  await vi.waitFor(async () => {
    const again = await ask('/v1/me/stream')
    await again.body!.cancel()
    expect(again.status).toBe(200)
  }, 10_000)
})

test('a process that has as many as it bears sends people elsewhere', async () => {
  const { ask } = await startStreams({ limits: { perUser: 8, perProcess: 1 } })
  expect((await ask('/v1/me/stream')).status).toBe(200)
  const refused = await ask('/v1/me/stream', { headers: { authorization: 'Bearer stranger' } })
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('5')
  expect(problemAnswer.parse(await refused.json()).title).toBe('StreamsFull')
})

test('a stream ends with its token, and says so', async () => {
  const { ask } = await startStreams({ expiresAt: () => new Date(Date.now() + 300) })
  const begunAt = performance.now()
  expect(await ENDED_BECAUSE(await ask('/v1/me/stream'))).toBe('TokenExpired')
  expect(performance.now() - begunAt).toBeGreaterThan(290)
})

test('at a shutdown every stream is told to come again, and no other is opened', async () => {
  const { ask, streams } = await startStreams()
  const open = await ask('/v1/me/stream')
  streams.close()
  expect(await ENDED_BECAUSE(open)).toBe('ShuttingDown')
  expect((await ask('/v1/me/stream')).status).toBe(503)
})

test('nobody waits for open streams when the server closes', async () => {
  const { ask, streams, server } = await startStreams()
  await ask('/v1/me/stream')
  const begunAt = performance.now()
  streams.close()
  await server.close()
  expect(performance.now() - begunAt).toBeLessThan(4_500)
})

test('a database that is away ends no stream: it goes on when it is back', async () => {
  let isAway = false
  let latest = 1
  const { ask, changed } = await startStreams({
    heads: async () => {
      if (isAway) throw new DomainFailure('StorageUnavailable', 'away')
      return { ...NOTHING, published: [makeHead(latest)], views: { latest, complete: latest } }
    },
  })
  const events = readEvents((await ask('/v1/me/stream')).body!)
  expect((await events.next()).value).toMatchObject({ event: 'snapshot', id: '1' })
  isAway = true
  changed(PERSON)
  await sleep(100)
  isAway = false
  latest = 2
  expect((await events.next()).value).toMatchObject({ event: 'snapshot', id: '2' })
  await events.return(undefined)
})

test('a client that takes nothing is dropped, and meanwhile nothing is kept for it', async () => {
  const heads = vi.fn(async (_userId: number, after: number) => ({
    ...NOTHING,
    published: Array.from({ length: 50 }, (_, at) => makeHead(after + 50 - at)),
    views: { latest: after + 50, complete: null },
  }))
  const limits = { perUser: 1, perProcess: 1 }
  const { url, ask, changed } = await startStreams({
    heads,
    limits,
    beat: { heartbeatMs: 20, stuckMs: 500 },
  })
  const slow = connect(Number(new URL(url).port), '127.0.0.1').pause()
  slow.on('error', () => {})
  slow.write('GET /v1/me/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer good\r\n\r\n')
  await vi.waitFor(() => expect(heads).toHaveBeenCalled(), 10_000)
  expect((await ask('/v1/me/stream')).status).toBe(429)
  // As long as it is taken, more is read; when the way is full, no more is.
  let asked = 0
  while (heads.mock.calls.length > asked) {
    asked = heads.mock.calls.length
    for (let turn = 0; turn < 50; turn += 1) {
      changed(PERSON)
      await sleep(1)
    }
  }
  await vi.waitFor(async () => expect((await ask('/v1/me/stream')).status).toBe(200), 15_000)
  slow.destroy()
}, 20_000)

const makeHead = (snapshotNo: number): Heads['published'][number] => ({
  snapshotNo,
  status: 'complete',
  publishedAt: new Date('2026-11-22T08:30:00.123Z'),
  refreshNo: 1,
  fresh: 2,
  carriedOver: 0,
  absent: 0,
})
