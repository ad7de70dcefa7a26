import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { ServerOptions } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'

import type { DomainFailure } from '../domain/failures.ts'
import { createClientCertificates } from './client-certificates.ts'
import type { ApiRequest } from './connector.ts'
import { createHttp, type Http, type HttpOptions } from './http.ts'
import { createAuthority, EXPIRED, NOT_YET_VALID, type Pair, selfSigned } from './test-certificates.ts'
import { makeVisit, type Respond, say, startInstitution, type TestInstitution } from './test-institution.ts'

const LIST: ApiRequest = { api: 'bank-001', method: 'GET', path: '/v2/bank/accounts' }
const HOST = 'bank.example'

const authority = createAuthority('Test Authority')
const stranger = createAuthority('Somebody Else')
const good = authority.issue({ names: [HOST] })

const open: { close: () => Promise<unknown> }[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const each of open.splice(0)) await each.close()
})

/** The common name that a caller has shown, by call. */
const shown: unknown[] = []
beforeEach(() => shown.splice(0))
const answer: Respond = (asked, response) => {
  const { socket } = response
  const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject : undefined
  shown.push(subject?.CN)
  return say(asked, response, { rsp_code: '00000' }, 200, { connection: 'close' })
}

async function startBank(tls?: ServerOptions): Promise<TestInstitution> {
  const bank = await startInstitution(answer, tls)
  open.push(bank)
  return bank
}

/** The way to an institution that is called bank.example and believed if the test's authority has signed for it. */
const createClient = (options: Partial<HttpOptions> = {}): Http =>
  createStrictClient({ authorities: authority.cert, ...options })

/** Believes whom the world believes. */
function createStrictClient(options: Partial<HttpOptions> = {}): Http {
  const http = createHttp({
    operatorCode: 'TESTMOA001',
    registered: () => true,
    mayCall: () => true,
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    ...options,
  })
  open.push(http)
  return http
}

function callTo(
  { institution }: Pick<TestInstitution, 'institution'>,
  http: Http,
  institutionId = 'TESTBANK01',
) {
  const baseUrl = `https://${HOST}:${new URL(institution.baseUrl).port}`
  return makeVisit({ ...institution, institutionId, baseUrl }, http).call(LIST)
}

function connectionsTo({ server }: TestInstitution) {
  const seen = { count: 0 }
  server.on('connection', () => (seen.count += 1))
  return seen
}

