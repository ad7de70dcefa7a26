import { Agent, buildConnector, errors } from 'undici'

/** What a client certificate and a private authority need; all PEM. */
export type Tls = { cert?: string; key?: string; ca?: string }

export type SocketLimits = { connectTimeoutMs: number; maxConnectionsPerOrigin: number; tls?: Tls }

// Shorter than the 5 s after which servers commonly close an idle connection.
const IDLE_MS = 4000
// The contract's answers carry a handful of headers; the token is on our side.
const MAX_HEADER_BYTES = 16 * 1024

/**
 * The connections of one process, kept alive and bounded per origin. TLS is 1.3 or nothing. undici's own header and body
 * clocks are off: one total deadline per call replaces them, since a slow drip satisfies both.
 */
export function createSockets({ connectTimeoutMs, maxConnectionsPerOrigin, tls = {} }: SocketLimits) {
  const used = new WeakSet<Error>()
  const connect = buildConnector({ ...tls, timeout: connectTimeoutMs, minVersion: 'TLSv1.3' })
  const agent = new Agent({
    connections: maxConnectionsPerOrigin,
    pipelining: 1,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: (options, callback) =>
      connect(options, (...[error, socket]) => {
        if (error) return callback(error, null)
        socket.prependListener('error', (reason) => socket.bytesRead > 0 && used.add(reason))
        return callback(null, socket)
      }),
  })
  return {
    agent,
    /** Whether the connection that failed had served an answer before: then the server had closed it while it idled. */
    wasUsedBefore: (error: Error): boolean =>
      used.has(error) || (error instanceof errors.SocketError && (error.socket?.bytesRead ?? 0) > 0),
  }
}

export type Sockets = ReturnType<typeof createSockets>
