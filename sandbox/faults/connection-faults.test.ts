import { gunzipSync } from 'node:zlib'

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { FAULT_KINDS, type Mangle, MANGLES } from '../mangle.ts'
import type { Sandbox } from '../server.ts'
import { createReader, type Raw, type Reader, said, startFaulty } from './test-raw.ts'

let sandbox: Sandbox
let reader: Reader
let people = 0

beforeAll(async () => {
  sandbox = await startFaulty()
})
beforeEach(async () => {
  people += 1
  reader = await createReader(sandbox, `raw-${people}`, '500')
})
afterAll(() => sandbox.close())

const { answer, bytes, head, wire } = FAULT_KINDS
type Here = keyof typeof answer | keyof typeof bytes | keyof typeof head | keyof typeof wire

/** How long the good answer is, in bytes. */
const goodLength = (good: Raw) => good.body.length
const hours = (raw: Raw) => Math.round((Date.parse(raw.headers['date'] ?? '') - Date.now()) / 3_600_000)

/** What a client sees, beside the good answer that it got just before. */
const sees: Record<Here, (raw: Raw, good: Raw) => unknown> = {
  'redirect-away': ({ status, headers }) =>
    expect([status, headers['location']]).toEqual([
      307,
      expect.stringMatching(/^https:\/\/elsewhere\.invalid\/SBXBANK001\//),
    ]),
  'redirect-loopback': async ({ status, headers }) => {
    expect([status, headers['location']]).toEqual([307, `http://127.0.0.1:${sandbox.port}/redirected`])
    await fetch(headers['location'] ?? '')
    expect(sandbox.control.violations().counts).toEqual({ 'unknown-path': 1 })
  },
  'redirect-circle': ({ status, headers }) =>
    expect([status, headers['location']]).toEqual([
      307,
      `${sandbox.url}/SBXBANK001/v2/bank/accounts/deposit/transactions`,
    ]),
  'token-expired': async (raw) => {
    expect([raw.status, said(raw).rsp_code]).toEqual([401, '40101'])
    reader.heal()
    expect((await reader.page()).body.rsp_code).toBe('40101')
    const form = { grant_type: 'refresh_token', refresh_token: reader.client.issued.refreshToken }
    const refreshed = await reader.client.form('/oauth/2.0/token', form)
    reader.client.auth.token = refreshed.body.access_token ?? ''
    expect((await reader.page()).body.rsp_code).toBe('00000')
  },
  'consent-withdrawn': async (raw) => {
    expect([raw.status, said(raw).rsp_code]).toEqual([401, '40106'])
    reader.heal()
    expect((await reader.page()).body.rsp_code).toBe('40106')
    const form = { grant_type: 'refresh_token', refresh_token: reader.client.issued.refreshToken }
    expect((await reader.client.form('/oauth/2.0/token', form)).body.error).toBe('invalid_grant')
    // The person comes back.
    reader = await createReader(sandbox, reader.client.person, '500')
  },
  'euc-kr': (raw, good) => {
    expect(raw.headers['content-type']).toContain('UTF-8')
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(raw.body)).toThrow()
    expect(new TextDecoder('euc-kr').decode(raw.body)).toBe(good.body.toString())
  },
  'utf-16': (raw, good) => {
    expect(raw.headers['content-type']).toContain('UTF-16LE')
    expect(raw.body.toString('utf16le')).toBe(good.body.toString())
  },
  gzip: (raw, good) => {
    expect(raw.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(raw.body)).toEqual(good.body)
  },
  bomb: (raw) => {
    expect([raw.headers['content-encoding'], raw.body.length < 2_000_000]).toEqual(['gzip', true])
    // 64 members of 16 MB and the answer; the whole is not unpacked here.
    expect(raw.body.toString('latin1').split('\u001F\u008B\b').length - 1).toBe(65)
    const firstOnly = { maxOutputLength: 16 * 1024 ** 2 }
    expect(() => gunzipSync(raw.body, firstOnly)).toThrow(
      expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }),
    )
    const [, first = ''] = raw.body.toString('latin1').split('\u001F\u008B\b')
    const spaces = gunzipSync(Buffer.from(`\u001F\u008B\b${first}`, 'latin1'), firstOnly)
    expect([spaces.length, spaces.every((byte) => byte === 32)]).toEqual([16 * 1024 ** 2, true])
  },
  'wrong-tran-id': (raw) => {
    expect(raw.headers['x-api-tran-id']).toMatch(/^\w{25}$/)
    expect(raw.headers['x-api-tran-id']).not.toBe(raw.tranId)
  },
  'no-tran-id': (raw) => expect('x-api-tran-id' in raw.headers).toBe(false),
  'wrong-content-type': (raw) => expect(raw.headers['content-type']).toBe('text/plain'),
  'no-content-type': (raw) => expect('content-type' in raw.headers).toBe(false),
  'clock-behind': (raw) => expect(hours(raw)).toBe(-1),
  'clock-ahead': (raw) => expect(hours(raw)).toBe(1),
  'reset-first': (raw) => expect([raw.end, raw.status, raw.body.length]).toEqual(['reset', undefined, 0]),
  reset: (raw) => expect([raw.end, raw.status, raw.body.length]).toEqual(['reset', undefined, 0]),
  'reset-in-headers': (raw) => expect([raw.end, raw.status]).toEqual(['reset', undefined]),
  'reset-in-body': (raw, good) => {
    expect(raw.end).toBe('reset')
    expect(raw.body.length).toBeLessThan(goodLength(good))
  },
  truncated: (raw, good) => {
    expect(raw.headers['content-length']).toBe(`${goodLength(good)}`)
    expect([raw.end, raw.body.length]).toEqual(['fin', Math.floor(goodLength(good) / 2)])
  },
  'fin-in-chunk': (raw, good) => {
    expect([raw.end, raw.headers['transfer-encoding']]).toEqual(['fin', 'chunked'])
    const [size = '', text = ''] = raw.body.toString('latin1').split('\r\n')
    expect([Number.parseInt(size, 16), text.length]).toEqual([
      goodLength(good),
      Math.floor(goodLength(good) / 2),
    ])
  },
  'hang-in-headers': (raw) => {
    expect([raw.end, raw.status]).toEqual(['open', undefined])
    expect(raw.body.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  },
  'hang-in-body': (raw, good) =>
    expect([raw.end, raw.body.length]).toEqual(['open', Math.floor(goodLength(good) / 2)]),
  drip: (raw, good) => {
    expect(raw.headers['content-length']).toBe(`${goodLength(good)}`)
    expect(raw.end).toBe('open')
    // Four parts, of which the first may have the headers only; a busy machine may join some.
    expect([raw.body.length >= 3, raw.body.length < 50]).toEqual([true, true])
  },
  huge: (raw) => {
    expect([raw.end, raw.headers['transfer-encoding']]).toEqual(['open', 'chunked'])
    expect(raw.body.subarray(-10).toString()).toMatch(/^[x\r\n\da-f]+$/)
  },
  'million-rows': (raw) => {
    expect([raw.end, raw.headers['transfer-encoding']]).toEqual(['open', 'chunked'])
    const text = raw.body.toString()
    expect(text).toContain('"trans_cnt":"1000000"')
    expect(new Set(text.match(/\{"trans_dtime":[^}]+\}/g))).toHaveLength(1)
  },
  'keep-alive-closed': (raw, good) => {
    expect([raw.end, raw.headers['connection']]).toEqual(['fin', 'keep-alive'])
    expect(raw.body).toEqual(good.body)
  },
}

