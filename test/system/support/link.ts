import { connect, createServer, type Socket } from 'node:net'

/** A connection through the link: the near end is whoever connected, the far end the server. */
type Pair = { near: Socket; far: Socket; hasAnswered: boolean; isStopped: boolean }

export type LinkOptions = {
  /** Which address it listens on: another of this machine's than the server's, for names that change. */
  host?: string
  port?: number
}

/**
 * A way to a server that a test can cut, freeze, make one-way, and let forget its connections. While it is open it
 * changes nothing. The server need not be there yet: it is called when somebody connects.
 */
export async function createLink(
  target: () => { hostname: string; port: number },
  options: LinkOptions = {},
) {
  const host = options.host ?? '127.0.0.1'
  const pairs = new Set<Pair>()
  let visits = 0
  let isCut = false
  let isFrozen = false
  let losesReplies = false
  let isTurned = (): boolean => false
  let isStale = (_chunk: Buffer): boolean => false

  const server = createServer((near) => {
    if (isCut || isTurned()) {
      near.resetAndDestroy()
      return
    }
    const { hostname, port } = target()
    join({ near, far: connect(port, hostname), hasAnswered: false, isStopped: false })
  })

  function join(pair: Pair): void {
    const { near, far } = pair
    pairs.add(pair)
    visits += 1
    for (const socket of [near, far]) {
      socket.on('error', () => {})
      socket.on('close', () => end(pair, 'destroy'))
    }
    carry(pair, near, far, (chunk) => {
      if (!pair.hasAnswered || !isStale(chunk)) return true
      end(pair, 'resetAndDestroy')
      return false
    })
    carry(pair, far, near, () => {
      pair.hasAnswered = true
      return !losesReplies
    })
    if (isFrozen) stop(pair)
  }

  async function close(): Promise<void> {
    for (const pair of pairs) end(pair, 'destroy')
    await new Promise((resolve) => server.close(resolve))
  }

  function end(pair: Pair, how: 'destroy' | 'resetAndDestroy'): void {
    pairs.delete(pair)
    pair.near[how]()
    pair.far.destroy()
  }

  await new Promise<void>((resolve) => server.listen(options.port ?? 0, host, resolve))
  const { port } = server.address() as { port: number }
  return {
    port,
    connections: () => pairs.size,
    /** Connections that were ever made through it. */
    visits: () => visits,
    /** As a machine that went away: every connection is reset, and new ones are refused. */
    cut: (): void => {
      isCut = true
      for (const pair of pairs) end(pair, 'resetAndDestroy')
    },
    /** Nothing goes through, nobody is told; whoever connects waits. */
    freeze: (): void => {
      isFrozen = true
      for (const pair of pairs) stop(pair)
    },
    /** What is connected is never heard of again, in neither direction; new connections work. */
    strand: (): void => {
      for (const pair of pairs) stop(pair)
    },
    /** Requests arrive, and from now on no reply comes back. */
    loseReplies: (): void => {
      losesReplies = true
    },
    /** All is well again. Connections whose replies were lost are reset: a stream with a hole is no stream. */
    mend: (): void => {
      for (const pair of pairs) if (losesReplies) end(pair, 'resetAndDestroy')
      isCut = losesReplies = isFrozen = false
    },
    /** Lets what was frozen go on, one connection after another in the order that is drawn. */
    thaw: async (drawn: (below: number) => number, pause: () => Promise<unknown>): Promise<void> => {
      isFrozen = false
      for (const left = [...pairs].filter(({ isStopped }) => isStopped); left.length > 0;) {
        const [pair] = left.splice(drawn(left.length), 1)
        go(pair!)
        await pause()
      }
    },
    turnNextAway: (): void => {
      isTurned = () => {
        isTurned = () => false
        return true
      }
    },
    /** Resets a connection that has served an answer, when its next request begins so; tells how often it did. */
    staleFor: (begins: string): { resets: () => number } => {
      let resets = 0
      isStale = (chunk) => {
        const isSo = chunk.toString('latin1').startsWith(begins)
        if (isSo) resets += 1
        return isSo
      }
      return { resets: () => resets }
    },
    close,
  }
}

export type Link = Awaited<ReturnType<typeof createLink>>

/** Carries what one end says to the other, as fast as that one takes it. */
function carry(pair: Pair, from: Socket, to: Socket, passes: (chunk: Buffer) => boolean): void {
  from.on('data', (chunk: Buffer) => {
    if (!passes(chunk) || to.write(chunk)) return
    from.pause()
    to.once('drain', () => pair.isStopped || from.resume())
  })
}

function stop(pair: Pair): void {
  pair.isStopped = true
  pair.near.pause()
  pair.far.pause()
}

function go(pair: Pair): void {
  pair.isStopped = false
  pair.near.resume()
  pair.far.resume()
}

/** The same URL by way of a link. */
export function throughLink(url: string, { port }: Pick<Link, 'port'>): string {
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(port)
  return through.href
}

/** Where a URL leads. */
export const placeOf = (url: string) => {
  const { hostname, port } = new URL(url)
  return { hostname, port: Number(port) }
}
