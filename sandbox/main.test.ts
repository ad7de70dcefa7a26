import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

const main = new URL('main.ts', import.meta.url).pathname

function run(...given: string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', main, ...given], { stdio: ['ignore', 'pipe', 'pipe'] })
}

test('says where it listens, writes its institutions, and stops when told, calls open or not', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'institutions.json')
  const child = run(
    '--port',
    '0',
    '--seed',
    'main',
    '--institutions',
    '2',
    '--card-institutions',
    '1',
    '--institutions-file',
    file,
  )
  const [line]: [Buffer] = await once(child.stdout!, 'data').then(([chunk]: Buffer[]) => [chunk!])
  const said: { ready: boolean; url: string } = JSON.parse(line.toString())
  expect(said.ready).toBe(true)
  const institutions: { industry: string; baseUrl: string }[] = JSON.parse(readFileSync(file, 'utf8'))
  expect(institutions.map(({ industry, baseUrl }) => [industry, baseUrl])).toEqual([
    ['bank', `${said.url}/SBXBANK001`],
    ['bank', `${said.url}/SBXBANK002`],
    ['card', `${said.url}/SBXCARD001`],
  ])
  const hang = { method: 'POST', body: JSON.stringify({ institutionId: '*', hang: true }) }
  await fetch(`${said.url}/_sandbox/behaviour`, hang)
  const open = fetch(`${said.url}/SBXBANK001/v2/bank/apis`).catch(() => 'cut')
  const toldAt = Date.now()
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  expect([code, Date.now() - toldAt < 1000, await open]).toEqual([0, true, 'cut'])
})

test('names its institutions as others reach it, wherever it listens', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'institutions.json')
  const place = ['--host', '0.0.0.0', '--port', '0', '--base-url', 'http://sandbox:4600']
  const child = run(...place, '--institutions', '1', '--institutions-file', file)
  const [line]: [Buffer] = await once(child.stdout!, 'data').then(([chunk]: Buffer[]) => [chunk!])
  const { url }: { url: string } = JSON.parse(line.toString())
  expect(url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/)
  const institutions: { baseUrl: string }[] = JSON.parse(readFileSync(file, 'utf8'))
  expect(institutions.map(({ baseUrl }) => baseUrl)).toEqual(['http://sandbox:4600/SBXBANK001'])
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test.each([
  ['--port', 'abc'],
  ['--institutions', '61'],
  ['--card-institutions', '21'],
  ['--bogus'],
  ['--today', '2026-13-01'],
  ['--base-url', 'sandbox'],
])('ends with 2 and one line for %s %s', async (...given: string[]) => {
  const child = run(...given)
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = await once(child, 'close')
  expect(code).toBe(2)
  expect(said).toMatch(/^sandbox: [^\n]+\n$/)
})
