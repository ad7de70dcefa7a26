import { fileURLToPath } from 'node:url'

import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url))

/**
 * Brings the schema to this version. Safe to repeat and to race: an advisory lock makes one wait for the other,
 * since drizzle's own bookkeeping collides when two start at once.
 */
export async function migrateDatabase(ownerUrl: string): Promise<void> {
  const client = postgres(ownerUrl, { max: 1, onnotice: () => {} })
  try {
    const db = drizzle(client)
    await db.execute(sql`SELECT pg_advisory_lock(hashtextextended('moa migrations', 0))`)
    await migrate(db, { migrationsFolder: MIGRATIONS })
  } finally {
    await client.end({ timeout: 5 }) // ends the session, and with it the advisory lock
  }
}

export const ROLES = [
  'moa_api',
  'moa_worker',
  'moa_caretaker',
  'moa_operator',
  'moa_audit',
  'moa_keys',
  'moa_auditor',
] as const
export type Role = (typeof ROLES)[number]

/** Gives every role the password by which its process connects. */
export async function setRolePasswords(ownerUrl: string, passwords: Record<Role, string>): Promise<void> {
  const client = postgres(ownerUrl, { max: 1, onnotice: () => {} })
  try {
    for (const role of ROLES) {
      // ALTER ROLE takes no parameters; format() quotes both parts.
      const [row] = await client<{ statement: string }[]>`
        SELECT format('ALTER ROLE %I PASSWORD %L', ${role}::text, ${passwords[role]}::text) AS statement`
      await client.unsafe(row!.statement)
    }
  } finally {
    await client.end({ timeout: 5 })
  }
}
