import { and, eq, sql } from 'drizzle-orm'

import { isWithin } from '../domain/consent.ts'
import { EVENTS } from '../domain/event-map.ts'
import { DomainFailure } from '../domain/failures.ts'
import { OPEN_STATES } from '../domain/refresh.ts'
import type { Database, Tx, UserId } from './database.ts'
import { StorageError } from './errors.ts'
import { type EventAnswer, type EventPolicy, recordEvent } from './events.ts'
import type { Keys } from './keys.ts'
import { lockConsent, lockUser } from './locks.ts'
import { announceStop } from './notices.ts'
import {
  analyses,
  consents,
  credentials,
  snapshotInstitutions,
  snapshots,
  userInstitutions,
} from './schema/index.ts'
import { type CredentialPlace, sealCode, sealTokens } from './sealed-credentials.ts'
import type { Sealer } from './sealing.ts'

/** What a user agreed to with one institution. */
export type Terms = {
  institutionId: string
  scope: string
  purpose: string
  endsAt: Date
  /** Whether it may be read on schedule; yes unless it says no. */
  isRegular?: boolean
  /** How old its data may grow; left out, it stays as it was. */
  cycleMs?: number | null
  /** The authorization that it came from; left out, it was enrolled. */
  requestId?: string
}

export type GivenTokens = {
  accessToken: string
  accessExpiresAt: Date
  refreshToken: string | null
  refreshExpiresAt: Date | null
}

/** What an institution gave for tokens, which the first reading gets. */
export type GivenCode = { code: string; codeVerifier: string; redirectUri: string }

/** A user's leave for one institution, with what it gave. */
export type Grant = Terms & (GivenTokens | GivenCode)

export function createConsents(database: Database, keys: Keys, policy: EventPolicy) {
  /**
   * Grants or renews: the generation moves, and the event with its plan row is written in the same transaction, so
   * that a granted institution always has a reading under its new consent.
   */
  const grant = async (userId: UserId, given: Grant): Promise<EventAnswer> => {
    const sealer = await keys.of(userId)
    return database
      .asUser(userId, async (tx) => (await grantAll(tx, sealer, userId, [given], policy))[0]!)
      .catch((error: unknown) => {
        if (!(error instanceof StorageError) || error.constraint !== 'one_holder_per_token') throw error
        throw new DomainFailure(
          'CredentialsRejected',
          `${given.institutionId} gave a token that another user holds`,
        )
      })
  }

  return { grant }
}

export type Consents = ReturnType<typeof createConsents>

/**
 * Grants at once, within the caller's transaction: each moves its generation, and each has its event and its plan row.
 * What a narrower consent no longer covers is gone from reads, as with a deletion. Rows of institutions before those of
 * cuts, and those before plan rows: the order of locks.
 */
export async function grantAll(
  tx: Tx,
  sealer: Sealer,
  userId: UserId,
  given: readonly Grant[],
  policy: EventPolicy,
): Promise<EventAnswer[]> {
  if ((await lockUser(tx, userId)) !== 'active') throw new DomainFailure('Superseded', 'the user has left')
  const begun = []
  for (const grant of given.toSorted(byInstitution)) {
    const { institutionId, scope } = grant
    const { generation, currentSeq } = await nextGeneration(tx, userId, grant)
    const before = await lastScope(tx, userId, institutionId)
    await markEnded(tx, userId, institutionId, 'renewed')
    await storeConsent(tx, userId, grant, generation)
    await storeCredentials(tx, sealer, userId, grant, generation)
    begun.push({
      institutionId,
      generation,
      currentSeq,
      isNarrower: before !== null && !isWithin(before, scope),
    })
  }
  for (const { institutionId, currentSeq, isNarrower } of begun) {
    if (!isNarrower) continue
    await discardCuts(tx, userId)
    await erase(tx, userId, institutionId, currentSeq)
  }
  const answers: EventAnswer[] = []
  for (const { institutionId, generation } of begun) {
    await reopenRow(tx, userId, institutionId, generation)
    const event = { type: 'consent.granted', institutionId, idempotencyKey: null } as const
    answers.push(await recordEvent(tx, userId, event, policy))
  }
  return answers
}

const byInstitution = (a: Terms, b: Terms): number => (a.institutionId < b.institutionId ? -1 : 1)

export type EndedBecause = 'revoked' | 'expired' | 'withdrawn'

/** What was held of an institution when its consent ended, as it was sealed. A code that waited has no tokens. */
export type HeldTokens = {
  generation: number
  version: number
  accessTokenSealed: Buffer | null
  refreshTokenSealed: Buffer | null
}

