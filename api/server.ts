import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { Server as NetServer, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { networkOf } from './rate-limits.ts'
import { refuseBadRequests } from './raw-refusals.ts'

// Headers must have come after 10 s and a whole request after 30 s (64 KB at 3 KB/s takes 22); checked every 2 s.
const SLOW_CLIENTS = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2_000 }
// Proxies keep connections for 60 s and must not find one closed that they are about to use.
const KEEP_ALIVE_MS = 65_000
// A socket on which nothing moves while it waits for, or reads, an answer.
const SILENT_SOCKET_MS = 70_000
// From a request to the last byte of its answer: 30 s for the request, and the largest answer (1 MB) at 12 KB/s.
const ANSWERED_MS = 120_000
// A token has 4 KB at most; 16 KB leaves room for what proxies add.
const LARGEST_HEADERS = 16 * 1024
// Some 20 KB each: 100 MB. More of them are refused rather than swapped. Streams are counted by themselves, on top.
const MOST_CONNECTIONS = 5_000
const FINISH_MS = 5_000

export type Server = { host: string; port: number; close: () => Promise<void> }

export type Place = {
  host: string
  port: number
  /** Room for connections that last, on top of all others. */
  streams?: number
  /** Not counted where everybody comes through proxies of ours. */
  connectionsPerAddress?: number
  answeredMs?: number
  slowClients?: typeof SLOW_CLIENTS
}

/** Listens until closed. Closing accepts nothing new, and gives requests in progress five seconds to finish. */
export async function startServer(app: RequestListener, place: Place): Promise<Server> {
  const server = createServer(
    {
      ...(place.slowClients ?? SLOW_CLIENTS),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: LARGEST_HEADERS,
      requireHostHeader: false, // the app says so in our own form
    },
    app,
  )
  server.maxConnections = MOST_CONNECTIONS + (place.streams ?? 0)
  server.setTimeout(SILENT_SOCKET_MS)
  server.on('request', hangUpAfter(place.answeredMs ?? ANSWERED_MS))
  // An expectation that nobody here knows is none: the request is answered as it stands.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  if (place.connectionsPerAddress !== undefined) limitConnections(server, place.connectionsPerAddress)
  refuseBadRequests(server)
  server.listen(place.port, place.host)
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : place.port

  async function close(): Promise<void> {
    const closed = once(server, 'close')
    server.close()
    // A connection whose request has just finished is kept alive by either side: it is closed as soon as it is idle.
    const sweeping = setInterval(() => server.closeIdleConnections(), 50)
    await Promise.race([closed, sleep(FINISH_MS, undefined, { ref: false })])
    clearInterval(sweeping)
    server.closeAllConnections()
    await closed
  }

  return { host: place.host, port, close }
}

/** Whoever reads an answer a byte at a time moves just enough not to be silent. A stream drops such clients by itself. */
const hangUpAfter =
  (ms: number) =>
  (_request: IncomingMessage, response: ServerResponse): void => {
    const timer = setTimeout(() => {
      if (!isStream(response)) response.destroy()
    }, ms).unref()
    response.once('close', () => clearTimeout(timer))
  }

const isStream = (response: ServerResponse): boolean =>
  response.headersSent && String(response.getHeader('content-type')).startsWith('text/event-stream')

/** Nobody takes all the connections there are. Who has too many is hung up on: nothing has been asked that could be answered. */
function limitConnections(server: NetServer, most: number): void {
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const network = networkOf(socket.remoteAddress ?? '')
    const count = (open.get(network) ?? 0) + 1
    if (count > most) return void socket.destroy()
    open.set(network, count)
    socket.once('close', () => {
      const left = open.get(network)! - 1
      if (left > 0) open.set(network, left)
      else open.delete(network)
    })
  })
}
