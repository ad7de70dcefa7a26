import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'

import { alertUnder, type Certificates, type DoorFaultName, tlsUnder } from './faults/door-faults.ts'
import { listen, portOf } from './listen.ts'

type Speaking = Pick<Server, 'emit'>

/**
 * A port of an institution's own. Its fault strikes connections, not calls: it holds for everybody from the moment it is
 * set, and whatever was open is cut.
 */
export async function openDoor(serve: RequestListener, host: string, certificates: Certificates | undefined) {
  const sockets = new Set<Socket>()
  const speakers = new Map<DoorFaultName | null, Speaking>()
  let fault: DoorFaultName | null = null

  const speaker = (): Speaking => {
    const known = speakers.get(fault)
    if (known) return known
    const made = certificates
      ? createHttpsServer(tlsUnder(fault, certificates), serve)
      : createHttpServer(serve)
    speakers.set(fault, made)
    return made
  }
  const listener = createServer((socket) => {
    sockets.add(socket)
    // Whoever is refused, or cut, may say so.
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
    const alert = alertUnder(fault)
    if (alert) socket.once('data', () => socket.end(alert))
    else if (fault !== 'silent') speaker().emit('connection', socket)
  })
  await listen(listener, 0, host)
  const port = portOf(listener.address())

  const stopListening = (): Promise<void> =>
    new Promise((resolve) => (listener.listening ? listener.close(() => resolve()) : resolve()))
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port,
    fault: () => fault,
    /** Resolves once it holds. */
    set: async (wanted: DoorFaultName | null): Promise<void> => {
      if (wanted === fault) return
      fault = wanted
      const stopped = wanted === 'refuses' ? stopListening() : undefined
      cut()
      await stopped
      if (wanted !== 'refuses' && !listener.listening) await listen(listener, port, host)
    },
    close: async (): Promise<void> => {
      const stopped = stopListening()
      cut()
      await stopped
    },
  }
}

export type Door = Awaited<ReturnType<typeof openDoor>>
