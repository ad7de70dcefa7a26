import { gzipSync } from 'node:zlib'

import * as fc from 'fast-check'

import { wellSent } from './test-answers.ts'
import type { Mangle } from './test-mangling.ts'

/*
 * For tests: answers whose bytes, or whose envelope, are not what they should be.
 */

/** The same bytes, but not as they were. */
const BYTES: readonly ((bytes: Buffer, at: number, byte: number) => Buffer)[] = [
  (bytes, at, byte) => Buffer.from(bytes.with(at, byte)),
  (bytes, at, byte) => Buffer.from(bytes.with(at, bytes[at]! ^ (1 << (byte % 8)))),
  (bytes, at) => bytes.subarray(0, at),
  (bytes, at) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
  (bytes, at, byte) => Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at)]),
  (bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
  (bytes) => Buffer.from(bytes.toString('utf8'), 'utf16le'),
  (bytes) => Buffer.from(bytes.toString('utf8'), 'latin1'),
  (bytes) => gzipSync(bytes),
  (bytes) => Buffer.concat([bytes, bytes]),
  (bytes) => Buffer.concat([Buffer.from('['), bytes, Buffer.from(']')]),
  (bytes) => Buffer.concat([bytes, Buffer.from('<html>')]),
  () => Buffer.alloc(0),
  () => Buffer.from('null'),
  () => Buffer.from('<!doctype html><html><body>점검 중입니다</body></html>'),
  // A key that stands twice, with the same value and with another.
  (bytes, at, byte) => twice(bytes, at, byte % 2 === 0),
]

function twice(bytes: Buffer, draw: number, isSame: boolean): Buffer {
  const text = bytes.toString('utf8')
  const pairs = [...text.matchAll(/"(\w+)":"([^"\\]*)"/g)]
  const pair = pairs[draw % pairs.length]
  if (!pair) return bytes
  const again = `"${pair[1]}":"${isSame ? pair[2] : '7'}",`
  return Buffer.from(`${text.slice(0, pair.index)}${again}${text.slice(pair.index)}`)
}

export const bytewise: fc.Arbitrary<Mangle> = fc
  .tuple(fc.constantFrom(...BYTES), fc.nat(), fc.nat({ max: 255 }))
  .map(([change, draw, byte]) => (body) => {
    const bytes = Buffer.from(JSON.stringify(body))
    return wellSent(change(bytes, draw % bytes.length, byte))
  })

/** Another envelope around what is right, or around what is an error of any kind. */
export const enveloped: fc.Arbitrary<Mangle> = fc
  .record({
    status: fc.constantFrom(
      200,
      200,
      201,
      204,
      206,
      302,
      400,
      401,
      403,
      404,
      405,
      418,
      429,
      500,
      502,
      503,
      504,
      599,
    ),
    code: fc.constantFrom(
      undefined,
      undefined,
      '00001',
      '99999',
      '40101',
      '40305',
      '42901',
      '50001',
      '50008',
      '77777',
    ),
    headers: fc.constantFrom<Record<string, string>>(
      {},
      { 'x-api-tran-id': 'TESTMOA001M99999999999999' },
      { 'content-type': 'text/html' },
      { 'content-type': 'application/json; charset=EUC-KR' },
      { 'content-encoding': 'gzip' },
      { 'content-encoding': 'identity, br' },
      { 'retry-after': '-5' },
      { 'retry-after': '9'.repeat(400) },
      { location: 'http://127.0.0.1:1/' },
    ),
  })
  .map(({ status, code, headers }) => (body) => {
    const sent = wellSent(JSON.stringify(code === undefined ? body : { ...body, rsp_code: code }))
    return { ...sent, status, headers: { ...sent.headers, ...headers } }
  })
