import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { inheritedEnvironment } from '../../../config.ts'
import { nodeArguments } from '../../../standalone/processes/processes.ts'

// No command of ours works for so long on what a test has; one that hangs is ended and says so by its signal.
const LIMIT_MS = 60_000

/** How a command ended: its exit code or the signal that ended it, and what it said on stdout and stderr. */
export type Ended = { code: number | null; signal: string | null; said: string; complained: string }

/** One of our mains that ends by itself, in a process of its own, as a person runs it. */
export function runCommand(
  main: string,
  args: string[],
  settings: Record<string, string>,
  input = '',
): Promise<Ended> {
  const path = fileURLToPath(new URL(`../../../${main}`, import.meta.url))
  const options = { env: { ...inheritedEnvironment(), ...settings }, timeout: LIMIT_MS }
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      nodeArguments(path, ...args),
      options,
      (_error, said, complained) => {
        resolve({ code: child.exitCode, signal: child.signalCode, said, complained })
      },
    )
    child.stdin?.end(input)
  })
}
