import { and, eq, isNull } from 'drizzle-orm'

import { isWithin } from '../domain/consent.ts'
import { DomainFailure } from '../domain/failures.ts'
import { writeAudit } from './audit.ts'
import { carryCredentials } from './carried-credentials.ts'
import { discardCuts, erase, markEnded, reopenRow, thisConsent, withdrawRow } from './consents.ts'
import type { Database, Tx, UserId } from './database.ts'
import { type EventAnswer, type EventPolicy, recordEvent } from './events.ts'
import type { Keys } from './keys.ts'
import { lockConsent, type LockedConsent, lockUser } from './locks.ts'
import { announceStop } from './notices.ts'
import { consents, userInstitutions } from './schema/index.ts'
import type { Sealer } from './sealing.ts'

export type ChangedTerms = {
  /** The generation that whoever changes it has seen: of two at once the second is told to look again. */
  generation: number
  /** Left out, it stays as it is. */
  scope?: string | undefined
  /** Null: as the user's other institutions. Left out, it stays as it is. */
  cycleMs?: number | null | undefined
}

/** 'wider': that takes a new authorization. 'moved': the consent is another one by now. */
export type TermsAnswer =
  | { outcome: 'changed'; generation: number; read: EventAnswer | null }
  | { outcome: 'none' | 'ended' | 'moved' | 'wider' }

export function createConsentTerms(database: Database, keys: Keys, policy: EventPolicy) {
  /**
   * Narrows a consent, or sets its cycle. A narrower scope holds from this commit on: the generation moves, what was
   * held of the institution is gone from reads, and it is read anew within what is left.
   */
  const change = async (userId: UserId, institutionId: string, wish: ChangedTerms): Promise<TermsAnswer> => {
    const sealer = await keys.of(userId)
    return database.asUser(userId, async (tx) => {
      if ((await lockUser(tx, userId)) !== 'active')
        throw new DomainFailure('Superseded', 'the user has left')
      const locked = await lockConsent(tx, userId, institutionId)
      if (!locked) return { outcome: 'none' }
      if (locked.consentState === 'ended') return { outcome: 'ended' }
      if (locked.generation !== wish.generation) return { outcome: 'moved' }
      const terms = await readTerms(tx, userId, institutionId)
      const scope = wish.scope ?? terms.scope
      if (!isWithin(scope, terms.scope)) return { outcome: 'wider' }
      if (wish.cycleMs !== undefined) await setCycle(tx, userId, institutionId, wish.cycleMs)
      const isNarrower = !isWithin(terms.scope, scope)
      const generation = locked.generation + (isNarrower ? 1 : 0)
      const read = isNarrower
        ? await narrow(tx, sealer, userId, { ...terms, scope, generation }, locked)
        : null
      await note(tx, userId, institutionId, { isNarrower, generation, cycleMs: wish.cycleMs ?? null })
      return { outcome: 'changed', generation, read }
    })
  }

  async function narrow(
    tx: Tx,
    sealer: Sealer,
    userId: UserId,
    terms: typeof consents.$inferInsert,
    { consentState, currentSeq }: LockedConsent,
  ): Promise<EventAnswer> {
    const { institutionId, generation } = terms
    await tx.update(userInstitutions).set({ generation }).where(thisConsent(userId, institutionId))
    await markEnded(tx, userId, institutionId, 'narrowed')
    await tx.insert(consents).values(terms)
    await carryCredentials(tx, sealer, { userId, institutionId }, generation)
    await discardCuts(tx, userId)
    await erase(tx, userId, institutionId, currentSeq)
    // Whoever waits for their user is not read, under a narrower consent either.
    const settle = consentState === 'active' ? reopenRow : withdrawRow
    await settle(tx, userId, institutionId, generation)
    await announceStop(tx, { userId, institutionId })
    return recordEvent(tx, userId, { type: 'consent.narrowed', institutionId, idempotencyKey: null }, policy)
  }

  return { change }
}

export type ConsentTerms = ReturnType<typeof createConsentTerms>

/** What stands, as it was agreed: all of it goes on but the scope. */
async function readTerms(tx: Tx, userId: UserId, institutionId: string) {
  const [row] = await tx
    .select({
      userId: consents.userId,
      institutionId: consents.institutionId,
      scope: consents.scope,
      purpose: consents.purpose,
      endsAt: consents.endsAt,
      isRegular: consents.isRegular,
      requestId: consents.requestId,
    })
    .from(consents)
    .where(
      and(eq(consents.userId, userId), eq(consents.institutionId, institutionId), isNull(consents.endedAt)),
    )
  if (!row) throw new DomainFailure('Unexpected', `the consent for ${institutionId} has no terms`)
  return row
}

const setCycle = (tx: Tx, userId: UserId, institutionId: string, cycleMs: number | null) =>
  tx.update(userInstitutions).set({ cycleMs }).where(thisConsent(userId, institutionId))

const note = (
  tx: Tx,
  userId: UserId,
  institutionId: string,
  { isNarrower, ...details }: { isNarrower: boolean; generation: number; cycleMs: number | null },
) =>
  writeAudit(tx, userId, {
    actor: 'user',
    action: isNarrower ? 'consent.narrowed' : 'consent.cycle_set',
    institutionId,
    reason: null,
    details,
  })
