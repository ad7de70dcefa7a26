import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

import { problemDocument } from './problem-answers.ts'
import { problemKind, type RequestProblemName } from './problems.ts'
import { SECURITY_HEADERS } from './security-headers.ts'

/**
 * Answers what never becomes a request (headers that are too large, too slow, or none) in the same form as everything
 * else, and hangs up. Node's own words for it have no body, and none of the headers that guard an answer.
 */
export function refuseBadRequests(server: Server): void {
  const answering = new WeakMap<Duplex, ServerResponse>()
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    answering.set(socket, response)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const name = problemNameOf(error.code)
    const isMidway = answering.get(socket)?.headersSent === true && !answering.get(socket)!.writableFinished
    if (name === null || !socket.writable || isMidway) socket.destroy()
    else socket.end(rawAnswer(name))
  })
}

/** Null: whoever asked has gone, and nobody would hear it. */
function problemNameOf(code: string | undefined): RequestProblemName | null {
  if (code === 'HPE_HEADER_OVERFLOW') return 'HeadersTooLarge'
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 'PayloadTooLarge'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'RequestTooSlow'
  return code?.startsWith('HPE_') === true ? 'InvalidRequest' : null
}

function rawAnswer(name: RequestProblemName): string {
  const { http } = problemKind(name)
  const requestId = randomUUID()
  const body = JSON.stringify(problemDocument(name, requestId))
  const headers = {
    ...SECURITY_HEADERS,
    'x-request-id': requestId,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    date: new Date().toUTCString(),
  }
  const lines = Object.entries(headers).map(([header, value]) => `${header}: ${value}`)
  return [`HTTP/1.1 ${http} ${STATUS_CODES[http]}`, ...lines, '', body].join('\r\n')
}
