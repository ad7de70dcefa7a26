import { connect, createServer, type Server, type Socket } from 'node:net'

import { freePort } from '../../../standalone/processes/ports.ts'

/** A way to the database that a test can open, shut, and have turn its next visitor away. */
export async function createRelay(url: string) {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let server: Server | null = null
  let turnsAway = false
  const port = await freePort(0)
  const relayed = new URL(url)
  relayed.hostname = '127.0.0.1'
  relayed.port = String(port)

  async function open(): Promise<void> {
    server = createServer((near) => {
      if (turnsAway) {
        turnsAway = false
        near.resetAndDestroy()
        return
      }
      const far = connect(Number(target.port), target.hostname)
      for (const socket of [near, far]) {
        sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => sockets.delete(socket))
      }
      near.pipe(far)
      far.pipe(near)
    })
    await new Promise<void>((resolve) => server!.listen(port, '127.0.0.1', resolve))
  }

  async function shut(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)))
    server = null
  }

  const turnNextAway = (): void => {
    turnsAway = true
  }

  return { url: relayed.href, open, shut, turnNextAway }
}
