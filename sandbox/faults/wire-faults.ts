import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** How an answer goes out. `status` and `headers` are what a good answer would have had. */
export type Outgoing = {
  response: ServerResponse
  status: number
  headers: OutgoingHttpHeaders
  body: Buffer
}
export type WireFault = {
  says: string
  /** When the client has less than an answer: broken off, or never ended. */
  isCut: boolean
  /** The call goes on for as long as the client listens, and is written down as over only then. */
  lasts?: boolean
  send: (outgoing: Outgoing) => void
}

const DRIP_MS = 100
const READ_BY_THEN_MS = 50
/** 16,384 × 64 KB: 1 GB. */
const CHUNKS = 16_384
const CHUNK_BYTES = 64 * 1024
const ROWS = 1_000_000
const ROWS_AT_ONCE = 1000

/** Connections that break off, stand still, creep or never end. What was asked has been done, but for 'reset-first'. */
export const WIRE_FAULTS = {
  'reset-first': {
    says: 'the connection is reset, and nothing that was asked is done',
    isCut: true,
    send: ({ response }) => response.socket?.resetAndDestroy(),
  },
  reset: {
    says: 'what was asked is done, then the connection is reset',
    isCut: true,
    send: ({ response }) => response.socket?.resetAndDestroy(),
  },
  'reset-in-headers': {
    says: 'half of the headers, then a reset',
    isCut: true,
    send: ({ response }) => halfHead(response, () => resetLater(response)),
  },
  'reset-in-body': {
    says: 'half of the body, then a reset',
    isCut: true,
    send: (outgoing) => halfBody(outgoing, () => resetLater(outgoing.response)),
  },
  truncated: {
    says: 'half of the body, then the connection is closed',
    isCut: true,
    send: (outgoing) => halfBody(outgoing, () => outgoing.response.destroy()),
  },
  'fin-in-chunk': {
    says: 'a chunk that announces more than it has, then the connection is closed in order',
    isCut: true,
    send: ({ response, status, headers, body }) => {
      response.writeHead(status, { ...chunked(headers), connection: 'close' })
      response.flushHeaders()
      response.socket?.end(
        `${body.length.toString(16)}\r\n${body.subarray(0, body.length / 2).toString('latin1')}`,
        'latin1',
      )
    },
  },
  'hang-in-headers': {
    says: 'half of the headers, then nothing more',
    isCut: true,
    lasts: true,
    send: ({ response }) => halfHead(response, () => undefined),
  },
  'hang-in-body': {
    says: 'half of the body, then nothing more',
    isCut: true,
    lasts: true,
    send: (outgoing) => halfBody(outgoing, () => undefined),
  },
  drip: { says: 'a byte every 100 ms', isCut: false, lasts: true, send: drip },
  huge: {
    says: 'a text that goes on for 1 GB, in chunks, and then breaks off',
    isCut: true,
    lasts: true,
    send: (outgoing) => pour(outgoing, endless(outgoing.body), () => outgoing.response.destroy()),
  },
  'million-rows': {
    says: 'a page of a million rows, the first one again and again',
    isCut: false,
    lasts: true,
    send: (outgoing) => pour(outgoing, millionRows(outgoing.body), () => outgoing.response.end()),
  },
  'keep-alive-closed': {
    says: 'a good answer that promises to keep the connection, which is closed at once',
    isCut: false,
    send: ({ response, status, headers, body }) => {
      const { socket } = response
      response.writeHead(status, { ...headers, connection: 'keep-alive', 'keep-alive': 'timeout=60' })
      response.end(body, () => socket?.end())
    },
  },
} as const satisfies Record<string, WireFault>

function halfHead(response: ServerResponse, then: () => void): void {
  response.socket?.write('HTTP/1.1 200 OK\r\nContent-Type: application/json; cha', then)
}

function halfBody({ response, status, headers, body }: Outgoing, then: () => void): void {
  response.writeHead(status, headers)
  response.write(body.subarray(0, body.length / 2), then)
}

/** A reset may overtake what was sent before it: the client shall have read that. */
function resetLater(response: ServerResponse): void {
  setTimeout(() => response.socket?.resetAndDestroy(), READ_BY_THEN_MS)
}

function drip({ response, status, headers, body }: Outgoing): void {
  response.writeHead(status, headers)
  let sent = 0
  const timer = setInterval(() => {
    sent += 1
    if (sent < body.length) response.write(body.subarray(sent - 1, sent))
    else response.end(body.subarray(sent - 1))
    if (sent >= body.length) clearInterval(timer)
  }, DRIP_MS)
  response.once('close', () => clearInterval(timer))
}

/** As fast as the client reads, so that nothing piles up here. A client that goes away ends it. */
function pour({ response, status, headers }: Outgoing, parts: Iterable<Buffer>, then: () => void): void {
  response.writeHead(status, chunked(headers))
  pipeline(Readable.from(parts), response, { end: false }).then(then, () => response.destroy())
}

function chunked(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'content-length'))
}

function* endless(body: Buffer): Generator<Buffer> {
  yield Buffer.concat([body.subarray(0, -1), Buffer.from(',"padding":"')])
  const chunk = Buffer.alloc(CHUNK_BYTES, 'x')
  for (let sent = 0; sent < CHUNKS; sent += 1) yield chunk
}

/** The body as it is, with the first row of its list for all of them. */
function* millionRows(body: Buffer): Generator<Buffer> {
  const { head, row, tail } = partsOf(body.toString())
  yield Buffer.from(head)
  const rows = Buffer.from(`${row},`.repeat(ROWS_AT_ONCE))
  for (let sent = ROWS_AT_ONCE; sent < ROWS; sent += ROWS_AT_ONCE) yield rows
  yield Buffer.concat([rows.subarray(0, -1), Buffer.from(tail)])
}

function partsOf(text: string): { head: string; row: string; tail: string } {
  const body: Record<string, unknown> = JSON.parse(text)
  const list = Object.keys(body).find((key) => Array.isArray(body[key])) ?? 'list'
  const rows: unknown = body[list]
  const { [list]: _, ...rest } = body
  const count = list.replace('_list', '_cnt')
  const counted = { ...rest, ...(count in rest ? { [count]: String(ROWS) } : {}) }
  const row: unknown = Array.isArray(rows) ? (rows[0] ?? {}) : {}
  return { head: `${JSON.stringify(counted).slice(0, -1)},"${list}":[`, row: JSON.stringify(row), tail: ']}' }
}
