import { execFile } from 'node:child_process'
import { cp, lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

import { inTemporaryFolder } from '../temporary.ts'
import { hydrateLibraries, postgresBinaries } from './postgres-binaries.ts'

const run = promisify(execFile)

const isPlain = async (path: string) => !(await lstat(path)).isSymbolicLink()

/** The package as npm unpacks it when no install script runs: without links. */
async function withoutLinks(directory: string, copy: string): Promise<void> {
  for (const part of ['bin', 'lib', 'pg-symlinks.json']) {
    await cp(join(directory, 'native', part), join(copy, 'native', part), {
      recursive: true,
      filter: isPlain,
    })
  }
}

test('the programs run once the links are made, and making them again changes nothing', async () => {
  const { directory } = await postgresBinaries()
  await inTemporaryFolder(async (copy) => {
    await withoutLinks(directory, copy)
    const initdb = join(copy, 'native', 'bin', 'initdb')
    await expect(run(initdb, ['--version'], { env: {} })).rejects.toThrow(
      'error while loading shared libraries',
    )

    await hydrateLibraries(copy)
    await hydrateLibraries(copy)

    expect((await run(initdb, ['--version'], { env: {} })).stdout).toContain('18.')
    expect((await lstat(join(copy, 'native', 'lib', 'libpq.so.5'))).isSymbolicLink()).toBe(true)
  })
})