export type Ended = {
  /** That the end began. */
  generation: number
  /** Up to which number everything is of the past. */
  currentSeq: number
  /** Whether this call ended it. */
  isNew: boolean
  /** Null: nothing was. */
  held: HeldTokens | null
  /** Rows that went with the fence, by table. */
  erased: Erased
}

type Erased = { analyses?: number; snapshot_institutions?: number }

/**
 * The fence of every end, within the caller's transaction: from its commit on no reading of this institution can land, no
 * cut in the making can be published, and no read shows it. Deleting rows, telling the institution and the receipt are
 * the story that follows (db/revocations.ts, which calls this).
 */
export async function endConsent(
  tx: Tx,
  userId: UserId,
  institutionId: string,
  because: EndedBecause,
  { withDeletion }: { withDeletion: boolean },
): Promise<Ended> {
  if ((await lockUser(tx, userId)) === null) throw new DomainFailure('Superseded', 'the user has left')
  const consent = await lockConsent(tx, userId, institutionId)
  if (!consent) throw new DomainFailure('ConsentEnded', `there is no consent for ${institutionId}`)
  const { generation, currentSeq } = consent
  if (consent.consentState === 'ended') {
    // Withdrawal is not deletion: whoever withdrew may still ask for it, and again.
    const erased = withDeletion ? await erase(tx, userId, institutionId, currentSeq) : {}
    return { generation, currentSeq, isNew: false, held: null, erased }
  }
  await tx
    .update(userInstitutions)
    .set({
      generation: generation + 1,
      consentState: 'ended',
      needsUserBecause: null,
      shownFromGeneration: generation + 1,
    })
    .where(thisConsent(userId, institutionId))
  await markEnded(tx, userId, institutionId, because)
  const held = await takeCredentials(tx, userId, institutionId)
  await discardCuts(tx, userId)
  const erased = withDeletion ? await erase(tx, userId, institutionId, currentSeq) : {}
  await withdrawRow(tx, userId, institutionId, generation + 1)
  await announceStop(tx, { userId, institutionId })
  return { generation: generation + 1, currentSeq, isNew: true, held, erased }
}

/** Nobody reads with them any more, and in one statement: whoever stores new ones at this moment comes before or too late. */
async function takeCredentials(tx: Tx, userId: UserId, institutionId: string): Promise<HeldTokens | null> {
  const [held] = await tx
    .delete(credentials)
    .where(and(eq(credentials.userId, userId), eq(credentials.institutionId, institutionId)))
    .returning({
      generation: credentials.generation,
      version: credentials.version,
      accessTokenSealed: credentials.accessTokenSealed,
      refreshTokenSealed: credentials.refreshTokenSealed,
    })
  return held ?? null
}

async function nextGeneration(
  tx: Tx,
  userId: UserId,
  { institutionId, cycleMs }: Terms,
): Promise<{ generation: number; currentSeq: number }> {
  const cycle = cycleMs === undefined ? {} : { cycleMs }
  const [row] = await tx
    .insert(userInstitutions)
    .values({ userId, institutionId, generation: 1, consentState: 'active', ...cycle })
    .onConflictDoUpdate({
      target: [userInstitutions.userId, userInstitutions.institutionId],
      set: {
        generation: sql`${userInstitutions.generation} + 1`,
        consentState: 'active',
        needsUserBecause: null,
        ...cycle,
      },
    })
    .returning({ generation: userInstitutions.generation, currentSeq: userInstitutions.currentSeq })
  return row!
}

/** What the latest consent covered, whether it stands or has ended: what was read under it may still be stored. */
async function lastScope(tx: Tx, userId: UserId, institutionId: string): Promise<string | null> {
  const [row] = await tx.execute<{ scope: string }>(sql`
    SELECT scope FROM consents WHERE user_id = ${userId} AND institution_id = ${institutionId}
    ORDER BY generation DESC LIMIT 1`)
  return row?.scope ?? null
}

export const markEnded = (
  tx: Tx,
  userId: UserId,
  institutionId: string,
  because: EndedBecause | 'renewed' | 'narrowed',
) =>
  tx.execute(sql`
    UPDATE consents SET ended_at = now(), ended_because = ${because}
    WHERE user_id = ${userId} AND institution_id = ${institutionId} AND ended_at IS NULL`)

const storeConsent = (tx: Tx, userId: UserId, terms: Terms, generation: number) => {
  const { institutionId, scope, purpose, endsAt, isRegular = true, requestId } = terms
  const agreed = { scope, purpose, endsAt, isRegular, requestId: requestId ?? null }
  return tx.insert(consents).values({ userId, institutionId, generation, ...agreed })
}

/**
 * What was held before is gone with its consent: a code takes the place of tokens, and tokens that of a code. Whoever is
 * calling for new tokens under the last consent is fenced by the generation.
 */
