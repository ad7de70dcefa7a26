import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

import connect from 'postgres'
import { expect, test } from 'vitest'

import { freePort } from '../processes/ports.ts'
import { inTemporaryFolder, untilTestEnds } from '../temporary.ts'
import { postgresBinaries, programsIn } from './postgres-binaries.ts'
import { preparePostgresFolder } from './postgres-folder.ts'
import { startPostgres } from './postgres.ts'

/** Folders made for a test are closed to other users; PostgreSQL does not run as root. */
async function makeOptions(folder: string) {
  await chmod(folder, 0o755)
  return { dataDirectory: join(folder, 'pg'), port: await freePort(0), superuserPassword: 'p@ss wörd/:' }
}

async function query<T>(url: string, use: (sql: connect.Sql) => Promise<T>): Promise<T> {
  const sql = connect(url, { max: 1 })
  try {
    return await use(sql)
  } finally {
    await sql.end()
  }
}

test('a PostgreSQL that is killed starts again on its data and has its rows', async () => {
  await inTemporaryFolder(async (folder) => {
    const options = await makeOptions(folder)
    const first = await untilTestEnds(startPostgres(options))
    await query(first.url, async (sql) => {
      await sql`create table notes (note text)`
      await sql`insert into notes values ('kept')`
    })
    process.kill(first.pid, 'SIGKILL')
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' })

    const second = await untilTestEnds(startPostgres(options))
    expect(await query(second.url, async (sql) => sql`select note from notes`)).toEqual([{ note: 'kept' }])
    await second.stopImmediately()

    const third = await untilTestEnds(startPostgres(options))
    expect(await query(third.url, async (sql) => sql`select note from notes`)).toEqual([{ note: 'kept' }])
    await third.stop()
    expect(await third.exited).toEqual({ code: 0, signal: null })
  })
})

test('a lock whose pid has since become another program does not keep PostgreSQL from starting', async () => {
  await inTemporaryFolder(async (folder) => {
    const options = await makeOptions(folder)
    const first = await untilTestEnds(startPostgres(options))
    const lock = join(options.dataDirectory, 'postmaster.pid')
    const lines = (await readFile(lock, 'utf8')).split('\n')
    process.kill(first.pid, 'SIGKILL')
    await first.exited

    const stranger = await untilTestEnds(startPostgres({ ...options, dataDirectory: join(folder, 'other') }))
    await writeFile(lock, [stranger.pid, ...lines.slice(1)].join('\n'))
    const second = await untilTestEnds(startPostgres({ ...options, port: await freePort(0) }))
    await second.stop()
    expect(await query(stranger.url, async (sql) => sql`select 1 as alive`)).toEqual([{ alive: 1 }])
    await stranger.stop()
  })
})

test('settings given win over ours, and it listens on this machine only', async () => {
  await inTemporaryFolder(async (folder) => {
    const options = await makeOptions(folder)
    const postgres = await untilTestEnds(
      startPostgres({ ...options, fsync: false, settings: { max_connections: '17' } }),
    )
    const [row] = await query(
      postgres.url,
      async (sql) => sql`
        select current_setting('max_connections') as most, current_setting('fsync') as fsync,
               current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
               current_setting('server_encoding') as encoding`,
    )
    await postgres.stop()
    expect(row).toEqual({ most: '17', fsync: 'off', addresses: '127.0.0.1', sockets: '', encoding: 'UTF8' })
  })
})

test('a second start on the same data is refused while the first one runs', async () => {
  await inTemporaryFolder(async (folder) => {
    const options = await makeOptions(folder)
    const first = await untilTestEnds(startPostgres(options))
    await expect(startPostgres({ ...options, port: await freePort(0) })).rejects.toThrow(
      `PostgreSQL already runs on this data (pid ${first.pid})`,
    )
    await first.stop()
    await expect(readFile(`${options.dataDirectory}.pid`)).rejects.toThrow('ENOENT')
  })
})

test('a taken port is named before anything is made', async () => {
  await inTemporaryFolder(async (folder) => {
    const options = await makeOptions(folder)
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(options.port, '127.0.0.1', resolve))
    await expect(startPostgres(options)).rejects.toThrow(
      `PostgreSQL cannot start: port ${options.port} on 127.0.0.1`,
    )
    other.close()
  })
})

test('data of another major version is refused with both versions named', async () => {
  await inTemporaryFolder(async (folder) => {
    const options = await makeOptions(folder)
    await mkdir(options.dataDirectory)
    await writeFile(join(options.dataDirectory, 'PG_VERSION'), '16\n')
    await expect(startPostgres(options)).rejects.toThrow('was made by PostgreSQL 16 and this is 18')
  })
})

test.skipIf(process.getuid?.() !== 0)(
  'a folder out of reach of its user is named, with its mode',
  async () => {
    await inTemporaryFolder(async (folder) => {
      const options = await makeOptions(folder)
      await chmod(folder, 0o700)
      await expect(startPostgres(options)).rejects.toThrow(`may not enter ${folder} (mode 700)`)
    })
  },
)

test.skipIf(process.getuid?.() !== 0)(
  'programs out of reach of its user are copied beside the data, and run from there',
  async () => {
    await inTemporaryFolder(async (folder) => {
      const options = await makeOptions(folder)
      const closed = join(folder, 'closed')
      await mkdir(closed, { mode: 0o700 })
      const { directory, version } = await postgresBinaries()
      await cp(join(directory, 'native'), join(closed, 'native'), { recursive: true, verbatimSymlinks: true })
      const { binaries } = await preparePostgresFolder({
        ...options,
        binaries: programsIn(closed, version),
        signal: undefined,
      })
      expect(binaries.directory).toBe(`${options.dataDirectory}.programs-${version}`)
      expect(await readFile(join(options.dataDirectory, 'PG_VERSION'), 'utf8')).toBe('18\n')
    })
  },
)
