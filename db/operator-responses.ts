import { sql } from 'drizzle-orm'

import { DomainFailure } from '../domain/failures.ts'
import type { Database, UserId } from './database.ts'
import { toInstant } from './instants.ts'
import { bodyPlace } from './kept-responses.ts'
import type { KeyRing } from './key-ring.ts'
import { createSealer, type DataKey } from './sealing.ts'

/** What came that was not believed: neither whose it is nor what it said. */
export type ResponseHead = {
  responseId: string
  institutionId: string
  api: string
  status: number
  headers: Record<string, string>
  expected: string
  bodyBytes: number
  isWhole: boolean
  keptAt: Date
  expiresAt: Date
}

export type OpenedResponse = { responseId: string; institutionId: string; api: string; body: Buffer }

export type Opening = { by: string; why: string; place: string | null }

/**
 * Kept responses across users, on the operator's role. Listing shows no body; the database hands one out together with the
 * entry in the audit, or not at all.
 */
export function createOperatorResponses(database: Database, ring: KeyRing | null) {
  /** Newest first; what has expired is gone. */
  const list = (institutionId: string | null, limit: number): Promise<ResponseHead[]> =>
    database.asNobody(async (tx) => {
      const rows = await tx.execute<Row>(sql`
        SELECT response_id AS "responseId", institution_id AS "institutionId", api, status, headers, expected,
          body_bytes AS "bodyBytes", is_whole AS "isWhole", kept_at AS "keptAt", expires_at AS "expiresAt"
        FROM kept_responses
        WHERE expires_at > now() ${institutionId === null ? sql`` : sql`AND institution_id = ${institutionId}`}
        ORDER BY kept_at DESC, response_id DESC LIMIT ${limit}`)
      return rows.map((row) => ({
        ...row,
        keptAt: toInstant(row.keptAt),
        expiresAt: toInstant(row.expiresAt),
      }))
    })

  /** Null: there is no such response, or its time is over. */
  const open = async (responseId: string, { by, why, place }: Opening): Promise<OpenedResponse | null> => {
    if (ring === null) throw noKeys()
    // Committed, with its entry in the audit, before anything is unsealed.
    const found = await database.asNobody(async (tx) => {
      const [row] = await tx.execute<Sealed>(sql`
        SELECT user_id::float8 AS "userId", institution_id AS "institutionId", generation, api,
          body_sealed AS "bodySealed", keys
        FROM open_kept_response(${responseId}, ${by}, ${why}, ${place})`)
      return row ?? null
    })
    if (!found) return null
    const { userId, institutionId, generation, api, bodySealed } = found
    const sealer = createSealer(userId, unwrapped(ring, userId, found.keys))
    const belonging = bodyPlace({ userId, institutionId, responseId, generation })
    return { responseId, institutionId, api, body: Buffer.from(sealer.open(bodySealed, belonging), 'base64') }
  }

  return { list, open }
}

export type OperatorResponses = ReturnType<typeof createOperatorResponses>

type Row = Omit<ResponseHead, 'keptAt' | 'expiresAt'> & { keptAt: string; expiresAt: string }

type WrappedKey = { keyNo: number; wrappingKeyId: string; wrapped: string }
type Sealed = {
  userId: UserId
  institutionId: string
  generation: number
  api: string
  bodySealed: Buffer
  keys: WrappedKey[]
}

/** The list needs no keys; a listener that was given none opens nothing, and says why before anything is written. */
const noKeys = (): DomainFailure =>
  new DomainFailure('StorageUnavailable', 'this listener was given no SEALING_KEYS to open what is kept')

/** Held for this one opening, and by nothing else here. */
function unwrapped(ring: KeyRing, userId: UserId, keys: readonly WrappedKey[]): [DataKey, ...DataKey[]] {
  const [first, ...others] = keys.map(({ keyNo, wrappingKeyId, wrapped }) => ({
    keyNo,
    bytes: ring.unwrap(Buffer.from(wrapped, 'base64'), wrappingKeyId, { userId, keyNo }),
  }))
  if (!first) throw new RangeError('what is sealed has a key')
  return [first, ...others]
}
