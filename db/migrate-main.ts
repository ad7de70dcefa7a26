import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'

import { readConfig } from '../config.ts'
import { reportAndExit } from '../mains.ts'
import { createDatabase } from './database.ts'
import { createInstitutions, type InstitutionEntry } from './institutions.ts'
import { migrateDatabase, type Role, ROLES, setRolePasswords } from './migrate.ts'

/** Nobody else works on the database while it is migrated; a lock held for longer is somebody's open session. */
const LOCK_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 60_000

/**
 * Brings the database to this version, registers the institutions of INSTITUTIONS_FILE and says so in one line. With
 * --role-passwords also gives the roles their passwords: a JSON object on stdin, a password by role.
 */
async function main(): Promise<void> {
  const config = readConfig(['DATABASE_URL', 'INSTITUTIONS_FILE'])
  const passwords = process.argv.includes('--role-passwords')
    ? parsePasswords(await text(process.stdin))
    : null
  const entries = config.INSTITUTIONS_FILE ? await readEntries(config.INSTITUTIONS_FILE) : []
  await migrateDatabase(config.DATABASE_URL)
  if (passwords) await setRolePasswords(config.DATABASE_URL, passwords)
  if (entries.length > 0) await register(config.DATABASE_URL, entries)
  process.stdout.write(`${JSON.stringify({ migrated: true, institutions: entries.length })}\n`)
}

async function register(url: string, entries: readonly InstitutionEntry[]): Promise<void> {
  const database = createDatabase({
    url,
    size: 1,
    applicationName: 'moa migrate',
    lockTimeoutMs: LOCK_TIMEOUT_MS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  })
  try {
    await createInstitutions(database).register(entries)
  } finally {
    await database.close()
  }
}

function parsePasswords(json: string): Record<Role, string> {
  const given: unknown = JSON.parse(json)
  if (!hasTexts(given, ROLES)) throw new Error(`stdin: expected a password for each of ${ROLES.join(', ')}`)
  return given as Record<Role, string>
}

async function readEntries(file: string): Promise<InstitutionEntry[]> {
  const given: unknown = JSON.parse(await readFile(file, 'utf8'))
  const wanted = ['institutionId', 'industry', 'name', 'baseUrl'] as const
  if (!Array.isArray(given) || !given.every((entry) => hasTexts(entry, wanted)))
    throw new Error(`INSTITUTIONS_FILE: expected a JSON list of objects with ${wanted.join(', ')}`)
  return given as InstitutionEntry[]
}

function hasTexts(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  const fields = new Map(Object.entries(value))
  return names.every((name) => typeof fields.get(name) === 'string' && fields.get(name) !== '')
}

main().catch(reportAndExit)
