import { createHash } from 'node:crypto'
import { access, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { type MainRun, runMain } from './processes/run-main.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** All that a workflow may import, what builds it, and the versions of both. */
const SOURCES = ['workflows', 'domain', 'worker/worker.ts', 'package-lock.json'] as const

/** The bundle of the workflows as they are now: the one in the cache, or built in 2 s. Answers its path. */
export async function workflowBundle(
  cacheDirectory: string,
  { log, stopping }: Pick<MainRun, 'log' | 'stopping'>,
): Promise<string> {
  const name = `workflows-${await hashOf(SOURCES)}.js`
  const path = join(cacheDirectory, name)
  if (await exists(path)) return path
  await runMain({ name: 'The workflow bundle', main: MAIN, args: [path], settings: {}, log, stopping })
  for (const other of await readdir(cacheDirectory))
    if (/^workflows-\w+\.js(\.\d+)?$/.test(other) && other !== name)
      await rm(join(cacheDirectory, other), { force: true })
  return path
}

const MAIN = fileURLToPath(new URL('../worker/bundle-main.ts', import.meta.url))

async function hashOf(sources: readonly string[]): Promise<string> {
  const files = (await Promise.all(sources.map(async (source) => filesBelow(source)))).flat().toSorted()
  const contents = await Promise.all(files.map(async (file) => readFile(join(ROOT, file))))
  const hash = createHash('sha256')
  files.forEach((file, index) => hash.update(`${file}\n`).update(contents[index]!))
  return hash.digest('hex').slice(0, 16)
}

async function filesBelow(source: string): Promise<string[]> {
  if (source.includes('.')) return [source]
  const entries = await readdir(join(ROOT, source), { recursive: true })
  return entries
    .filter((entry) => entry.endsWith('.ts') && !entry.endsWith('.test.ts'))
    .map((entry) => join(source, entry))
}

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
