import { createServer } from 'node:net'

/** The preferred port if nothing listens on it at 127.0.0.1, else any free one. Free now, not reserved. */
export async function freePort(preferred: number): Promise<number> {
  return (await tryPort(preferred)) ?? (await tryPort(0)) ?? Promise.reject(new Error('No port is free'))
}

/** Throws a sentence naming the port and who wanted it, when something else listens on it at 127.0.0.1. */
export async function assertPortFree(port: number, wantedBy: string): Promise<void> {
  if ((await tryPort(port)) !== undefined) return
  throw new Error(`${wantedBy} cannot start: port ${port} on 127.0.0.1 is taken by another program`)
}

/** The port that could be listened on (0 asks for any), undefined if it could not. */
async function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(undefined) : reject(error),
    )
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address()
      const taken = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve(taken))
    })
  })
}
