import type { Readable } from 'node:stream'

/** Bytes of an unfinished line that are kept; a longer line is handed on in pieces. */
const LONGEST_LINE = 64 * 1024

/** Hands on each line a stream brings, without its line end; the unfinished last one when the stream ends. */
export function readLines(stream: Readable | null, line: (text: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/)
    rest = lines.pop() ?? ''
    lines.forEach(line)
    if (rest.length < LONGEST_LINE) return
    line(rest)
    rest = ''
  })
  stream?.on('end', () => {
    if (rest !== '') line(rest)
  })
}
