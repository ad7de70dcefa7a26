import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { connect, type Socket } from 'node:net'

import { describe, expect, onTestFinished, test, vi } from 'vitest'

import { createApp } from './app.ts'
import { makeDeps } from './make-api.ts'
import { type Place, startServer } from './server.ts'

// Whoever finishes does so within this, too, on a busy machine: its time begins when it connects.
const QUICK = { headersTimeout: 3_000, requestTimeout: 6_000, connectionsCheckingInterval: 50 }
const POST = [
  'POST /v1/events HTTP/1.1',
  'Host: moa',
  'Authorization: Bearer good',
  'Idempotency-Key: key-00000001',
  'Content-Type: application/json',
  'Content-Length: 100',
  '',
  '',
].join('\r\n')

/** A server, and clients that are connected to it and say nothing by themselves. */
async function serving(
  place: Partial<Place>,
  app: RequestListener = createApp(makeDeps()),
  afterTest: (cleanUp: () => void | Promise<void>) => void = onTestFinished,
) {
  const server = await startServer(app, { host: '127.0.0.1', port: 0, ...place })
  afterTest(server.close)
  const open = async (): Promise<Socket> => {
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    afterTest(() => void socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  const isServing = async () => {
    const answer = await globalThis.fetch(`http://127.0.0.1:${server.port}/healthz`)
    return answer.status === 200
  }
  return { open, isServing }
}

/** Everything a client hears until it is hung up on. */
async function heardBy(socket: Socket): Promise<string> {
  let heard = ''
  for await (const chunk of socket.setEncoding('utf8')) heard += String(chunk)
  return heard
}

describe('whoever does not finish', () => {
  test.concurrent.for<readonly [what: string, bytes: string]>([
    ['the first line', 'GET /heal'],
    ['the headers', 'GET /healthz HTTP/1.1\r\nHost: x\r\n'],
    ['the headers, a byte at a time', 'GET /healthz HTTP/1.1\r\nA: '],
    ['the body', `${POST}{"type":`],
    ['the body, a byte at a time', `${POST}{`],
  ])(
    '%s is told so and hung up on, and others are served meanwhile',
    async ([what, bytes], { expect: expected, onTestFinished: afterTest }) => {
      const { open, isServing } = await serving({ slowClients: QUICK }, undefined, afterTest)
      const socket = await open()
      socket.write(bytes)
      const dripping = what.includes('byte') ? setInterval(() => socket.write('x'), 200) : undefined
      const heard = heardBy(socket)
      expected(await isServing()).toBe(true)
      expected(await heard).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*"title":"RequestTooSlow"/)
      clearInterval(dripping)
    },
  )

  test('reading an answer is hung up on, however slowly it is read', async () => {
    const big = 'x'.repeat(30_000_000) // more than a kernel keeps for a client
    const { open, isServing } = await serving({ answeredMs: 400 }, (request, response) => {
      response.end(request.url === '/healthz' ? '' : big)
    })
    const socket = await open()
    let read = 0
    socket.on('data', (chunk: Buffer) => {
      read += chunk.length
      socket.pause()
      setTimeout(() => socket.resume(), 50)
    })
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await isServing()).toBe(true)
    await once(socket, 'close')
    expect(read).toBeGreaterThan(0)
    expect(read).toBeLessThan(big.length)
  })

  test('a stream is not: it has no end, and drops by itself who takes nothing', async () => {
    const { open } = await serving({ answeredMs: 100 }, (_request, response) => {
      response.setHeader('content-type', 'text/event-stream').write('data: 1\n\n')
      setTimeout(() => response.end('data: last\n\n'), 500)
    })
    const socket = await open()
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(await heardBy(socket)).toContain('data: last')
  })
})

test('two hundred clients that say nothing keep nobody else waiting', async () => {
  const { open, isServing } = await serving({})
  const silent = await Promise.all(Array.from({ length: 200 }, open))
  for (const socket of silent) socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nA: ')
  for (let asked = 0; asked < 20; asked += 1) expect(await isServing()).toBe(true)
  expect(silent.every((socket) => !socket.destroyed)).toBe(true)
})

test('nobody has more connections than one address may have; one that is given back may be taken again', async () => {
  const { open } = await serving({ connectionsPerAddress: 3 })
  const [first, second] = [await open(), await open(), await open()] as const
  expect(await heardBy(await open())).toBe('')
  for (const socket of [first, second]) expect(await askAlong(socket)).toMatch(/^HTTP\/1\.1 200/)
  await vi.waitFor(async () => expect(await askAlong(await open())).toMatch(/^HTTP\/1\.1 200/), 10_000)
})

/** One request, with which the connection ends. */
function askAlong(socket: Socket): Promise<string> {
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  return heardBy(socket)
}
