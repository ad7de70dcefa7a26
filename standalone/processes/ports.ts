import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below 32768 no system gives ports to outgoing connections: what is free here now is still free when a server has been
// prepared for seconds, or is started again. A port of the system's own choosing may be anybody's connection by then.
const ANY = { from: 10_000, below: 32_768 }
// With a thousand of them taken, all tries miss once in 10^27.
const TRIES = 20

/** The preferred port if nothing listens on it at 127.0.0.1, else (0: at once) any free one. Free now, not reserved. */
export async function freePort(preferred: number): Promise<number> {
  const wanted = preferred === 0 ? undefined : await tryPort(preferred)
  if (wanted !== undefined) return wanted
  for (let tried = 0; tried < TRIES; tried += 1) {
    const port = await tryPort(randomInt(ANY.from, ANY.below))
    if (port !== undefined) return port
  }
  throw new Error('No port is free')
}

/** Throws a sentence naming the port and who wanted it, when something else listens on it at 127.0.0.1. */
export async function assertPortFree(port: number, wantedBy: string): Promise<void> {
  if ((await tryPort(port)) !== undefined) return
  throw new Error(`${wantedBy} cannot start: port ${port} on 127.0.0.1 is taken by another program`)
}

/** The port if it could be listened on, undefined if it could not. */
async function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(undefined) : reject(error),
    )
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(port)))
  })
}
