import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { expect, onTestFinished, test } from 'vitest'

import { inTemporaryFolder, untilTestEnds } from '../temporary.ts'
import { exitOf } from './exits.ts'
import { identityOf } from './leftovers.ts'
import { readLines } from './lines.ts'
import { freePort } from './ports.ts'
import { type ChildOptions, type Death, nodeArguments, startChild } from './processes.ts'

const makeChild = (script: string, more: Partial<ChildOptions> = {}): ChildOptions => ({
  name: 'The worker',
  command: '/bin/sh',
  args: ['-c', script],
  env: {},
  log: () => {},
  readyWhen: (line) => line === 'ready',
  readyTimeoutMs: 30_000,
  ...more,
})

test('a child that dies is started again, and given up on by name when it dies too often', async () => {
  const deaths: Death[] = []
  const child = await untilTestEnds(
    startChild(
      makeChild('echo ready; sleep 0.1; exit 3', {
        restart: { limit: 2, withinMs: 20_000, delayMs: 10 },
        onDied: (death) => deaths.push(death),
      }),
    ),
  )
  expect((await child.gone)?.message).toBe(
    'The worker ended with code 3; it died 3 times within 20 s and is not started again',
  )
  expect(deaths.map(({ willRestart }) => willRestart)).toEqual([true, true, false])
  expect(child.pid()).toBeUndefined()
})

test('a restarted child is another process, and a stopped one is not started again', async () => {
  const died: string[] = []
  const child = await untilTestEnds(
    startChild(
      makeChild('echo ready; exec sleep 100', {
        restart: { limit: 5, withinMs: 20_000, delayMs: 10 },
        onDied: ({ sentence }) => died.push(sentence),
      }),
    ),
  )
  const first = child.pid()!
  process.kill(first, 'SIGKILL')
  await expect.poll(() => child.pid()).not.toBe(first)
  await expect.poll(() => child.pid()).toBeTypeOf('number')
  await child.stop()
  expect(await child.gone).toBeUndefined()
  expect(died).toEqual(['The worker was ended by SIGKILL'])
})

test('a child that ignores SIGTERM is killed after its grace, with all it started', async () => {
  let grandchild = 0
  const child = await untilTestEnds(
    startChild(
      makeChild('trap "" TERM; sleep 100 & echo $!; echo ready; while :; do sleep 1; done', {
        graceMs: 200,
        log: (line) => (grandchild ||= Number(line)),
      }),
    ),
  )
  await child.stop()
  await expect.poll(async () => identityOf(grandchild)).toBeUndefined()
})

test('a child that ends, is silent or does not exist is named when it should have become ready', async () => {
  await expect(startChild(makeChild('exit 7'))).rejects.toThrow(
    'The worker ended with code 7 before it was ready',
  )
  await expect(startChild(makeChild('sleep 100', { readyTimeoutMs: 200 }))).rejects.toThrow(
    'The worker was not ready within 0.2 s',
  )
  await expect(startChild(makeChild('', { command: '/nowhere/worker' }))).rejects.toThrow(
    'The worker could not be started',
  )
})

test('a child is ready when its address answers', async () => {
  const port = await freePort(0)
  const server = createServer((_, response) => response.end('yes'))
  setTimeout(() => server.listen(port, '127.0.0.1'), 300)
  const startedAt = Date.now()
  const child = await untilTestEnds(
    startChild(makeChild('exec sleep 100', { readyWhen: { url: `http://127.0.0.1:${port}/` } })),
  )
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(290)
  await child.kill()
  server.closeAllConnections()
  server.close()
})

test('a Node child ends when whoever started it is killed', async () => {
  await inTemporaryFolder(async (folder) => {
    const [parentMain, childMain] = [join(folder, 'parent.mts'), join(folder, 'child.mts')]
    await writeFile(childMain, `setInterval(() => {}, 1000); process.stdout.write('ready\\n')`)
    await writeFile(
      parentMain,
      `import { nodeArguments, startChild } from '${pathToFileURL(join(import.meta.dirname, 'processes.ts')).href}'
      const child = await startChild({
        name: 'child', command: process.execPath, args: nodeArguments('${childMain}'), env: {},
        log: () => {}, readyWhen: (line) => line === 'ready', readyTimeoutMs: 20_000,
      })
      process.stdout.write(child.pid() + '\\n')`,
    )
    const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit']
    const parent = spawn(process.execPath, nodeArguments(parentMain), { env: {}, stdio })
    const ended = exitOf(parent)
    const pid = Number(await new Promise<string>((resolve) => readLines(parent.stdout, resolve)))
    expect(await identityOf(pid)).toContain(childMain)
    parent.kill('SIGKILL')
    await ended
    await expect.poll(async () => identityOf(pid)).toBeUndefined()
  })
})

test('a Node child ends also when its parent was gone before it had loaded anything', async () => {
  await inTemporaryFolder(async (folder) => {
    const main = join(folder, 'child.mts')
    await writeFile(main, 'setInterval(() => {}, 1000)')
    for (const afterMs of [0, 20, 60, 120]) {
      const child = spawn(process.execPath, nodeArguments(main), {
        env: {},
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      const ended = exitOf(child)
      await new Promise((resolve) => setTimeout(resolve, afterMs))
      child.disconnect()
      await expect(ended).resolves.toBeDefined()
    }
  })
})
