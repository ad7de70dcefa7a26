import { WrongSettings } from './config.ts'

/** How a main ends when it cannot start: a line per wrong setting, or the error's own words; never a bare stack. */
export function reportAndExit(error: unknown): never {
  if (error instanceof WrongSettings) {
    process.stderr.write(`moa cannot start: these settings are missing or wrong\n${error.message}\n`)
    process.exit(2)
  }
  process.stderr.write(`moa ends: ${error instanceof Error ? error.message : 'an unknown error'}\n`)
  process.exit(1)
}
