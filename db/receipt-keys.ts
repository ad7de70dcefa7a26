import { sql } from 'drizzle-orm'

import type { Database } from './database.ts'
import { receiptKeys } from './schema/index.ts'

/** The public half of a key that signs receipts, as RFC 8037 writes it. */
export type ReceiptKey = { kty: 'OKP'; crv: 'Ed25519'; x: string; kid: string; alg: 'EdDSA'; use: 'sig' }

// A key a month for eight years.
const MOST = 100

export function createReceiptKeys(database: Database) {
  /** Before anything is signed with it. The same again changes nothing; another key under its id is refused. */
  const publish = (key: ReceiptKey): Promise<void> =>
    database.asNobody(async (tx) => {
      await tx.insert(receiptKeys).values({ keyId: key.kid, jwk: key }).onConflictDoNothing()
      const [row] = await tx.execute<{ isSame: boolean }>(sql`
        SELECT jwk ->> 'x' = ${key.x} AS "isSame" FROM receipt_keys WHERE key_id = ${key.kid}`)
      if (!row!.isSame)
        throw new Error(`another key has signed receipts as ${key.kid}: give this one another kid`)
    })

  /** All that were ever published, newest first. */
  const all = (): Promise<unknown[]> =>
    database.asNobody(async (tx) => {
      const rows = await tx.execute<{ jwk: unknown }>(sql`
        SELECT jwk FROM receipt_keys ORDER BY since DESC, key_id LIMIT ${MOST}`)
      return rows.map(({ jwk }) => jwk)
    })

  return { publish, all }
}

export type ReceiptKeys = ReturnType<typeof createReceiptKeys>
