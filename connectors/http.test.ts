import { gzipSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { DomainFailure } from '../domain/failures.ts'
import type { ApiRequest } from './connector.ts'
import type { CallOptions } from './http.ts'
import {
  EXACT,
  httpFor,
  makeVisit,
  type Respond,
  say,
  startInstitution,
  type TestInstitution,
} from './test-institution.ts'
import { createTransactionNumbers } from './transaction-number.ts'

let bank: TestInstitution
let http: ReturnType<typeof httpFor>

beforeAll(async () => {
  bank = await startInstitution(() => {})
  http = httpFor(bank.institution, { maxBodyBytes: 100_000 })
})
afterAll(async () => {
  await http.close()
  await bank.close()
})

const LIST: ApiRequest = {
  api: 'bank-001',
  method: 'GET',
  path: '/v2/bank/accounts',
  query: { secret: 'secret' },
}
const DETAIL: ApiRequest = {
  api: 'bank-003',
  method: 'POST',
  path: '/detail',
  json: { account_num: 'secret' },
}

// What answers at all does so within this on the busiest machine.
const DEADLINE_MS = 10_000

const ask = (respond: Respond, options: Partial<CallOptions> = {}, request = LIST) => {
  bank.behave(respond)
  return makeVisit(bank.institution, http, { options: { deadlineMs: DEADLINE_MS, ...options } }).call(request)
}

const failureOf = (work: Promise<unknown>): Promise<DomainFailure> =>
  work.then(
    () => expect.fail('expected a failure'),
    (error: DomainFailure) => {
      expect(error).toBeInstanceOf(DomainFailure)
      expect(error.message).toMatch(/^TESTBANK01 bank-00\d: expected /)
      expect(error.message).not.toMatch(/secret|test\.access\.token|127\.0\.0\.1|localhost/)
      return error
    },
  )

const data = { rsp_code: '00000', secret: 'secret' }
const open: Respond = (asked, response) => {
  response.writeHead(200, {
    'x-api-tran-id': asked.headers['x-api-tran-id'] ?? '',
    'content-type': 'application/json',
  })
  response.write('{"rsp_code":"00000","secret":"')
}

describe('what goes out', () => {
  test('is signed, numbered, typed and without compression', async () => {
    await ask((asked, response) => say(asked, response, data))
    expect(bank.calls[0]?.headers).toMatchObject({
      authorization: 'Bearer test.access.token',
      'x-api-type': 'user-refresh',
      'accept-encoding': 'identity',
    })
    expect(bank.calls[0]?.headers['x-api-tran-id']).toMatch(/^TESTMOA001M[A-Z0-9]{14}$/)
    expect(bank.calls[0]?.params).toEqual({ secret: 'secret' })
  })

  test('never repeats a number, in 20,000 calls of two processes', () => {
    // Two makers stand for two processes: each has its own share of the numbers.
    const seen = new Set<string>()
    for (const client of [numbers(), numbers()]) for (let i = 0; i < 10_000; i += 1) seen.add(client())
    expect(seen.size).toBe(20_000)
  })

  test.each(['https://elsewhere.example', 'file:///etc/passwd', 'nothing', 'http://127.0.0.1:1'])(
    'does not go to %s',
    async (baseUrl) => {
      const visit = makeVisit({ ...bank.institution, baseUrl }, http)
      expect((await failureOf(visit.call(LIST))).type).toBe('RequestRejected')
    },
  )

  test('does not leave the registered origin by its path', async () => {
    bank.behave((asked, response) => say(asked, response, data))
    await makeVisit(bank.institution, http).call({ ...LIST, path: '//elsewhere.example/x' })
    expect(bank.calls.length).toBe(1)
  })

  test('asks nobody whether it may once it was told to stop', async () => {
    const reason = new Error('revoked')
    let asked = 0
    const beforeCall = async () => void (asked += 1)
    await expect(ask(() => {}, { signal: AbortSignal.abort(reason), beforeCall })).rejects.toBe(reason)
    expect(asked).toBe(0)
  })

  test('waits for the word that it may, and does not go out without', async () => {
    const ended = new DomainFailure('Superseded', 'fenced')
    const call = ask((asked, response) => say(asked, response, data), {
      beforeCall: () => Promise.reject(ended),
    })
    await expect(call).rejects.toBe(ended)
    expect(bank.calls).toEqual([])
  })
})

describe('the total deadline ends', () => {
  test.each<[string, Respond]>([
    ['silence', () => {}],
    ['a body that stops', open],
    [
      'a drip of one byte at a time',
      (asked, response) => {
        open(asked, response)
        const drip = setInterval(() => response.write('x'), 20)
        response.on('close', () => clearInterval(drip))
      },
    ],
    [
      'a drip of headers',
      (_asked, response) => {
        response.socket?.write('HTTP/1.1 200 OK\r\nx-slow: ')
        const drip = setInterval(() => response.socket?.write('x'), 20)
        response.on('close', () => clearInterval(drip))
      },
    ],
  ])('%s', async (_name, respond) => {
    // None of these answers ever ends by itself.
    expect((await failureOf(ask(respond, { deadlineMs: 400 }))).type).toBe('InstitutionTooSlow')
  })
})

test('the caller’s signal ends a call with its own reason, even in the body', async () => {
  const stop = new AbortController()
  const reason = new Error('revoked')
  const call = ask(
    (asked, response) => {
      open(asked, response)
      setTimeout(() => stop.abort(reason), 30)
    },
    { signal: stop.signal },
  )
  await expect(call).rejects.toBe(reason)
})

describe('a connection that', () => {
  test.each<[string, Respond]>([
    ['is reset before the answer', (_asked, response) => void response.socket?.resetAndDestroy()],
    ['is closed before the answer', (_asked, response) => void response.destroy()],
    [
      'is reset in the body',
      (asked, response) => {
        open(asked, response)
        setTimeout(() => response.socket?.resetAndDestroy(), 20)
      },
    ],
    [
      'ends in a chunk',
      (asked, response) => {
        open(asked, response)
        setTimeout(() => response.socket?.end(), 20)
      },
    ],
  ])('%s makes the institution unavailable', async (_name, respond) => {
    expect((await failureOf(ask(respond))).type).toBe('InstitutionUnavailable')
    expect(bank.calls.length).toBe(1)
  })

  test('is refused makes the institution unavailable', async () => {
    const gone = await startInstitution(() => {})
    await gone.close()
    const client = httpFor(gone.institution)
    expect((await failureOf(makeVisit(gone.institution, client).call(LIST))).type).toBe(
      'InstitutionUnavailable',
    )
    await client.close()
  })

  test('has no such host makes the institution unavailable', async () => {
    const nowhere = { ...bank.institution, baseUrl: 'http://bank.invalid' }
    const client = httpFor(nowhere)
    expect((await failureOf(makeVisit(nowhere, client).call(LIST))).type).toBe('InstitutionUnavailable')
    await client.close()
  })

  test('was closed while it idled is replaced once, for a GET', async () => {
    expect(await callsOverStaleConnection(LIST)).toEqual({ outcome: 'data', calls: 2, numbers: 2 })
  })

  test('was closed while it idled is not replaced for a POST', async () => {
    expect(await callsOverStaleConnection(DETAIL)).toEqual({
      outcome: 'InstitutionUnavailable',
      calls: 1,
      numbers: 1,
    })
  })
})

const sent =
  (body: string | Buffer, headers = {}, status = 200): Respond =>
  (asked, response) => {
    response.writeHead(status, { 'x-api-tran-id': asked.headers['x-api-tran-id'] ?? '', ...headers })
    response.end(body)
  }
const nested = (depth: number) => `{"rsp_code":"00000","a":${'['.repeat(depth)}${']'.repeat(depth)}}`

describe('an answer is unexpected when it', () => {
  test.each<[string, Respond]>([
    ['is empty', sent('')],
    ['is a website', sent('<html>secret</html>', { 'content-type': 'text/html' })],
    ['is cut off', sent('{"rsp_code":"00000","secret":')],
    ['is a list', sent('[]')],
    ['has no code', sent('{}')],
    ['has an unknown code', sent('{"rsp_code":"12345"}')],
    ['says NaN', sent('{"rsp_code":"00000","secret":NaN}')],
    ['says one thing twice', sent('{"rsp_code":"00000","a":"secret","a":"other"}')],
    ['is nested a hundred thousand deep', sent(nested(40_000))],
    ['is nested forty deep', sent(nested(40))],
    ['begins with a byte order mark', sent('\uFEFF{"rsp_code":"00000"}')],
    ['is not UTF-8', sent(Buffer.from('{"rsp_code":"00000","a":"\xb0\xa1"}', 'latin1'))],
    ['says it is EUC-KR', sent(JSON.stringify(data), { 'content-type': 'application/json; charset=EUC-KR' })],
    ['is compressed', sent(gzipSync(JSON.stringify(data)), { 'content-encoding': 'gzip' })],
    ['says it is compressed', sent(JSON.stringify(data), { 'content-encoding': 'br' })],
    ['is too long', sent(JSON.stringify({ ...data, secret: 'x'.repeat(100_001) }))],
    [
      'never ends',
      (asked, response) => {
        open(asked, response)
        const flood = setInterval(() => response.write('x'.repeat(60_000)), 5)
        response.on('close', () => clearInterval(flood))
      },
    ],
    ['sends us elsewhere', sent('', { location: 'http://127.0.0.1:1/' }, 302)],
    ['echoes another number', sent(JSON.stringify(data), { 'x-api-tran-id': 'TESTMOA001M00000000000000' })],
    ['breaks HTTP', (_asked, response) => void response.socket?.end('secret\r\n\r\n')],
    ['has endless headers', sent('{}', { 'x-long': 'x'.repeat(20_000) })],
    [
      'refuses a token without an echo',
      (_asked, response) => void response.writeHead(401).end('{"rsp_code":"40101"}'),
    ],
  ])('%s', async (_name, respond) => {
    expect((await failureOf(ask(respond))).type).toBe('UnexpectedResponse')
    expect(bank.calls.length).toBe(1)
  })

  test('has no echo', async () => {
    const failure = await failureOf(ask((_asked, response) => void response.end(JSON.stringify(data))))
    expect(failure.type).toBe('UnexpectedResponse')
  })
})

test('keeps every digit, and a key that would reach the prototype', async () => {
  const body = `{"rsp_code":"00000","a":${EXACT},"b":1e400,"c":-0,"d":9007199254740993,"__proto__":{"polluted":"yes"}}`
  const answer = await ask((asked, response) => say(asked, response, body))
  expect(answer.body).toMatchObject({ a: EXACT, b: '1e400', c: '-0', d: '9007199254740993' })
  expect(Object.getPrototypeOf(answer.body)).toBe(Object.prototype)
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
})

describe('a wait that is stated', () => {
  const now = new Date('2026-11-22T01:00:00Z')
  const DAY_S = 24 * 60 * 60
  test.each([
    ['seconds', '120', 120],
    ['a date', 'Sun, 22 Nov 2026 01:02:00 GMT', 120],
    ['nothing to wait for', '0', 1],
    ['31 years', '1000000000', DAY_S],
    ['a number beyond all', '9'.repeat(400), DAY_S],
    ['a negative number', '-5', 60],
    ['a date that has passed', 'Sun, 22 Nov 2020 01:02:00 GMT', 60],
    ['words', 'soon', 60],
    ['nothing', undefined, 60],
  ])('as %s', async (_name, header, seconds) => {
    const clocked = httpFor(bank.institution, { now: () => now })
    bank.behave((asked, response) =>
      say(asked, response, { rsp_code: '42901' }, 429, header === undefined ? {} : { 'retry-after': header }),
    )
    const failure = await failureOf(makeVisit(bank.institution, clocked).call(LIST))
    expect(failure.type).toBe('RateLimited')
    expect(failure.notBefore?.getTime()).toBe(now.getTime() + seconds * 1000)
    await clocked.close()
  })

  test('makes an outage a maintenance', async () => {
    const failure = await failureOf(
      ask((_asked, response) => void response.writeHead(503, { 'retry-after': '60' }).end()),
    )
    expect(failure.type).toBe('InstitutionInMaintenance')
    expect(failure.notBefore).toBeInstanceOf(Date)
  })
})

const numbers = () => createTransactionNumbers('TESTMOA001')

/** One call that is answered, then one on the same connection, which the institution has closed by then. */
async function callsOverStaleConnection(request: ApiRequest) {
  const client = httpFor(bank.institution, { maxConnectionsPerOrigin: 1 })
  const served = new WeakSet<object>()
  const onceEach: Respond = (asked, response) => {
    const socket = response.socket
    if (!socket || served.has(socket)) return void socket?.destroy()
    served.add(socket)
    return say(asked, response, data)
  }
  bank.behave(onceEach)
  const visit = makeVisit(bank.institution, client)
  await visit.call(request)
  bank.behave(onceEach)
  const outcome = await visit.call(request).then(
    (answer) => answer.outcome,
    (error: DomainFailure) => error.type,
  )
  await client.close()
  const seen = new Set(bank.calls.map(({ headers }) => headers['x-api-tran-id']))
  return { outcome, calls: bank.calls.length, numbers: seen.size }
}
