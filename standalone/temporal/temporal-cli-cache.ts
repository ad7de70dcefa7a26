import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { PINNED_VERSION, pinHere } from './temporal-cli-pins.ts'

const placeIn = (cacheDirectory: string) => resolve(cacheDirectory, `temporal-${PINNED_VERSION}`)

/**
 * The program kept by an earlier start, if it still has its hash: the pinned one, or the one noted when it came from
 * Temporal's own host (whose archive carries no pin of ours). A changed file is left for the next fetch to replace.
 */
export async function cachedCli(
  cacheDirectory: string,
  log: (line: string) => void,
): Promise<string | undefined> {
  const path = placeIn(cacheDirectory)
  const hash = await sha256OfFile(path)
  if (hash === undefined) return undefined
  const noted = (await readFile(`${path}.sha256`, 'utf8').catch(() => '')).trim()
  if (hash === pinHere()?.program || hash === noted) return path
  log(`The Temporal CLI kept in ${path} is not what was put there (sha256 ${hash}): it is fetched again`)
  return undefined
}

/** Keeps a program, whole or not at all, whoever else does the same at this moment. */
export async function keepCli(cacheDirectory: string, program: Buffer): Promise<string> {
  await mkdir(cacheDirectory, { recursive: true })
  const path = placeIn(cacheDirectory)
  const hash = sha256Of(program)
  if (hash !== pinHere()?.program) await putWhole(`${path}.sha256`, `${hash}\n`, 0o644)
  await putWhole(path, program, 0o755)
  return path
}

/** Removes what turned out not to run. */
export async function dropCli(cacheDirectory: string): Promise<void> {
  const path = placeIn(cacheDirectory)
  for (const file of [path, `${path}.sha256`]) await rm(file, { force: true })
}

/** Lower-case hexadecimal. */
export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

async function putWhole(path: string, content: string | Buffer, mode: number): Promise<void> {
  const mine = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await writeFile(mine, content, { mode })
    await rename(mine, path)
  } finally {
    await rm(mine, { force: true })
  }
}

/** 160 MB take 0.4 s. */
async function sha256OfFile(path: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash)
    return hash.digest('hex')
  } catch {
    return undefined // not there, or not readable: then it is fetched
  }
}
