import { padded, seconds } from './table.ts'

export type Screen = ReturnType<typeof createScreen>

/**
 * What a person sees. Quiet (for `--json`), nothing of it is shown but errors. A terminal that has gone away stops
 * nothing.
 */
export function createScreen({ isQuiet, startedAt }: { isQuiet: boolean; startedAt: number }) {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const say = (...lines: readonly string[]): void => {
    if (!isQuiet) process.stdout.write(lines.map((line) => `${line}\n`).join(''))
  }
  return {
    say,
    note: (line: string) => say(`  ! ${line}`),
    running: (what: string, where: string) =>
      say(`  ${padded(seconds(Date.now() - startedAt), 6, 'right')}  ${padded(what, 10)}  ${where}`),
    error: (text: string): void => void process.stderr.write(`${text}\n`),
    /** For programs: the only thing on stdout when all else is quiet. */
    json: (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`),
  }
}
