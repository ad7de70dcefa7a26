import { connect } from 'node:net'

import { describe, expect, test } from 'vitest'

import { startApi } from './make-api.ts'
import { makeDoor } from './make-door.ts'
import { startOperator } from './operator/make-operator.ts'
import { problemAnswer } from './problem-answers.ts'

// What stands before both listeners, whatever is asked of them.
const LISTENERS = {
  users: {
    start: startApi,
    read: '/v1/me/snapshot',
    once: 'view=latest',
    write: '/v1/events',
    headers: { 'idempotency-key': 'key-00000001', authorization: 'Bearer good' },
  },
  operators: {
    start: startOperator,
    read: '/v1/operator/overview',
    once: 'since=1d',
    write: '/v1/operator/refreshes/user-key/1/cancel',
    headers: { authorization: 'Bearer operator' },
  },
} as const

/** Bytes as they are, and everything that comes back until the server hangs up. */
function send(url: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    let heard = ''
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text))
    socket.once('close', () => resolve(heard)).once('error', reject)
    socket.setTimeout(15_000, () => socket.destroy(new Error(`still open after: ${heard.slice(0, 200)}`)))
  })
}

const heads = (...lines: string[]): string => [...lines, '', ''].join('\r\n')
const asked = (...lines: string[]): string => heads(...lines, 'Host: moa', 'Connection: close')
const padding = (bytes: number): string => 'x'.repeat(bytes)

/** Status and problem of a raw answer. */
function parsed(heard: string) {
  const [head = '', body = ''] = heard.split('\r\n\r\n')
  const headers = new Headers(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]),
  )
  return { status: Number(head.split(' ')[1]), headers, body: problemAnswer.parse(JSON.parse(body)) }
}

const GUARDS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