async function storeCredentials(tx: Tx, sealer: Sealer, userId: UserId, given: Grant, generation: number) {
  const place = { userId, institutionId: given.institutionId, generation, version: 1 }
  const columns = 'code' in given ? codeColumns(sealer, place, given) : tokenColumns(sealer, place, given)
  const stored = { generation, version: place.version, ...NOTHING_HELD, ...columns }
  await tx
    .insert(credentials)
    .values({ ...place, ...stored })
    .onConflictDoUpdate({
      target: [credentials.userId, credentials.institutionId],
      set: { ...stored, updatedAt: sql`now()` },
    })
}

const NOTHING_HELD = {
  codeSealed: null,
  codeVerifierSealed: null,
  redirectUri: null,
  accessTokenSealed: null,
  refreshTokenSealed: null,
  accessTokenHash: null,
  accessExpiresAt: null,
  refreshExpiresAt: null,
  leaseId: null,
  leaseUntil: null,
}

const codeColumns = (sealer: Sealer, place: CredentialPlace, given: GivenCode) => ({
  ...sealCode(sealer, place, given),
  redirectUri: given.redirectUri,
})

const tokenColumns = (sealer: Sealer, place: CredentialPlace, given: GivenTokens) => ({
  ...sealTokens(sealer, place, given),
  accessExpiresAt: given.accessExpiresAt,
  refreshExpiresAt: given.refreshExpiresAt,
})

/** The row in an open refresh is read again under the new consent, whatever became of it under the old one. */
export const reopenRow = (tx: Tx, userId: UserId, institutionId: string, generation: number) =>
  tx.execute(sql`
    UPDATE plans SET state = 'pending', failure = NULL, next_try_at = NULL, waits = 0, seq = NULL,
      generation = ${generation}, api_type = ${EVENTS['consent.granted'].readsAs},
      round = round + 1, unseen = true, changed_at = now(), not_older_than = now()
    WHERE user_id = ${userId} AND institution_id = ${institutionId} AND refresh_no = ${openRefreshOf(userId)}`)

export const withdrawRow = (tx: Tx, userId: UserId, institutionId: string, generation: number) =>
  tx.execute(sql`
    UPDATE plans SET state = 'withdrawn', failure = NULL, next_try_at = NULL, generation = ${generation},
      unseen = true, changed_at = now()
    WHERE user_id = ${userId} AND institution_id = ${institutionId} AND refresh_no = ${openRefreshOf(userId)}`)

/** Whatever is being cut was cut from what has just ended. */
export const discardCuts = (tx: Tx, userId: UserId) =>
  tx
    .update(snapshots)
    .set({ status: 'discarded' })
    .where(and(eq(snapshots.userId, userId), eq(snapshots.status, 'building')))

const openRefreshOf = (userId: UserId) =>
  sql`(SELECT refresh_no FROM refreshes WHERE user_id = ${userId} AND state IN ${[...OPEN_STATES]})`

/** From its commit on no read shows what was collected up to this number, and no reading is compared with it. */
export async function erase(tx: Tx, userId: UserId, institutionId: string, upTo: number): Promise<Erased> {
  await tx.update(userInstitutions).set({ erasedSeq: upTo }).where(thisConsent(userId, institutionId))
  return takeOutOfCuts(tx, userId, institutionId)
}

/** Out of every published cut, and with it every analysis that contained it: immutability yields to deletion. */
async function takeOutOfCuts(tx: Tx, userId: UserId, institutionId: string): Promise<Erased> {
  const taken = await tx
    .update(snapshotInstitutions)
    .set({
      state: 'absent',
      seq: null,
      asOf: null,
      generation: null,
      reason: 'ConsentEnded',
      isRequired: false,
      gaps: [],
    })
    .where(
      and(
        eq(snapshotInstitutions.userId, userId),
        eq(snapshotInstitutions.institutionId, institutionId),
        sql`${snapshotInstitutions.state} <> 'absent'`,
      ),
    )
    .returning({ snapshotNo: snapshotInstitutions.snapshotNo })
  const snapshotNos = taken.map(({ snapshotNo }) => String(snapshotNo))
  const gone = await tx.execute(sql`
    DELETE FROM ${analyses} WHERE user_id = ${userId}
      AND snapshot_no = ANY (${sql.param(snapshotNos)}::text[]::int[]) RETURNING 1`)
  return { analyses: gone.length, snapshot_institutions: taken.length }
}

export const thisConsent = (userId: UserId, institutionId: string) =>
  and(eq(userInstitutions.userId, userId), eq(userInstitutions.institutionId, institutionId))
