import { randomBytes } from 'node:crypto'

import postgres from 'postgres'
import { inject } from 'vitest'

import type { Role } from '../../db/migrate.ts'

/** The migrated database that each test's own is copied from. */
export const TEMPLATE = 'moa_template'

export const ownerClient = (url: string) => postgres(url, { max: 2, onnotice: () => {} })

export type TestDatabase = {
  ownerUrl: string
  urlOf: (role: Role) => string
  /** As the owner, past row-level security: tests look at everything. */
  owner: postgres.Sql
  drop: () => Promise<void>
}

/** A database of one's own, migrated, in some 50 ms. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `moa_${randomBytes(6).toString('hex')}`
  const admin = ownerClient(inject('postgresUrl'))
  await copyTemplate(admin, name)
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${name}`
  const owner = ownerClient(url.href)
  return {
    ownerUrl: url.href,
    owner,
    urlOf: (role) => {
      const own = new URL(url)
      own.username = role
      own.password = inject('rolePasswords')[role]
      return own.href
    },
    drop: async () => {
      await owner.end()
      await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`)
      await admin.end()
    },
  }
}

// Two files may copy at the same moment, and a template admits one: a few tries settle it.
async function copyTemplate(admin: postgres.Sql, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await admin.unsafe(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`)
      return
    } catch (error) {
      if (attempt === 50 || (error as { code?: string }).code !== '55006') throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
