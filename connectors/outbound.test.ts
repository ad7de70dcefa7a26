import { createServer, getDefaultAutoSelectFamily, type Server, setDefaultAutoSelectFamily } from 'node:net'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import type { DomainFailure } from '../domain/failures.ts'
import type { ApiRequest } from './connector.ts'
import { createHttp, type Http, type HttpOptions } from './http.ts'
import type { Resolve } from './pinned-lookup.ts'
import { NO_ADDRESSES, NOT_PUBLIC } from './test-addresses.ts'
import { makeVisit, say, startInstitution, type TestInstitution } from './test-institution.ts'

const LIST: ApiRequest = { api: 'bank-001', method: 'GET', path: '/v2/bank/accounts' }

let bank: TestInstitution
let canary: Awaited<ReturnType<typeof startCanary>>
let http: Http | null = null
beforeAll(async () => {
  canary = await startCanary()
  bank = await startInstitution((asked, response) => say(asked, response, { rsp_code: '00000' }))
})
beforeEach(() => {
  canary.connections = 0
})
afterEach(() => http?.close())
afterAll(async () => {
  await bank.close()
  await canary.close()
})

/** One call to an institution at such a URL, as production makes it: what it ended in. */
async function callTo(baseUrl: string, options: Partial<HttpOptions> = {}): Promise<DomainFailure> {
  http = createHttp({ operatorCode: 'TESTMOA001', registered: () => true, ...options })
  const visit = makeVisit({ ...bank.institution, baseUrl }, http)
  return visit.call(LIST).then(
    () => expect.fail('expected a failure'),
    (error: DomainFailure) => error,
  )
}

const answers =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

const asHost = (address: string): string => (address.includes(':') ? `[${address}]` : address)
const named = () => `http://bank.example:${canary.port}`

describe('an institution is not called where its URL says', () => {
  test.each(NOT_PUBLIC.filter(([, address]) => !address.includes('%')))('%s: %s', async (_what, address) => {
    const failure = await callTo(`http://${asHost(address)}:${canary.port}`)
    expect(failure.type).toBe('AddressRefused')
    expect(failure.message).toMatch(/^TESTBANK01 bank-001: expected a host /)
    expect(failure.message).not.toContain(address)
    expect(canary.connections).toBe(0)
  })

  test.each<readonly [string, string]>([
    ...NO_ADDRESSES,
    ['a name of this machine', 'localhost'],
    ['a name of this machine with a dot', 'localhost.'],
    ['a zone', '[fe80::1%25eth0]'],
    ['a user before the host', 'bank.example@127.0.0.1'],
    ['a backslash before the host', 'bank.example\\@127.0.0.1'],
  ])('%s: %s', async (_what, host) => {
    const failure = await callTo(`http://${host}:${canary.port}`)
    // Some are names that nobody has, some no URL at all; none of them is a way to this machine.
    expect(failure.type).toMatch(/^(AddressRefused|RequestRejected|InstitutionUnavailable)$/)
    expect(canary.connections).toBe(0)
  })
})

describe('an institution is not called where its name leads', () => {
  test.each(NOT_PUBLIC)('%s: %s', async (_what, address) => {
    expect((await callTo(named(), { resolve: answers(address) })).type).toBe('AddressRefused')
    expect(canary.connections).toBe(0)
  })

  test.each([
    ['public and loopback', ['8.8.8.8', '127.0.0.1']],
    ['loopback and public', ['127.0.0.1', '8.8.8.8']],
    ['public and mapped loopback', ['2a00:1450:4001::200e', '::ffff:127.0.0.1']],
    ['sixty-five addresses', Array.from({ length: 65 }, (_, i) => `8.8.8.${i}`)],
  ])('%s', async (_what, addresses) => {
    expect((await callTo(named(), { resolve: answers(...addresses) })).type).toBe('AddressRefused')
    expect(canary.connections).toBe(0)
  })

  test('nowhere', async () => {
    expect((await callTo(named(), { resolve: answers() })).type).toBe('InstitutionUnavailable')
  })
})

test('a name that leads elsewhere the second time is asked once, and its first answer is where the call goes', async () => {
  const { port } = new URL(bank.institution.baseUrl)
  const elsewhere = await startCanary(Number(port), '127.0.0.2')
  let asked = 0
  const rebinding: Resolve = (name) => answers((asked += 1) === 1 ? '127.0.0.1' : '127.0.0.2')(name)
  const baseUrl = `http://bank.example:${port}`
  // Here 127.0.0.1 stands for a public address, and 127.0.0.2 for one within.
  const options = { resolve: rebinding, mayCall: (address: string) => address === '127.0.0.1' }
  http = createHttp({ operatorCode: 'TESTMOA001', registered: () => true, ...options })
  const { call } = makeVisit({ ...bank.institution, baseUrl }, http)
  bank.behave((told, response) => say(told, response, { rsp_code: '00000' }, 200, { connection: 'close' }))

  expect((await call(LIST)).outcome).toBe('data')
  expect([asked, bank.calls.length]).toEqual([1, 1])

  await expect(call(LIST)).rejects.toMatchObject({ type: 'AddressRefused' })
  expect([asked, bank.calls.length, elsewhere.connections]).toEqual([2, 1, 0])
  await elsewhere.close()
})

test('where the machine takes one address at a time, it is the judged one, too', async () => {
  const usual = getDefaultAutoSelectFamily()
  setDefaultAutoSelectFamily(false)
  const baseUrl = `http://bank.example:${new URL(bank.institution.baseUrl).port}`
  const options = { resolve: answers('127.0.0.1'), mayCall: (address: string) => address === '127.0.0.1' }
  try {
    http = createHttp({ operatorCode: 'TESTMOA001', registered: () => true, ...options })
    bank.behave((asked, response) => say(asked, response, { rsp_code: '00000' }))
    const answer = await makeVisit({ ...bank.institution, baseUrl }, http).call(LIST)
    expect([answer.outcome, bank.calls.length]).toEqual(['data', 1])
    await http.close()
    expect((await callTo(named(), { resolve: answers('10.0.0.1') })).type).toBe('AddressRefused')
  } finally {
    setDefaultAutoSelectFamily(usual)
  }
})

test('a name for which nobody answers holds a call no longer than connecting may take', async () => {
  const failure = await callTo(named(), { resolve: () => new Promise(() => {}), connectTimeoutMs: 50 })
  // The call itself might take five seconds more, and would then be too slow.
  expect(failure.type).toBe('InstitutionUnavailable')
})

test.each([301, 302, 303, 307, 308])('a redirect (%i) leads nowhere', async (status) => {
  bank.behave((asked, response) =>
    say(asked, response, '', status, { location: `http://127.0.0.1:${canary.port}/` }),
  )
  const failure = await callTo(bank.institution.baseUrl, { mayCall: () => true })
  expect(failure.type).toBe('UnexpectedResponse')
  expect([bank.calls.length, canary.connections]).toEqual([1, 0])
})

test('the canary hears whoever comes', async () => {
  const here = `http://127.0.0.1:${canary.port}`
  expect((await callTo(here, { mayCall: () => true })).type).toBe('InstitutionUnavailable')
  expect(canary.connections).toBe(1)
})

/** Listens where nobody may come; every connection is counted, and ended. */
async function startCanary(port = 0, host = '127.0.0.1') {
  const heard = { connections: 0 }
  const server: Server = createServer((socket) => {
    heard.connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  const address = server.address()
  return Object.assign(heard, {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    close: () => new Promise((resolve) => server.close(resolve)),
  })
}
