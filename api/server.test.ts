import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'

import { describe, expect, test, vi } from 'vitest'

import { createLog } from '../log.ts'
import { startApi } from './make-api.ts'
import { problemAnswer } from './problem-answers.ts'

const VIEWED = { type: 'assets.home_viewed' }

describe('answers as a problem', () => {
  test.each(['/', '/v1', '/v1/me', '/v1/me/snapshot/1', '/v1/EVENTS/x', '/v2/events', '/.env'])(
    'the address %s, which is not there',
    async (path) => {
      const { ask } = await startApi()
      const answer = await ask(path)
      expect(answer.status).toBe(404)
      expect(problemAnswer.parse(await answer.json()).type).toBe('/problems/NotFound')
    },
  )

  test.each([
    ['GET', '/v1/events', 'POST'],
    ['DELETE', '/v1/events', 'POST'],
    ['POST', '/v1/me/snapshot', 'GET, HEAD'],
    ['PUT', '/v1/me/transactions', 'GET, HEAD'],
    ['DELETE', '/v1/me/refreshes/1', 'GET, HEAD'],
    ['OPTIONS', '/v1/me/snapshot', 'GET, HEAD'],
    ['POST', '/readyz', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
  ])('%s %s, which takes %s', async (method, path, allow) => {
    const { ask } = await startApi()
    const answer = await ask(path, { method })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe(allow)
    expect(problemAnswer.parse(await answer.json()).type).toBe('/problems/MethodNotAllowed')
  })

  test('an address that cannot be decoded', async () => {
    const { ask } = await startApi()
    const answer = await ask('/v1/me/refreshes/%E0%A4%A')
    expect(answer.status).toBe(400)
    expect(problemAnswer.parse(await answer.json()).type).toBe('/problems/InvalidRequest')
  })

  test('a body of more than 64 KB', async () => {
    const { post } = await startApi()
    const answer = await post({ ...VIEWED, padding: 'x'.repeat(65_536) })
    expect(answer.status).toBe(413)
    expect(problemAnswer.parse(await answer.json()).type).toBe('/problems/PayloadTooLarge')
  })

  test.each([
    ['another type', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['another alphabet', { 'content-type': 'application/json; charset=latin1' }],
    ['a compressed body', { 'content-encoding': 'gzip' }],
  ])('%s', async (_, headers) => {
    const { post } = await startApi()
    const answer = await post(VIEWED, headers)
    expect(answer.status).toBe(415)
    expect(problemAnswer.parse(await answer.json()).type).toBe('/problems/UnsupportedMediaType')
  })
})

describe('what the caller can read', () => {
  test.each(['text/html', 'image/*', 'application/json;q=0'])(
    '%s, is asked before anything is done',
    async (accept) => {
      const record = vi.fn()
      const { ask, post } = await startApi({ events: { record } })
      for (const answer of [
        await ask('/v1/me/snapshot', { headers: { accept } }),
        await post(VIEWED, { accept }),
      ])
        expect([answer.status, await answer.json()]).toMatchObject([406, { title: 'NotAcceptable' }])
      expect(record).not.toHaveBeenCalled()
    },
  )

  test.each(['*/*', 'application/*', 'text/html, */*;q=0.1', 'application/json'])(
    '%s, is enough',
    async (accept) => {
      const { ask } = await startApi()
      expect((await ask('/healthz', { headers: { accept } })).status).toBe(200)
    },
  )
})

describe('a request id', () => {
  test('of the caller is echoed, in the problem too, and logged', async () => {
    const log = createLog('api', 'silent')
    const logged = vi.spyOn(log, 'info')
    const { ask } = await startApi({ log })
    const answer = await ask('/v1/me/snapshot?view=latest', { headers: { 'x-request-id': 'caller-1.2_3' } })
    expect(answer.headers.get('x-request-id')).toBe('caller-1.2_3')
    expect(await answer.json()).toMatchObject({ requestId: 'caller-1.2_3' })
    await vi.waitFor(() => expect(logged).toHaveBeenCalledOnce(), 10_000)
    expect(logged.mock.calls[0]![0]).toMatchObject({
      requestId: 'caller-1.2_3',
      method: 'GET',
      route: '/v1/me/snapshot',
      status: 404,
    })
    expect(JSON.stringify(logged.mock.calls)).not.toContain('view=latest')
  })

  test.each(['', 'short', 'x'.repeat(65), 'with spaces in it', '{"level":"error"}'])(
    'like "%s" is replaced by one of ours',
    async (given) => {
      const { ask } = await startApi()
      const answer = await ask('/healthz', { headers: { 'x-request-id': given } })
      expect(answer.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
    },
  )
})

test('hangs up on who does not finish a request, and serves the others meanwhile', async () => {
  const { server, ask } = await startApi()
  const slow = connect(server.port, '127.0.0.1')
  slow.on('error', () => {})
  slow.write('GET /healthz HTTP/1.1\r\nHost: x\r\n')
  const begunAt = performance.now()
  expect((await ask('/healthz')).status).toBe(200)
  await once(slow.resume(), 'close')
  expect(performance.now() - begunAt).toBeLessThan(15_000)
}, 20_000)

test('finishes what it has begun before it closes, and accepts nothing new', async () => {
  const committed = new EventEmitter()
  const { server, ask, post } = await startApi({
    failpoint: async () => {
      committed.emit('begun')
      await once(committed, 'finish')
    },
  })
  const begun = once(committed, 'begun')
  const inProgress = post(VIEWED)
  await begun
  const begunAt = performance.now()
  const closed = server.close()
  await expect(ask('/healthz')).rejects.toThrow('fetch failed')
  committed.emit('finish')
  expect((await inProgress).status).toBe(202)
  await closed
  expect(performance.now() - begunAt).toBeLessThan(4_500)
})

test('breaks off after five seconds what does not finish', async () => {
  const committed = new EventEmitter()
  const { server, post } = await startApi({
    failpoint: async () => {
      committed.emit('begun')
      await once(committed, 'finish')
    },
  })
  const begun = once(committed, 'begun')
  const brokenOff = expect(post(VIEWED)).rejects.toThrow('fetch failed')
  await begun
  const begunAt = performance.now()
  await server.close()
  await brokenOff
  expect(performance.now() - begunAt).toBeGreaterThan(4_900)
})
