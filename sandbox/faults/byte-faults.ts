import { gzipSync } from 'node:zlib'

import { inEucKr } from './euc-kr.ts'

export type ByteFault = {
  says: string
  bytes: (text: string) => Buffer
  headers?: Readonly<Record<string, string>>
}

/** Good texts, written in a way that the client did not ask for or was not told. */
export const BYTE_FAULTS = {
  'euc-kr': { says: 'EUC-KR under a header that says UTF-8', bytes: inEucKr },
  'utf-16': {
    says: 'UTF-16, and says so',
    bytes: (text) => Buffer.from(text, 'utf16le'),
    headers: { 'content-type': 'application/json; charset=UTF-16LE' },
  },
  gzip: {
    says: 'compressed although nobody asked for it',
    bytes: (text) => gzipSync(text),
    headers: { 'content-encoding': 'gzip' },
  },
  bomb: {
    says: '1 MB of gzip that becomes 1 GB of spaces before a good answer, asked for or not',
    bytes: (text) => Buffer.concat([...Array.from({ length: BOMB_PARTS }, part), gzipSync(text)]),
    headers: { 'content-encoding': 'gzip' },
  },
} as const satisfies Record<string, ByteFault>

/** 64 × 16 MB: 1 GB, of which this process never holds more than one part. */
const BOMB_PARTS = 64
const PART_BYTES = 16 * 1024 * 1024

let packed: Buffer | undefined

/** A member of the gzip stream; members follow one another (RFC 1952, 2.2). */
function part(): Buffer {
  packed ??= gzipSync(Buffer.alloc(PART_BYTES, ' '))
  return packed
}
