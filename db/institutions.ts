import { and, eq, inArray, ne, sql } from 'drizzle-orm'

import type { Database } from './database.ts'
import { institutions } from './schema/index.ts'

/** An institution as a file or the portal names it. */
export type InstitutionEntry = {
  institutionId: string
  industry: string
  name: string
  baseUrl: string
  connector?: string | null
}

// The portal knows some 700 institutions; ten times that is a mistake in the file.
const MAX_ENTRIES = 5_000

export function createInstitutions(database: Database) {
  /** Fills the table from a list; what the list no longer names stays, since consents may point at it. */
  async function register(entries: readonly InstitutionEntry[]): Promise<void> {
    if (entries.length > MAX_ENTRIES)
      throw new RangeError(`more than ${MAX_ENTRIES} institutions in one list`)
    if (entries.length === 0) return
    await database.asNobody(async (tx) => {
      await tx
        .insert(institutions)
        .values(entries.map((entry) => ({ ...entry, connector: entry.connector ?? null })))
        .onConflictDoUpdate({
          target: institutions.institutionId,
          set: {
            industry: sql`excluded.industry`,
            name: sql`excluded.name`,
            baseUrl: sql`excluded.base_url`,
            connector: sql`excluded.connector`,
            updatedAt: sql`now()`,
          },
          setWhere: sql`(institutions.industry, institutions.name, institutions.base_url, institutions.connector)
            IS DISTINCT FROM (excluded.industry, excluded.name, excluded.base_url, excluded.connector)`,
        })
    })
  }

  const list = () =>
    database.asNobody((tx) => tx.select().from(institutions).orderBy(institutions.institutionId))

  async function find(institutionId: string) {
    const rows = await database.asNobody((tx) =>
      tx.select().from(institutions).where(eq(institutions.institutionId, institutionId)),
    )
    return rows[0] ?? null
  }

  /** Those of a list that are known and not removed. */
  const named = (institutionIds: readonly string[]) =>
    database.asNobody((tx) =>
      tx
        .select()
        .from(institutions)
        .where(
          and(inArray(institutions.institutionId, [...institutionIds]), ne(institutions.state, 'removed')),
        ),
    )

  return { register, list, find, named }
}

export type Institutions = ReturnType<typeof createInstitutions>
