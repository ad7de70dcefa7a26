import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

import type { SavedClock } from './clock.ts'
import type { KeptCodes } from './codes.ts'
import type { KeptConsents } from './consents.ts'
import type { Change } from './people/changes.ts'
import type { KeptTokenRules } from './token-rules.ts'

/** What must survive a restart; everything else follows from the seed. */
export type Saved = KeptConsents &
  KeptCodes & {
    seed: string
    /** First day of every history. */
    anchor: number
    clock: SavedClock
    /** Absent in files of earlier versions. */
    tokenRules?: KeptTokenRules
    changes: [key: string, changes: Change[]][]
  }
export type StateFile = { saved: Saved | undefined; changed: (urgent?: boolean) => void; close: () => void }

/** Issuing a hundred consents writes once. */
const WRITE_AFTER_MS = 100

/** A small JSON file, replaced whole; without a path nothing is kept. */
export function openState(path: string | undefined, current: () => Saved): StateFile {
  if (path === undefined) return { saved: undefined, changed: () => undefined, close: () => undefined }
  let timer: NodeJS.Timeout | undefined
  const write = () => {
    clearTimeout(timer)
    timer = undefined
    mkdirSync(dirname(path), { recursive: true })
    writeAtomically(path, JSON.stringify(current(), bigintsAsText))
  }
  return {
    saved: readSaved(path),
    changed: (urgent = false) => {
      if (urgent) write()
      else timer ??= setTimeout(write, WRITE_AFTER_MS)
    },
    close: () => {
      if (timer !== undefined) write()
    },
  }
}

/** Readers see the old file or the new one, never half of one. */
export function writeAtomically(path: string, text: string): void {
  const draft = `${path}.${process.pid}.tmp`
  writeFileSync(draft, text, { mode: 0o600 })
  renameSync(draft, path)
}

function readSaved(path: string): Saved | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const saved: Saved = JSON.parse(text, textAsBigints)
  return saved
}

/** JSON has no exact integers of this size: money is written as a marked text. */
const MONEY = '\u0000thousandths:'

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${MONEY}${value}` : value
}

function textAsBigints(_: string, value: unknown): unknown {
  return typeof value === 'string' && value.startsWith(MONEY) ? BigInt(value.slice(MONEY.length)) : value
}
