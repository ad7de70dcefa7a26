import { createWriteStream, type WriteStream } from 'node:fs'
import { stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'

/** A log that is larger than this when Moa starts begins anew: some 50,000 lines. */
const MOST_BYTES = 10 * 1024 * 1024
/** Shown when its process fails. */
const LAST_LINES = 5
/** A line on the screen; the whole of it is in the file. */
const SHOWN_CHARACTERS = 300

export type ProcessLog = { path: string; line: (text: string) => void; lastLines: () => string[] }

/** Opens the log of one process, by its name. What cannot be written is lost: a full disk stops no process. */
export async function openLog(folder: string, name: string): Promise<ProcessLog> {
  const path = join(folder, `${name}.log`)
  const bytes = await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
  if (bytes > MOST_BYTES) await truncate(path)
  const stream: WriteStream = createWriteStream(path, { flags: 'a', mode: 0o600 })
  stream.on('error', () => {})
  const last: string[] = []
  return {
    path,
    line: (text) => {
      stream.write(`${text}\n`)
      if (text.trim() === '') return
      last.push(text.slice(0, SHOWN_CHARACTERS))
      if (last.length > LAST_LINES) last.shift()
    },
    lastLines: () => [...last],
  }
}

/** An error with the last words of the process it is about, and where the rest of them is. */
export function withLastLines(error: unknown, log: ProcessLog): Error {
  const message = error instanceof Error ? error.message : String(error)
  const words = log.lastLines().map((line) => `  | ${line}`)
  return new Error([message, ...words, `  everything it said: ${log.path}`].join('\n'), { cause: error })
}
