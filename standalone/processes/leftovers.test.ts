import { spawn } from 'node:child_process'
import { access, chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { expect, test } from 'vitest'

import { startPostgres } from '../postgres/postgres.ts'
import { inTemporaryFolder, untilTestEnds } from '../temporary.ts'
import { exitOf } from './exits.ts'
import { identityOf, rememberProcess, stopLeftover } from './leftovers.ts'
import { readLines } from './lines.ts'
import { freePort } from './ports.ts'
import { nodeArguments } from './processes.ts'

const STEPS = [{ signal: 'SIGTERM', graceMs: 2_000 }] as const

/** What a start that has since ended would have written down about a process that still runs. */
async function rememberAsAnEarlierStart(pidFile: string, pid: number): Promise<void> {
  await rememberProcess(pidFile, pid)
  const text = await readFile(pidFile, 'utf8')
  const identity = (await identityOf(process.pid)) ?? ''
  await writeFile(pidFile, text.replace(JSON.stringify(identity), '"an earlier start"'))
}

test('a process that an earlier start left running is stopped', async () => {
  await inTemporaryFolder(async (folder) => {
    const child = spawn('sleep', ['100'])
    const exited = exitOf(child)
    const pidFile = join(folder, 'sleep.pid')
    await rememberAsAnEarlierStart(pidFile, child.pid!)

    await stopLeftover(pidFile, 'Sleep', STEPS)

    expect(await exited).toEqual({ code: null, signal: 'SIGTERM' })
    await expect(access(pidFile)).rejects.toThrow('ENOENT')
  })
})

test('a pid that has since become another program is left alone', async () => {
  await inTemporaryFolder(async (folder) => {
    const child = spawn('sleep', ['100'])
    const exited = exitOf(child)
    const pidFile = join(folder, 'sleep.pid')
    await rememberAsAnEarlierStart(pidFile, child.pid!)
    await writeFile(pidFile, (await readFile(pidFile, 'utf8')).replace('sleep 100', 'sleep 99'))

    await stopLeftover(pidFile, 'Sleep', STEPS)

    expect(await identityOf(child.pid!)).toContain('sleep 100')
    child.kill()
    await exited
  })
})

test('a process whose starter still runs is left alone, and the start is refused', async () => {
  await inTemporaryFolder(async (folder) => {
    const child = spawn('sleep', ['100'])
    const exited = exitOf(child)
    const pidFile = join(folder, 'sleep.pid')
    await rememberProcess(pidFile, child.pid!)
    await expect(stopLeftover(pidFile, 'Sleep', STEPS)).rejects.toThrow('Sleep already runs on this data')
    child.kill()
    await exited
  })
})

test('a PostgreSQL whose starter was killed is stopped by the next start', async () => {
  await inTemporaryFolder(async (folder) => {
    await chmod(folder, 0o755)
    const options = {
      dataDirectory: join(folder, 'pg'),
      port: await freePort(0),
      superuserPassword: 'secret',
    }
    const main = join(folder, 'main.mts')
    const postgres = pathToFileURL(join(import.meta.dirname, '../postgres/postgres.ts')).href
    await writeFile(
      main,
      `import { startPostgres } from '${postgres}'
      const { pid } = await startPostgres(${JSON.stringify(options)})
      process.stdout.write(pid + '\\n')`,
    )
    const starter = spawn(process.execPath, nodeArguments(main), {
      env: {},
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = exitOf(starter)
    const leftPid = Number(await new Promise<string>((resolve) => readLines(starter.stdout, resolve)))
    starter.kill('SIGKILL')
    await ended
    expect(await identityOf(leftPid)).toContain(options.dataDirectory)

    const next = await untilTestEnds(startPostgres(options))

    expect(await identityOf(leftPid)).toBeUndefined()
    await next.stop()
  })
})