/** What the raw client needs to see it: drips and floods are left in time. */
const askings: Partial<Record<Mangle, object>> = {
  drip: { enoughParts: 4 },
  huge: { enoughBytes: 5_000_000 },
  'million-rows': { enoughBytes: 3_000_000 },
  'keep-alive-closed': { keepAlive: true },
}

test('a call that is kept open is over in the log when the client has gone, and a cut one is told as such', async () => {
  const last = () => sandbox.control.calls({ person: reader.client.person }).at(-1)
  reader.play('hang-in-body', { times: 1 })
  const asked = reader.raw({ silenceMs: 1500 })
  await expect.poll(() => last()?.fault).toBe('hang-in-body')
  expect(last()).toMatchObject({ endedAt: null })
  await asked
  await expect.poll(() => last()?.endedAt).not.toBeNull()
  expect(last()).toMatchObject({ status: 200, aborted: true })
  expect(last()?.ms).toBeGreaterThanOrEqual(1490)
  reader.play('reset-in-body', { times: 1 })
  await reader.raw()
  await expect.poll(last).toMatchObject({ fault: 'reset-in-body', status: 200, aborted: true })
})

test.each(Object.keys(sees) as Here[])('%s is seen by a client, and nothing else is', async (mangle) => {
  const good = await reader.raw()
  expect([good.status, good.end, said(good).rsp_code, MANGLES[mangle]]).toEqual([
    200,
    'fin',
    '00000',
    expect.any(String),
  ])
  sandbox.control.resetViolations()
  reader.play(mangle, mangle === 'token-expired' ? {} : { times: 1 })
  await sees[mangle](await reader.raw(askings[mangle]), good)
  if (mangle === 'redirect-loopback') return
  reader.heal()
  expect((await reader.raw()).body).toEqual(good.body)
  expect(sandbox.control.violations().counts).toEqual({})
})
