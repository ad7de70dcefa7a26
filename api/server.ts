import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

// Headers must have come after 10 s and a whole request after 30 s (64 KB at 3 KB/s takes 22); checked every 2 s.
const SLOW_CLIENTS = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2_000 }
// Proxies keep connections for 60 s and must not find one closed that they are about to use.
const KEEP_ALIVE_MS = 65_000
// A socket on which nothing moves while it waits for, or reads, an answer.
const SILENT_SOCKET_MS = 70_000
// A token has 4 KB at most; 16 KB leaves room for what proxies add.
const LARGEST_HEADERS = 16 * 1024
// Some 20 KB each: 100 MB. More of them are refused rather than swapped. Streams are counted by themselves, on top.
const MOST_CONNECTIONS = 5_000
const FINISH_MS = 5_000

export type Server = { host: string; port: number; close: () => Promise<void> }

/** Listens until closed. Closing accepts nothing new, and gives requests in progress five seconds to finish. */
export async function startServer(
  app: RequestListener,
  place: { host: string; port: number; streams?: number },
): Promise<Server> {
  const server = createServer(
    { ...SLOW_CLIENTS, keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: LARGEST_HEADERS },
    app,
  )
  server.maxConnections = MOST_CONNECTIONS + (place.streams ?? 0)
  server.setTimeout(SILENT_SOCKET_MS)
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