describe.each(Object.entries(LISTENERS))('the listener of %s', (_, listener) => {
  const { read, write } = listener
  const bearer = `Authorization: ${listener.headers.authorization}`

  test.each<[string, string | Buffer, number, string]>([
    ['headers of 17 KB', asked(`GET ${read} HTTP/1.1`, `A: ${padding(17_000)}`), 431, 'HeadersTooLarge'],
    ['an address of 17 KB', asked(`GET /${padding(17_000)} HTTP/1.1`), 431, 'HeadersTooLarge'],
    ['an address of 5 KB', asked(`GET /${padding(5_000)} HTTP/1.1`), 414, 'AddressTooLong'],
    ['a query of 5 KB', asked(`GET ${read}?a=${padding(5_000)} HTTP/1.1`, bearer), 414, 'AddressTooLong'],
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'InvalidRequest'],
    ['the beginning of TLS', Buffer.from('160301020001000001fc0303', 'hex'), 400, 'InvalidRequest'],
    ['an invented method', asked(`FETCH ${read} HTTP/1.1`), 400, 'InvalidRequest'],
    ['a version to come', asked(`GET ${read} HTTP/9.9`), 400, 'InvalidRequest'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'InvalidRequest'],
    ['no Host', heads(`GET ${read} HTTP/1.1`, 'Connection: close'), 400, 'InvalidRequest'],
    ['two Hosts', asked(`GET ${read} HTTP/1.1`, 'Host: other'), 400, 'InvalidRequest'],
    ['two tokens', asked(`GET ${read} HTTP/1.1`, bearer, 'Authorization: Bearer x'), 400, 'InvalidRequest'],
    [
      'two lengths',
      asked(`POST ${write} HTTP/1.1`, 'Content-Length: 1', 'Content-Length: 2'),
      400,
      'InvalidRequest',
    ],
    [
      'a length and chunks',
      asked(`POST ${write} HTTP/1.1`, 'Content-Length: 4', 'Transfer-Encoding: chunked'),
      400,
      'InvalidRequest',
    ],
    ['a length below zero', asked(`POST ${write} HTTP/1.1`, 'Content-Length: -1'), 400, 'InvalidRequest'],
    ['a header with a NUL', asked(`GET ${read} HTTP/1.1`, 'A: x\0y'), 400, 'InvalidRequest'],
    ['a header with a line feed alone', asked(`GET ${read} HTTP/1.1`, 'A: x\ny: z'), 400, 'InvalidRequest'],
    ['a header with a space in its name', asked(`GET ${read} HTTP/1.1`, 'A b: x'), 400, 'InvalidRequest'],
    [
      'a header that goes on in the next line',
      asked(`GET ${read} HTTP/1.1`, 'A: x', ' y'),
      400,
      'InvalidRequest',
    ],
    ['an address that cannot be decoded', asked(`GET /v1/%E0%A4%A HTTP/1.1`, bearer), 404, 'NotFound'],
    ['an expectation that nobody knows', asked('GET /nothing HTTP/1.1', 'Expect: coffee'), 404, 'NotFound'],
    ['a wish for another protocol', asked('GET /nothing HTTP/1.1', 'Upgrade: websocket'), 404, 'NotFound'],
    ['an address with two slashes', asked('GET //v1/me/snapshot HTTP/1.1'), 404, 'NotFound'],
  ])('answers %s in its own form, guards it, and goes on', async (__, bytes, status, title) => {
    const { url } = await listener.start()
    const answer = parsed(await send(url, bytes))
    expect([answer.status, answer.body.status, answer.body.title]).toEqual([status, status, title])
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      ...GUARDS,
      'content-type': 'application/problem+json; charset=utf-8',
      'x-request-id': answer.body.requestId,
    })
    expect((await fetchFrom(`${url}/healthz`)).status).toBe(200)
  })

  test.each([
    ['a tunnel', heads('CONNECT bank.example:443 HTTP/1.1', 'Host: bank.example:443')],
    ['what ends in the middle of a line', 'GET / HT'],
  ])('has no answer for %s', async (__, bytes) => {
    const { url } = await listener.start()
    expect(bytes.startsWith('CONNECT') ? await send(url, bytes) : '').toBe('')
    expect((await fetchFrom(`${url}/healthz`)).status).toBe(200)
  })

  test.each([
    ['nothing', undefined, undefined, 400, 'InvalidRequest'],
    ['nothing that is called JSON', '', 'application/json', 400, 'InvalidRequest'],
    ['nothing that is called something else', '', 'text/plain', 400, 'InvalidRequest'],
    ['text', '{}', 'text/plain', 415, 'UnsupportedMediaType'],
    ['JSON without a type', new Uint8Array([123, 125]), undefined, 415, 'UnsupportedMediaType'],
    ['a kind of JSON', '{}', 'application/vnd.api+json', 415, 'UnsupportedMediaType'],
    ['a form', 'a=1', 'application/x-www-form-urlencoded', 415, 'UnsupportedMediaType'],
    ['XML', '<a/>', 'application/xml', 415, 'UnsupportedMediaType'],
    ['JSON in another alphabet', '{}', 'application/json; charset=utf-16', 415, 'UnsupportedMediaType'],
    ['half a document', '{"type":', 'application/json', 400, 'InvalidRequest'],
    ['a number', '1', 'application/json', 400, 'InvalidRequest'],
    ['a list', '[]', 'application/json', 400, 'InvalidRequest'],
    ['null', 'null', 'application/json', 400, 'InvalidRequest'],
    [
      'a field that nobody named',
      '{"type":"x","role":"operator"}',
      'application/json',
      400,
      'InvalidRequest',
    ],
    ['a prototype', '{"__proto__":{"why":"x"}}', 'application/json', 400, 'InvalidRequest'],
    ['a list in a list, 8,000 times', '['.repeat(8_000), 'application/json', 400, 'InvalidRequest'],
    ['65 KB', `{"type":"${padding(65_536)}"}`, 'application/json', 413, 'PayloadTooLarge'],
  ])('refuses a body that is %s, and says what was expected', async (__, body, type, status, title) => {
    const { url } = await listener.start()
    const answer = await fetchFrom(`${url}${write}`, {
      method: 'POST',
      headers: { ...listener.headers, ...(type === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
    })
    const problem = problemAnswer.parse(await answer.json())
    expect([answer.status, problem.title]).toEqual([status, title])
    if (body === undefined || body === '')
      expect(problem.errors).toEqual([{ path: '(whole)', message: 'a JSON body was expected' }])
  })

  test.each([
    ['in chunks', 'Transfer-Encoding: chunked', `4000\r\n${padding(0x4000)}\r\n`.repeat(80)],
    ['of 10 GB', 'Content-Length: 10000000000', '{"type":'],
  ])('does not wait for the end of a body %s', async (__, length, body) => {
    const { url } = await listener.start()
    const id = 'Idempotency-Key: key-00000001'
    const head = asked(`POST ${write} HTTP/1.1`, bearer, id, 'Content-Type: application/json', length)
    expect(parsed(await send(url, head + body)).body.title).toBe('PayloadTooLarge')
  })

  test.each([
    'a=1',
    '__proto__=1',
    'constructor=1',
    'a[b]=1',
    '=1',
    '%00=1',
    `${listener.once}&${listener.once}`,
  ])('refuses the query ?%s', async (query) => {
    const { ask } = await listener.start()
    const answer = await ask(`${read}?${query}`)
    expect([answer.status, problemAnswer.parse(await answer.json()).title]).toEqual([400, 'InvalidRequest'])
  })

  test('forbids everything to whoever would show an answer as a page or keep it', async () => {
    const { ask } = await listener.start()
    for (const answer of [await ask('/healthz'), await ask(read), await ask('/nothing')]) {
      expect(Object.fromEntries(answer.headers)).toMatchObject(GUARDS)
      for (const name of ['x-powered-by', 'server', 'etag', 'strict-transport-security'])
        expect(answer.headers.get(name)).toBeNull()
    }
  })

  test('tells a browser to keep to TLS where there is TLS alone', async () => {
    const { ask } = await listener.start({ door: makeDoor({ isBehindTls: true }) })
    expect((await ask('/healthz')).headers.get('strict-transport-security')).toBe('max-age=31536000')
  })
})

/** These answers are judged here. */
const fetchFrom = (url: string, init?: RequestInit): Promise<Response> => globalThis.fetch(url, init)
