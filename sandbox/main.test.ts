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
  // It hangs for as long as whoever asks it waits, and that is until the child has ended.
  const open = fetch(`${said.url}/SBXBANK001/v2/bank/apis`).catch(() => 'cut')
  const calls = async (): Promise<unknown> => (await fetch(`${said.url}/_sandbox/calls`)).json()
  await expect.poll(calls).toMatchObject([{ endedAt: null }])
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  expect([code, await open]).toEqual([0, 'cut'])
})

test('names its institutions as others reach it, wherever it listens, and plays the profile it is told', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'institutions.json')
  const place = ['--host', '0.0.0.0', '--port', '0', '--base-url', 'http://sandbox:4600']
  const child = run(...place, '--institutions', '1', '--institutions-file', file, '--profile', 'storm')
  const [line]: [Buffer] = await once(child.stdout!, 'data').then(([chunk]: Buffer[]) => [chunk!])
  const { url }: { url: string } = JSON.parse(line.toString())
  expect(url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/)
  const institutions: { baseUrl: string }[] = JSON.parse(readFileSync(file, 'utf8'))
  expect(institutions.map(({ baseUrl }) => baseUrl)).toEqual(['http://sandbox:4600/SBXBANK001'])
  const { port } = new URL(url)
  const playing: unknown = await (await fetch(`http://127.0.0.1:${port}/_sandbox/profile`)).json()
  expect(playing).toMatchObject({ name: 'storm' })
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('sends codes to the addresses it is told, and rotates and expires tokens as it is told', async () => {
  const uris = ['https://one.example/a', 'app.moa://b']
  const given = uris.flatMap((uri) => ['--redirect-uri', uri])
  const child = run('--port', '0', ...given, '--refresh-rotation', 'strict', '--access-token-seconds', '60')
  const [line]: [Buffer] = await once(child.stdout!, 'data').then(([chunk]: Buffer[]) => [chunk!])
  const { url }: { url: string } = JSON.parse(line.toString())
  const ask = async (redirect_uri: string) => {
    const asked = { response_type: 'code', client_id: 'sandbox-client', redirect_uri, state: 's' }
    const query = new URLSearchParams({ ...asked, prompt: 'none', login_hint: 'minji' }).toString()
    const reply = await fetch(`${url}/SBXBANK001/oauth/2.0/authorize?${query}`, { redirect: 'manual' })
    return [reply.status, reply.headers.get('location')?.split('?')[0]]
  }
  expect([await ask(uris[0]!), await ask(uris[1]!)]).toEqual([
    [302, uris[0]],
    [302, uris[1]],
  ])
  expect(await ask('https://moa.example/callback')).toEqual([400, undefined])
  const rules = { method: 'POST', body: JSON.stringify({ institutionId: 'SBXBANK001' }) }
  const told: unknown = await (await fetch(`${url}/_sandbox/token-rules`, rules)).json()
  expect(told).toMatchObject({ rotation: 'strict', accessSeconds: 60 })
  child.kill('SIGTERM')
  await once(child, 'exit')
})

test.each([
  ['--port', 'abc'],
  [1, 2, 3, 4, 5].flatMap((each) => ['--redirect-uri', `https://moa.example/${each}`]),
  ['--institutions', '61'],
  ['--card-institutions', '21'],
  ['--bogus'],
  ['--profile', 'stormy'],
  ['--profile', 'outage:SBXBANK061'],
  ['--today', '2026-13-01'],
  ['--base-url', 'sandbox'],
  ['--redirect-uri', 'nowhere'],
  ['--redirect-uri', 'https://moa.example/#here'],
  ['--refresh-rotation', 'sometimes'],
  ['--access-token-seconds', '0'],
  ['--refresh-token-seconds', '31536001'],
])('ends with 2 and one line for %s %s', async (...given: string[]) => {
  const child = run(...given)
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = await once(child, 'close')
  expect(code).toBe(2)
  expect(said).toMatch(/^sandbox: [^\n]+\n$/)
})
