import { connect } from 'node:net'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { DOOR_FAULTS } from './faults/door-faults.ts'
import { type Sandbox, startSandbox } from './server.ts'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox({ today: '2026-11-22', seed: 'doors', institutions: 2, doors: {} })
})
afterEach(() => sandbox.close())

const [ONE, OTHER] = ['SBXBANK001', 'SBXBANK002']
const urlOf = (id: string) =>
  new URL(sandbox.institutions.find(({ institutionId }) => institutionId === id)!.baseUrl)

/** How a call ends: the institution's own word, or that of the connection. */
async function called(id: string): Promise<string> {
  const answer = await fetch(`${urlOf(id).href}/v2/bank/accounts`).catch((error: Error) => error)
  if (answer instanceof Response) return ((await answer.json()) as { rsp_code: string }).rsp_code
  return String((answer.cause as { code?: string }).code)
}

test('each institution has a port of its own, and they are the same institutions', async () => {
  const ports = new Set([urlOf(ONE).port, urlOf(OTHER).port, `${sandbox.port}`])
  expect(ports.size).toBe(3)
  expect([await called(ONE), await called(OTHER)]).toEqual(['40002', '40002'])
  expect(sandbox.control.calls().map(({ institutionId }) => institutionId)).toEqual([ONE, OTHER])
})

test('one that refuses is alone with it, and listens at the same port when it is well', async () => {
  await sandbox.control.door({ institutionId: ONE, fault: 'refuses' })
  expect([await called(ONE), await called(OTHER)]).toEqual(['ECONNREFUSED', '40002'])
  expect(sandbox.control.doors().doors).toEqual({ [ONE]: 'refuses', [OTHER]: null })
  await sandbox.control.openDoors()
  expect(await called(ONE)).toBe('40002')
})

test('one that is silent cuts who is connected, accepts who comes, and says nothing', async () => {
  const { port } = urlOf(ONE)
  const before = connect(Number(port), '127.0.0.1')
  await new Promise((resolve) => before.once('connect', resolve))
  const isCut = new Promise((resolve) => before.once('close', resolve))
  await sandbox.control.door({ institutionId: ONE, fault: 'silent' })
  await isCut
  const socket = connect(Number(port), '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write('GET /SBXBANK001/v2/bank/accounts HTTP/1.1\r\nhost: x\r\n\r\n')
  const heard = new Promise<string>((resolve) => {
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.once('close', () => resolve(text))
  })
  // Others are answered meanwhile; it says nothing until it is well, and then the connection is cut.
  expect(await called(OTHER)).toBe('40002')
  await sandbox.control.door({ institutionId: ONE, fault: null })
  expect(await heard).toBe('')
})

test('what cannot be played is refused with what can', async () => {
  await expect(sandbox.control.door({ institutionId: ONE, fault: 'expired' })).rejects.toThrow(
    'fault: unknown; known: refuses, silent',
  )
  expect(sandbox.control.doors().faults).toEqual({
    refuses: DOOR_FAULTS.refuses.says,
    silent: DOOR_FAULTS.silent.says,
  })
  const shared = await startSandbox({ institutions: 1 })
  await expect(shared.control.door({ institutionId: ONE, fault: 'refuses' })).rejects.toThrow(
    'no institution with a port of its own',
  )
  await shared.close()
})
