import { sql } from 'drizzle-orm'

import type { Database } from './database.ts'
import type { DataKeyRef, KeyRing } from './key-ring.ts'

/** In words of ours, for whoever starts a process: ids of keys, nothing of a key. */
export class KeyRingRefused extends Error {}

type Tried = DataKeyRef & { wrappingKeyId: string; wrapped: Buffer }

/**
 * Refuses a ring that cannot open what is stored, in a sentence that names the key. Called when a process starts, so that a
 * key taken out too early is missed then and not at the first reading. Of each id that wraps anything a few keys are
 * tried, not all: a start must not take longer the more users there are.
 */
export async function checkKeyRing(database: Database, ring: KeyRing): Promise<void> {
  const tried = await database.asNobody((tx) =>
    tx.execute<Tried>(sql`
      SELECT user_id::float8 AS "userId", key_no AS "keyNo", wrapping_key_id AS "wrappingKeyId", wrapped
      FROM data_keys_to_try()`),
  )
  const used = [...new Set(tried.map(({ wrappingKeyId }) => wrappingKeyId))]
  const missing = used.filter((id) => !ring.ids.includes(id))
  if (missing.length > 0)
    throw new KeyRingRefused(
      `SEALING_KEYS lacks ${missing.join(', ')}, by which keys of users are still wrapped: put it back; once \`npm run keys -- rotate\` is through, it may go`,
    )
  // One that does not open may be spoilt; where none does, it is the ring.
  const opening = new Set(tried.filter((key) => opens(ring, key)).map(({ wrappingKeyId }) => wrappingKeyId))
  const wrong = used.filter((id) => !opening.has(id))
  if (wrong.length > 0)
    throw new KeyRingRefused(
      `SEALING_KEYS has another ${wrong.join(', ')} than the one by which keys of users are wrapped`,
    )
}

function opens(ring: KeyRing, { wrapped, wrappingKeyId, userId, keyNo }: Tried): boolean {
  try {
    return ring.unwrap(wrapped, wrappingKeyId, { userId, keyNo }).length > 0
  } catch {
    return false
  }
}