/** A server that answers whatever it hears with one fatal alert, as plain as a handshake begins. */
async function startAlerting(code: number): Promise<Pick<TestInstitution, 'institution'>> {
  const record = Buffer.from([0x15, 3, 3, 0, 2, 2, code])
  const server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(record)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => new Promise((resolve) => server.close(resolve)) })
  const address = server.address()
  const baseUrl = `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return { institution: { institutionId: 'TESTBANK01', name: 'Test Bank', baseUrl } }
}

const failureOf = (work: Promise<unknown>): Promise<DomainFailure> =>
  work.then(
    () => expect.fail('expected a failure'),
    (error: DomainFailure) => error,
  )

describe('an institution', () => {
  test('that proves its name is called', async () => {
    const bank = await startBank(good)
    expect((await callTo(bank, createClient())).outcome).toBe('data')
  })

  test.each<[string, ServerOptions, string]>([
    ['whose certificate has expired', authority.issue({ names: [HOST], ...EXPIRED }), 'CERT_HAS_EXPIRED'],
    [
      'whose certificate is of the future',
      authority.issue({ names: [HOST], ...NOT_YET_VALID }),
      'CERT_NOT_YET_VALID',
    ],
    ['that has signed for itself', selfSigned({ names: [HOST] }), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['for whom a stranger has signed', stranger.issue({ names: [HOST] }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['that is another', authority.issue({ names: ['other.example'] }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'of the name above its own',
      authority.issue({ names: ['example', '*.bank.example'] }),
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    ['that speaks TLS 1.2 only', { ...good, maxVersion: 'TLSv1.2' }, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'],
  ])('%s is told nothing', async (_what, tls, code) => {
    const bank = await startBank(tls)
    const failure = await failureOf(callTo(bank, createClient()))
    expect(failure).toMatchObject({
      type: 'InstitutionNotTrusted',
      message: `TESTBANK01 bank-001: expected TLS that can be trusted: ${code}`,
    })
    expect(bank.calls).toEqual([])
  })

  test('that is known to no public authority is told nothing, unless an authority of its own is named', async () => {
    const bank = await startBank(good)
    expect((await failureOf(callTo(bank, createStrictClient()))).type).toBe('InstitutionNotTrusted')
    expect(bank.calls).toEqual([])
  })

  test('that speaks no TLS at all is told nothing', async () => {
    const bank = await startBank()
    expect((await failureOf(callTo(bank, createClient()))).type).toBe('InstitutionNotTrusted')
    expect(bank.calls).toEqual([])
  })

  test('is told nothing even where the environment says that certificates do not matter', async () => {
    const bank = await startBank(selfSigned({ names: [HOST] }))
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    expect((await failureOf(callTo(bank, createClient()))).type).toBe('InstitutionNotTrusted')
    expect(bank.calls).toEqual([])
  })

  test('may be allowed TLS 1.2, and nothing older', async () => {
    const http = createClient({ minTls: '1.2' })
    const older = await startBank({ ...good, maxVersion: 'TLSv1.2' })
    expect((await callTo(older, http)).outcome).toBe('data')
    const ciphers = 'DEFAULT@SECLEVEL=0'
    const oldest = await startBank({ ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers })
    expect((await failureOf(callTo(oldest, http))).type).toBe('InstitutionNotTrusted')
    expect(oldest.calls).toEqual([])
  })
})

/** What a server says when it ends a handshake: its code in RFC 8446, and what Node makes of it. */
describe('an institution that ends the handshake', () => {
  test.each([
    ['bad_certificate', 42, 'ClientCertificateUnusable'],
    ['unsupported_certificate', 43, 'ClientCertificateUnusable'],
    ['certificate_revoked', 44, 'ClientCertificateUnusable'],
    ['certificate_expired', 45, 'ClientCertificateUnusable'],
    ['certificate_unknown', 46, 'ClientCertificateUnusable'],
    ['unknown_ca', 48, 'ClientCertificateUnusable'],
    ['access_denied', 49, 'ClientCertificateUnusable'],
    ['certificate_required', 116, 'ClientCertificateUnusable'],
    ['handshake_failure', 40, 'InstitutionNotTrusted'],
    ['protocol_version', 70, 'InstitutionNotTrusted'],
    ['insufficient_security', 71, 'InstitutionNotTrusted'],
    ['unrecognized_name', 112, 'InstitutionNotTrusted'],
  ])('with %s (%i) is named %s', async (_name, code, type) => {
    const server = await startAlerting(code)
    const failure = await failureOf(callTo(server, createClient()))
    expect(failure.type).toBe(type)
    expect(failure.message).toMatch(/^TESTBANK01 bank-001: expected .*: ERR_SSL_/)
  })
})

describe('to an institution that asks who we are', () => {
  const ours = createAuthority('Authority of Operators')
  const mine = ours.issue({ names: ['moa'] })
  const asking = { ...good, ca: ours.cert, requestCert: true, rejectUnauthorized: true }
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'moa-certificates-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  beforeEach(async () => {
    await Promise.all(['pem', 'key'].map((end) => rm(join(folder, `TESTBANK01.${end}`), { force: true })))
  })
  const layDown = async ({ cert, key }: Partial<Pair>, institutionId = 'TESTBANK01') => {
    if (cert !== undefined) await writeFile(join(folder, `${institutionId}.pem`), cert)
    if (key !== undefined) await writeFile(join(folder, `${institutionId}.key`), key)
  }
  const client = () => createClient({ certificateOf: createClientCertificates(folder) })

  test('we show the certificate that lies there for it', async () => {
    await layDown(mine)
    const bank = await startBank(asking)
    expect((await callTo(bank, client())).outcome).toBe('data')
    expect(shown).toEqual(['moa'])
  })

  test.each<[string, () => Partial<Pair>]>([
    ['nothing', () => ({})],
    ['a certificate of others', () => stranger.issue({ names: ['moa'] })],
  ])('with %s to show we ask nothing, and come once', async (_what, pair) => {
    await layDown(pair())
    const bank = await startBank(asking)
    const connections = connectionsTo(bank)
    await failureOf(callTo(bank, client()))
    expect([bank.calls, connections.count]).toEqual([[], 1])
  })

  test('a renewed one is shown from the next connection on', async () => {
    await layDown(mine)
    const [bank, http] = [await startBank(asking), client()]
    await callTo(bank, http)
    await layDown(ours.issue({ names: ['moa, renewed'] }))
    await callTo(bank, http)
    expect(shown).toEqual(['moa', 'moa, renewed'])
  })

  test('we do not show what lies there for another', async () => {
    await layDown(mine)
    const [bank, http] = [await startBank({ ...asking, rejectUnauthorized: false }), client()]
    await callTo(bank, http)
    await callTo(bank, http, 'TESTBANK02')
    // An id is no path, either.
    await callTo(bank, http, 'x/../TESTBANK01')
    expect(shown).toEqual(['moa', undefined, undefined])
  })

  test.each<[string, Partial<Pair>, string]>([
    ['without its key', { cert: mine.cert }, 'expected TESTBANK01.key beside its other half'],
    ['that is a key alone', { key: mine.key }, 'expected TESTBANK01.pem beside its other half'],
    ['with the key of another', { ...mine, key: good.key }, 'expected the key of the client certificate'],
    ['that is none', { ...mine, cert: 'secret' }, 'expected a certificate in PEM'],
    ['whose key is none', { ...mine, key: 'secret' }, 'expected a private key in PEM, without a passphrase'],
    [
      'that has expired',
      ours.issue({ names: ['moa'], ...EXPIRED }),
      'expected a client certificate that has not expired',
    ],
    [
      'of the future',
      ours.issue({ names: ['moa'], ...NOT_YET_VALID }),
      'expected a client certificate that is valid already',
    ],
  ])('a certificate %s is not shown, and nobody is connected to', async (_what, pair, expected) => {
    await layDown(pair)
    const bank = await startBank(asking)
    const connections = connectionsTo(bank)
    const failure = await failureOf(callTo(bank, client()))
    expect(failure).toMatchObject({
      type: 'ClientCertificateUnusable',
      message: `TESTBANK01 bank-001: ${expected}`,
    })
    expect(failure.message).not.toMatch(/secret|BEGIN|moa-certificates/)
    expect(connections.count).toBe(0)
  })
})
