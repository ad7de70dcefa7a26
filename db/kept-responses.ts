import { randomUUID } from 'node:crypto'

import { sql } from 'drizzle-orm'

import type { Database, Tx, UserId } from './database.ts'
import { fromNow } from './instants.ts'
import type { Keys } from './keys.ts'
import { lockConsent } from './locks.ts'
import { keptResponses } from './schema/index.ts'
import type { Belonging } from './sealing.ts'

/** An answer that was not believed, and what was expected of it: ids and places, nothing of a person. */
export type UnexpectedResponse = {
  api: string
  status: number
  headers: Record<string, string>
  expected: string
  body: Buffer
  isWhole: boolean
}

type Ref = { userId: UserId; institutionId: string }

const DAY_MS = 24 * 60 * 60 * 1000
/** Long enough for a person to look after a long weekend, and to ask the institution. */
export const KEPT_FOR_MS = 7 * DAY_MS
// A fault of an institution shows in all its users at once; twenty examples are enough of it. At 64 KiB each that is
// 1.3 MB a day and 9 MB a week, and with a hundred institutions that all answer nonsense 900 MB.
export const MOST_A_DAY = 20

/** What a worker puts aside for an operator: sealed by its user's key, for some days, as long as the consent stands. */
export function createKeptResponses(database: Database, keys: Keys) {
  /** Nothing is kept once the consent it was read under has moved on, or when the institution has had its share today. */
  const keep = async (ref: Ref, generation: number, found: readonly UnexpectedResponse[]): Promise<void> => {
    const { userId, institutionId } = ref
    const sealer = await keys.of(userId)
    await database.asUser(userId, async (tx) => {
      const consent = await lockConsent(tx, userId, institutionId)
      if (consent?.generation !== generation || consent.consentState === 'ended') return
      const room = MOST_A_DAY - (await countOfToday(tx, institutionId))
      for (const { body, ...facts } of found.slice(0, Math.max(0, room))) {
        const responseId = randomUUID()
        const place = bodyPlace({ userId, institutionId, responseId, generation })
        await tx.insert(keptResponses).values({
          ...facts,
          userId,
          institutionId,
          responseId,
          generation,
          bodyBytes: body.length,
          bodySealed: sealer.seal(body.toString('base64'), place),
          expiresAt: fromNow(KEPT_FOR_MS),
        })
      }
    })
  }

  return { keep }
}

export type KeptResponses = ReturnType<typeof createKeptResponses>

/** Where a kept body opens, and nowhere else. */
export const bodyPlace = ({
  userId,
  institutionId,
  responseId,
  generation,
}: Ref & { responseId: string; generation: number }): Belonging => ({
  userId,
  institutionId,
  column: 'kept_response_body',
  row: responseId,
  version: generation,
})

/** Of all users together. Workers that count at the same moment may keep a few more. */
async function countOfToday(tx: Tx, institutionId: string): Promise<number> {
  const [row] = await tx.execute<{ kept: number }>(
    sql`SELECT kept_responses_of_a_day(${institutionId}) AS kept`,
  )
  return row!.kept
}
