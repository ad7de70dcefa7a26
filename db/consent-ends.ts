import { and, eq, isNull } from 'drizzle-orm'

import { dueNotice, type NoticeDays } from '../domain/consent-time.ts'
import type { EndedBecause } from './consents.ts'
import type { Database, Tx, UserId } from './database.ts'
import { databaseNow } from './instants.ts'
import { lockConsent, lockUserIfFree } from './locks.ts'
import { openRevocation } from './revocations.ts'
import { consentNotices, consents } from './schema/index.ts'

/** A consent that is looked at, by the generation it was seen with: one that has moved on is somebody else's. */
export type ConsentRef = { userId: UserId; institutionId: string; generation: number }

/** What a consent's end asks for before and when it comes. A user who is busy is passed over: the next round comes soon. */
export function createConsentEnds(database: Database) {
  /** Ends a consent whose time is over. True: this call did it. */
  const expire = (ref: ConsentRef): Promise<boolean> =>
    database.asUser(ref.userId, async (tx) => {
      const standing = await lockStanding(tx, ref)
      if (!standing || standing.endsAt > standing.now) return false
      await end(tx, ref.userId, ref.institutionId, 'expired')
      return true
    })

  /** Writes down that its user is to be told how soon it ends: each number of days once. Null: nothing is due. */
  const notice = (ref: ConsentRef): Promise<NoticeDays | null> =>
    database.asUser(ref.userId, async (tx) => {
      const standing = await lockStanding(tx, ref)
      const days = standing && dueNotice(standing, standing.now)
      if (!days) return null
      const told = await tx
        .insert(consentNotices)
        .values({ ...ref, days, endsAt: standing.endsAt })
        .onConflictDoNothing()
        .returning({ days: consentNotices.days })
      return told.length > 0 ? days : null
    })

  return { expire, notice }
}

export type ConsentEnds = ReturnType<typeof createConsentEnds>

/** An institution said that it has ended: at its own time, or because its user withdrew it there. */
export async function endAsFound(tx: Tx, userId: UserId, institutionId: string): Promise<void> {
  const [standing] = await tx
    .select({ endsAt: consents.endsAt })
    .from(consents)
    .where(
      and(eq(consents.userId, userId), eq(consents.institutionId, institutionId), isNull(consents.endedAt)),
    )
  const isOver = standing !== undefined && standing.endsAt <= (await databaseNow(tx))
  await end(tx, userId, institutionId, isOver ? 'expired' : 'withdrawn')
}

/** Nobody asked for a deletion: what is held stays, unseen, until its user does or its time comes. */
const end = (tx: Tx, userId: UserId, institutionId: string, because: EndedBecause) =>
  openRevocation(tx, userId, institutionId, { because, deletion: false, reason: null, by: 'worker' })

/** The consent with the clock, its user and its generation held; null where it is another, has ended, or is busy. */
async function lockStanding(tx: Tx, ref: ConsentRef) {
  const { userId, institutionId, generation } = ref
  if (!(await lockUserIfFree(tx, userId))) return null
  const locked = await lockConsent(tx, userId, institutionId)
  if (locked?.generation !== generation || locked.consentState === 'ended') return null
  const [row] = await tx
    .select({ grantedAt: consents.grantedAt, endsAt: consents.endsAt })
    .from(consents)
    .where(
      and(
        eq(consents.userId, userId),
        eq(consents.institutionId, institutionId),
        eq(consents.generation, generation),
        isNull(consents.endedAt),
      ),
    )
  return row ? { ...row, now: await databaseNow(tx) } : null
}
