import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, onTestFinished, test } from 'vitest'

import { lawful } from '../../api/openapi/test-answers.ts'
import { wholeEnvironment } from '../../config.ts'
import { exitOf, hasEnded } from '../../standalone/processes/exits.ts'
import { identityOf } from '../../standalone/processes/leftovers.ts'
import { readLines } from '../../standalone/processes/lines.ts'
import { cliForTests, inTemporaryFolder } from '../../standalone/temporary.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** A start takes 6 s on two free cores; the machine of a test is loaded. */
const WHOLE_MS = 240_000

type Outcome = {
  snapshot: { no: number; status: string } | null
  refresh: { no: number; state: string }
  institutions: { outcome: string; accounts: number; transactions: number; failure: string | null }[]
  accounts: number
  transactions: number
  durations: { totalMs: number }
  urls: { run: string }
}

/** A home of its own that shares the cache of the repository, so that nothing is fetched or bundled anew. */
async function withHome(use: (home: string) => Promise<void>): Promise<void> {
  await cliForTests()
  await inTemporaryFolder(async (folder) => {
    await chmod(folder, 0o755)
    const home = join(folder, 'home')
    await mkdir(home, { mode: 0o755 })
    await mkdir(join(ROOT, '.moa/cache'), { recursive: true })
    await symlink(join(ROOT, '.moa/cache'), join(home, 'cache'))
    await use(home)
  })
}

/** Starts Moa; it is stopped when the test ends, however that is. */
function startMoa(home: string, args: readonly string[] = [], settings: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'standalone/main.ts', ...args], {
    cwd: ROOT,
    env: { ...wholeEnvironment(), ...settings, MOA_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = exitOf(child)
  const lines: string[] = []
  readLines(child.stdout, (line) => lines.push(line))
  readLines(child.stderr, (line) => lines.push(line))
  onTestFinished(async () => {
    if (!hasEnded(child)) child.kill('SIGTERM')
    await exited
  })
  return { child, exited, lines, shows: async (text: string) => untilShown(child, lines, text) }
}

async function untilShown(child: ChildProcess, lines: readonly string[], text: string): Promise<void> {
  await expect
    .poll(() => lines.some((line) => line.includes(text)) || hasEnded(child), {
      timeout: WHOLE_MS,
      interval: 20,
    })
    .toBe(true)
  expect(lines.join('\n')).toContain(text)
}

async function runOnce(home: string): Promise<Outcome> {
  const { exited, lines } = startMoa(home, ['--once', '--json'])
  const { code } = await exited
  expect(lines).toHaveLength(1)
  expect(code).toBe(0)
  return JSON.parse(lines[0]!) as Outcome
}

type Remembered = { process: { pid: number; identity: string } }

/** Every process of the system, as its files of pids name it. */
async function processesOf(home: string): Promise<Remembered['process'][]> {
  const files = [
    ...(await readdir(join(home, 'run'))).map((name) => join('run', name)),
    'postgres.pid',
    'temporal.db.pid',
  ]
  return Promise.all(
    files.map(async (file) => (JSON.parse(await readFile(join(home, file), 'utf8')) as Remembered).process),
  )
}

const stillRunning = async (processes: Remembered['process'][]) => {
  const now = await Promise.all(processes.map(async ({ pid }) => identityOf(pid)))
  return processes.filter(({ identity }, index) => now[index] === identity)
}

test(
  'a first start gathers everything at six banks and three card companies, a second one finds it unchanged',
  { timeout: 2 * WHOLE_MS },
  async () => {
    await withHome(async (home) => {
      const first = await runOnce(home)
      expect(first).toMatchObject({
        snapshot: { no: 1, status: 'complete' },
        refresh: { no: 1, state: 'succeeded' },
      })
      expect(first.institutions.map(({ outcome, failure }) => `${outcome} ${failure}`)).toEqual(
        Array(9).fill('changed null'),
      )
      expect(first.transactions).toBeGreaterThan(1_000)

      const second = await runOnce(home)
      expect(second).toMatchObject({
        snapshot: { no: 2, status: 'complete' },
        refresh: { no: 2, state: 'succeeded' },
      })
      expect(second.institutions.map(({ outcome }) => outcome)).toEqual(Array(9).fill('unchanged'))
      expect(second.accounts).toBe(first.accounts)
      expect(second.transactions).toBe(first.transactions)
    })
  },
)

test(
  'Ctrl-C ends a staying Moa within ten seconds, and nothing is left running',
  { timeout: WHOLE_MS },
  async () => {
    await withHome(async (home) => {
      const moa = startMoa(home)
      await moa.shows('Ctrl-C ends everything')
      const processes = await processesOf(home)
      expect(await stillRunning(processes)).toHaveLength(7) // Moa, sandbox, worker, API, operator listener, PostgreSQL, Temporal
      const askedAt = Date.now()
      moa.child.kill('SIGINT')
      expect(await moa.exited).toEqual({ code: 0, signal: null })
      expect(Date.now() - askedAt).toBeLessThan(10_000)
      expect(await stillRunning(processes)).toEqual([])
    })
  },
)

test('a refresh that somebody asks for later is shown as it happens', { timeout: WHOLE_MS }, async () => {
  await withHome(async (home) => {
    const moa = startMoa(home)
    await moa.shows('Ctrl-C ends everything')
    const token = moa.lines.find((line) => line.startsWith('TOKEN='))!.slice('TOKEN='.length)
    const shown = moa.lines.find((line) => line.includes('/v1/me/snapshot'))!
    const answer = await fetch(new URL('/v1/events', /http\S+/.exec(shown)![0]), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': 'asked-later',
      },
      body: JSON.stringify({ type: 'assets.refresh_requested' }),
    })
    expect(answer.status).toBe(202)
    await moa.shows('complete snapshot no 2')
    const later = moa.lines.slice(moa.lines.indexOf('refresh 2 has begun'))
    expect(later.filter((line) => line.includes('unchanged'))).toHaveLength(9)
    moa.child.kill('SIGINT')
    expect(await moa.exited).toEqual({ code: 0, signal: null })
  })
})

