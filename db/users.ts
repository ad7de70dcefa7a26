import { randomBytes } from 'node:crypto'

import { eq, sql } from 'drizzle-orm'

import { DEFAULT_CYCLE_MS } from '../domain/event-map.ts'
import type { Database, UserId } from './database.ts'
import { users } from './schema/index.ts'

// 10,000 users × about 100 bytes: a megabyte. Both look-ups answer the same for ever, so nothing goes stale.
const REMEMBERED = 10_000

export function createUsers(database: Database) {
  const byKey = remembering((userKey: string) =>
    lookUp(database, sql`SELECT user_id_by_key(${userKey})::text AS id`),
  )
  const bySubject = remembering((issuerAndSubject: string) => {
    const [issuer, subject] = JSON.parse(issuerAndSubject) as [string, string]
    return lookUp(database, sql`SELECT user_id_by_subject(${issuer}, ${subject})::text AS id`)
  })

  /** Makes the user unless there is one; the key is what the engine will know. */
  async function enrol(issuer: string, subject: string): Promise<{ userId: UserId; userKey: string }> {
    const known = (await bySubject(JSON.stringify([issuer, subject]))) ?? (await insert(issuer, subject))
    // Null: somebody enrolled the same subject at the same moment, and is found now.
    const userId = known ?? (await bySubject(JSON.stringify([issuer, subject])))
    if (userId === null) throw new Error('a user who was just enrolled is gone')
    return { userId, userKey: await keyOf(userId) }
  }

  const insert = (issuer: string, subject: string): Promise<UserId | null> =>
    // The row does not exist yet, so its policy is satisfied by the number it is about to get.
    database.asNobody(async (tx) => {
      const [next] = await tx.execute<{ id: string }>(
        sql`SELECT nextval(pg_get_serial_sequence('users', 'user_id'))::text AS id`,
      )
      const userId = Number(next!.id)
      await tx.execute(sql`SELECT set_config('moa.user_id', ${String(userId)}, true)`)
      const inserted = await tx.execute(sql`
        INSERT INTO users (user_id, user_key, issuer, subject, cycle_ms) OVERRIDING SYSTEM VALUE
        VALUES (${userId}, ${randomBytes(12).toString('base64url')}, ${issuer}, ${subject}, ${DEFAULT_CYCLE_MS})
        ON CONFLICT (issuer, subject) DO NOTHING RETURNING 1`)
      return inserted.length > 0 ? userId : null
    })

  async function keyOf(userId: UserId): Promise<string> {
    const rows = await database.asUser(userId, (tx) =>
      tx.select({ userKey: users.userKey }).from(users).where(eq(users.userId, userId)),
    )
    if (!rows[0]) throw new Error('this user is gone')
    return rows[0].userKey
  }

  return {
    idByKey: byKey,
    idBySubject: (issuer: string, subject: string) => bySubject(JSON.stringify([issuer, subject])),
    keyOf,
    enrol,
  }
}

export type Users = ReturnType<typeof createUsers>

async function lookUp(database: Database, query: ReturnType<typeof sql>): Promise<UserId | null> {
  const [row] = await database.asNobody((tx) => tx.execute<{ id: string | null }>(query))
  return row?.id ? Number(row.id) : null
}

/** Remembers what was found (never what was not: it may come), forgetting the oldest first. */
function remembering(find: (key: string) => Promise<UserId | null>): (key: string) => Promise<UserId | null> {
  const found = new Map<string, UserId>()
  return async (key) => {
    const known = found.get(key)
    if (known !== undefined) return known
    const userId = await find(key)
    if (userId !== null) {
      if (found.size >= REMEMBERED) found.delete(found.keys().next().value!)
      found.set(key, userId)
    }
    return userId
  }
}
