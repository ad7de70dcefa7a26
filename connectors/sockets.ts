import { Agent, errors } from 'undici'

import { type ConnectOptions, createConnects } from './connecting.ts'

export type SocketOptions = ConnectOptions & { maxConnectionsPerOrigin: number }

// Shorter than the 5 s after which servers commonly close an idle connection.
const IDLE_MS = 4000
// The contract's answers carry a handful of headers; the token is on our side.
const MAX_HEADER_BYTES = 16 * 1024

/**
 * The connections of one process, kept alive and bounded per institution and origin: a connection on which we have shown
 * who we are carries calls to that institution only. undici's own header and body clocks are off: one total deadline per
 * call replaces them, since a slow drip satisfies both.
 */
export function createSockets(options: SocketOptions) {
  const used = new WeakSet<Error>()
  // One for each registered institution: some 700, and 5,000 at most. Without connections it costs next to nothing.
  const agents = new Map<string, Agent>()
  const connectsOf = createConnects(options)

  function createAgent(institutionId: string): Agent {
    const connect = connectsOf(institutionId)
    return new Agent({
      connections: options.maxConnectionsPerOrigin,
      pipelining: 1,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
      connect: (target, callback) =>
        connect(target, (...[error, socket]) => {
          if (error) return callback(error, null)
          socket.prependListener('error', (reason) => socket.bytesRead > 0 && used.add(reason))
          return callback(null, socket)
        }),
    })
  }

  function agentOf(institutionId: string): Agent {
    const agent = agents.get(institutionId) ?? createAgent(institutionId)
    agents.set(institutionId, agent)
    return agent
  }

  return {
    agentOf,
    /** Whether the connection that failed had served an answer before: then the server had closed it while it idled. */
    wasUsedBefore: (error: Error): boolean =>
      used.has(error) || (error instanceof errors.SocketError && (error.socket?.bytesRead ?? 0) > 0),
    close: async (): Promise<void> => {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()))
    },
  }
}

export type Sockets = ReturnType<typeof createSockets>