test(
  'a refresh that was open when everything was killed is finished by the next start',
  { timeout: 2 * WHOLE_MS },
  async () => {
    await withHome(async (home) => {
      const killed = startMoa(home)
      await killed.shows('asks for all accounts (refresh 1)')
      const processes = await processesOf(home)
      for (const { pid } of processes) process.kill(pid, 'SIGKILL')
      await killed.exited
      expect(await runOnce(home)).toMatchObject({
        snapshot: { status: 'complete' },
        refresh: { no: 1, state: 'succeeded' },
      })
    })
  },
)

test(
  'a worker and a database that are killed are started again, and the API goes on',
  { timeout: WHOLE_MS },
  async () => {
    await withHome(async (home) => {
      const moa = startMoa(home)
      await moa.shows('Ctrl-C ends everything')
      const remembered = async (file: string) =>
        (JSON.parse(await readFile(join(home, file), 'utf8')) as Remembered).process.pid
      process.kill(await remembered('run/worker.pid'), 'SIGKILL')
      await moa.shows('The worker was ended by SIGKILL: it is started again')
      process.kill(await remembered('postgres.pid'), 'SIGKILL')
      await moa.shows('PostgreSQL was ended by SIGKILL: it is started again')
      process.kill(await remembered('temporal.db.pid'), 'SIGKILL')
      await moa.shows('Temporal was ended by SIGKILL: it is started again')
      const api = moa.lines.find((line) => line.includes('/v1/me/snapshot'))!
      const token = moa.lines.find((line) => line.startsWith('TOKEN='))!.slice('TOKEN='.length)
      const url = /http\S+/.exec(api)![0]
      await expect
        .poll(
          async () => {
            const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
            return (await lawful('GET', url, answer)).status
          },
          { timeout: WHOLE_MS },
        )
        .toBe(200)
      moa.child.kill('SIGTERM')
      expect(await moa.exited).toEqual({ code: 0, signal: null })
    })
  },
)

test(
  'a second Moa in the same folder is refused, and so is forgetting what the first one has',
  { timeout: WHOLE_MS },
  async () => {
    await withHome(async (home) => {
      const moa = startMoa(home)
      await moa.shows('PostgreSQL')
      const second = startMoa(home, ['--reset'])
      expect(await second.exited).toEqual({ code: 1, signal: null })
      expect(second.lines).toEqual([`moa ends: Another Moa runs in ${home}: stop that one first`])
      moa.child.kill('SIGINT')
      await moa.exited
      expect((await readdir(home)).includes('secrets.json')).toBe(true)
    })
  },
)

test(
  'without a Temporal CLI it says what helps, and leaves nothing running',
  { timeout: WHOLE_MS },
  async () => {
    await withHome(async (home) => {
      const { child, exited, lines } = startMoa(home, ['--once', '--json'], {
        TEMPORAL_CLI: '/nowhere/temporal',
      })
      expect(await exited).toEqual({ code: 1, signal: null })
      expect(hasEnded(child)).toBe(true)
      expect(lines.join('\n')).toContain('moa ends: TEMPORAL_CLI names /nowhere/temporal')
      expect(await readdir(join(home, 'run'))).toEqual([])
    })
  },
)

test.skipIf(process.getuid?.() !== 0)(
  'below a folder that only root may enter it runs all the same, with the database where its user may go',
  { timeout: WHOLE_MS },
  async () => {
    await withHome(async (home) => {
      await chmod(dirname(home), 0o700)
      const hash = createHash('sha256').update(home).digest('hex').slice(0, 12)
      onTestFinished(() => rm(`/var/lib/moa-${hash}`, { recursive: true, force: true }))
      expect(await runOnce(home)).toMatchObject({ snapshot: { no: 1, status: 'complete' } })
      expect(await readdir(`/var/lib/moa-${hash}`)).toContain('postgres')
    })
  },
)
