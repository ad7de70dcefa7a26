import { createLiveLine } from './live-line.ts'
import { padded, seconds } from './table.ts'

export type Screen = ReturnType<typeof createScreen>

/**
 * What a person sees. Quiet (for `--json`), nothing of it is shown but errors. A terminal that has gone away stops
 * nothing.
 */
export function createScreen({ isQuiet, startedAt }: { isQuiet: boolean; startedAt: number }) {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const line = createLiveLine(process.stdout)
  const say = (...lines: readonly string[]): void => {
    if (!isQuiet) line.above(lines.map((each) => `${each}\n`).join(''))
  }
  return {
    say,
    /** What is waited for, on a terminal; an empty text when nothing is. */
    waiting: (text: string): void => {
      if (!isQuiet) line.show(text)
    },
    note: (text: string) => say(`  ! ${text}`),
    running: (what: string, where: string) =>
      say(`  ${padded(seconds(Date.now() - startedAt), 6, 'right')}  ${padded(what, 10)}  ${where}`),
    error: (text: string): void => {
      line.show('')
      process.stderr.write(`${text}\n`)
    },
    /** For programs: the only thing on stdout when all else is quiet. */
    json: (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`),
  }
}
