import { connect } from 'node:net'

import { DAY_MS, dayDigits, dayOf } from '../kst.ts'
import type { Mangle } from '../mangle.ts'
import { type Sandbox, startSandbox } from '../server.ts'
import {
  assetOf,
  createTestClient,
  listAccounts,
  nextTranId,
  type Reply,
  sidesOf,
  type TestClient,
  TRANSACTIONS,
  type Wire,
} from '../test-client.ts'

/** What came through a socket, and what became of the connection. */
export type Raw = {
  status: number | undefined
  headers: Record<string, string>
  /** As it came, chunks and all. */
  body: Buffer
  /** 'open': nothing more came for a while, or enough had come. */
  end: 'fin' | 'reset' | 'open'
  tranId: string
}
type Asking = {
  cursor?: string
  keepAlive?: boolean
  silenceMs?: number
  enoughBytes?: number
  enoughParts?: number
}
/** A person who reads the transactions of an account. */
export type Reader = Awaited<ReturnType<typeof createReader>>

export function startFaulty(): Promise<Sandbox> {
  return startSandbox({ today: '2026-11-22', seed: 'faults', institutions: 3, cardInstitutions: 1 })
}

/** Someone nobody else is, with a rule that is for them alone. */
export async function createReader(sandbox: Sandbox, person: string, limit = '3') {
  const client = createTestClient(sandbox, person, 'SBXBANK001')
  const account = (await listAccounts(client)).find((each) => sidesOf(each).includes('deposit'))
  const now = Date.parse(sandbox.control.clock().now)
  const range = { from_date: dayDigits(dayOf(now - 30 * DAY_MS)), to_date: dayDigits(dayOf(now)) }
  const asked = { org_code: 'SBXBANK001', ...assetOf(account!), ...range, limit }
  const further = (cursor?: string) => ({ ...asked, ...(cursor === undefined ? {} : { next_page: cursor }) })
  return {
    client,
    asked,
    /** From now on, for this person. */
    play: (mangle: Mangle, more: object = {}) =>
      sandbox.control.behaviour({ institutionId: 'SBXBANK001', person, mangle, ...more }),
    heal: () => sandbox.control.resetBehaviour(),
    page: (cursor?: string): Promise<Reply> => client.post(TRANSACTIONS, further(cursor)),
    raw: (asking: Asking = {}): Promise<Raw> => rawCall(client, further(asking.cursor), asking),
  }
}

/** What the body of a raw answer says. */
export function said(raw: Raw): Wire {
  const body: Wire = JSON.parse(raw.body.toString())
  return body
}

/** One call, byte for byte; without keepAlive the sandbox closes after the answer. */
function rawCall(
  client: TestClient,
  order: object,
  { keepAlive = false, silenceMs = 1_500, enoughBytes = Infinity, enoughParts = Infinity }: Asking,
): Promise<Raw> {
  const text = JSON.stringify(order)
  const tranId = nextTranId()
  const head = [
    `POST /${client.institutionId}${TRANSACTIONS} HTTP/1.1`,
    'host: sandbox',
    `authorization: Bearer ${client.auth.token}`,
    `x-api-tran-id: ${tranId}`,
    'x-api-type: user-refresh',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    ...(keepAlive ? [] : ['connection: close']),
  ]
  return new Promise((resolve) => {
    const socket = connect(client.sandbox.port, '127.0.0.1', () =>
      socket.write(`${head.join('\r\n')}\r\n\r\n${text}`),
    )
    const chunks: Buffer[] = []
    let size = 0
    const done = (end: Raw['end']) => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ ...parsed(Buffer.concat(chunks)), end, tranId })
    }
    // The first byte may take long on a busy machine; silence counts from there.
    let timer = setTimeout(() => done('open'), 10_000)
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      size += chunk.length
      clearTimeout(timer)
      timer = setTimeout(() => done('open'), silenceMs)
      if (size > enoughBytes || chunks.length >= enoughParts) done('open')
    })
    socket.once('end', () => done('fin'))
    socket.once('error', () => done('reset'))
  })
}

function parsed(all: Buffer): Pick<Raw, 'status' | 'headers' | 'body'> {
  const at = all.indexOf('\r\n\r\n')
  if (at < 0) return { status: undefined, headers: {}, body: all }
  const [first = '', ...lines] = all.subarray(0, at).toString('latin1').split('\r\n')
  const headers = lines.map((line) => {
    const [name = '', ...value] = line.split(': ')
    return [name.toLowerCase(), value.join(': ')] as const
  })
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: all.subarray(at + 4),
  }
}
