import { randomUUID } from 'node:crypto'

import { and, eq, sql } from 'drizzle-orm'

import { expiryOf } from '../domain/token-life.ts'
import { writeAudit } from './audit.ts'
import {
  type CredentialRef,
  type Holding,
  holdingOf,
  type Presented,
  presentedOf,
  readCredentials,
} from './credential-rows.ts'
import type { Database, Tx } from './database.ts'
import { StorageError } from './errors.ts'
import type { Keys } from './keys.ts'
import { type Fate, keepForRevocation } from './late-tokens.ts'
import { lockConsent, lockCredentials } from './locks.ts'
import { credentials, userInstitutions } from './schema/index.ts'
import { sealTokens } from './sealed-credentials.ts'
import type { Sealer } from './sealing.ts'

/** The leave to call for new tokens, alone, until it is given back or its time has passed; and what to show there. */
export type Claim = { leaseId: string; version: number; claimedAt: Date; presented: Presented }

/** What an institution answered; its seconds count from the claim, which was before the call. */
export type Issued = {
  accessToken: string
  expiresInSeconds: number
  /** Null: the one that was shown lives on. */
  refreshToken: string | null
  refreshExpiresInSeconds: number | null
}

/**
 * What institutions gave, for any number of workers. Whoever asks for new tokens holds a lease; what comes of it is
 * stored by whoever still may; no row is locked while an institution is asked. Every time is the database's.
 */
export function createCredentials(database: Database, keys: Keys) {
  const read = async (ref: CredentialRef): Promise<Holding> => {
    const own = await keys.of(ref.userId)
    return database.asUser(ref.userId, async (tx) => holdingOf(own, ref, await readCredentials(tx, ref)))
  }

  /** Null: somebody else asks, or what was seen has changed; whoever reads again sees which. */
  const claim = async (ref: CredentialRef, version: number, leaseMs: number): Promise<Claim | null> => {
    const own = await keys.of(ref.userId)
    return database.asUser(ref.userId, async (tx) => {
      if (!(await lockCredentials(tx, ref.userId, ref.institutionId))) return null
      const row = await readCredentials(tx, ref)
      const holding = holdingOf(own, ref, row)
      if (!row || !('version' in holding) || holding.version !== version || holding.isHeld) return null
      const presented = presentedOf(own, row)
      if (!presented) return null
      const leaseId = randomUUID()
      await tx
        .update(credentials)
        .set({ leaseId, leaseUntil: sql`clock_timestamp() + make_interval(secs => ${leaseMs / 1_000})` })
        .where(ofRef(ref))
      return { leaseId, version, claimedAt: row.readAt, presented }
    })
  }

  /**
   * Stores a new pair: as the holder of the lease, or, where that has passed on, if the pair that was shown is still the
   * one that is stored. 'moved': a newer pair is stored, or the consent is another, refused or ended. 'foreign': another
   * user holds this token.
   */
  const store = async (
    ref: CredentialRef,
    mine: Claim,
    issued: Issued,
  ): Promise<'stored' | 'moved' | 'foreign'> => {
    const own = await keys.of(ref.userId)
    return database
      .asUser(ref.userId, (tx) => storeUnlessMoved(tx, own, ref, mine, issued))
      .catch((error: unknown) => {
        if (error instanceof StorageError && error.constraint === 'one_holder_per_token') return 'foreign'
        throw error
      })
  }

  /**
   * Gives a lease back. 'failed': the call brought nothing, and whoever waited for it does not make it as well. 'unused': it
   * was not made, and the next may.
   */
  const release = (ref: CredentialRef, { leaseId }: Claim, why: 'failed' | 'unused'): Promise<void> =>
    database.asUser(ref.userId, async (tx) => {
      await tx
        .update(credentials)
        .set(why === 'failed' ? { leaseId: null, leaseUntil: null } : { leaseUntil: sql`clock_timestamp()` })
        .where(and(ofRef(ref), eq(credentials.leaseId, leaseId)))
    })

  /**
   * Says that only the user can help: once under a consent, and only while what was refused is what is stored. 'moved':
   * something newer is stored, or the consent is another.
   */
  const refuse = (ref: CredentialRef, version: number): Promise<'refused' | 'moved'> =>
    database.asUser(ref.userId, (tx) => refuseUnlessMoved(tx, ref, version))

  /** A token that another user holds reached us: nothing of it is kept, and operators find it in the audit. */
  const refuseForeign = (ref: CredentialRef, version: number): Promise<'refused' | 'moved'> =>
    database.asUser(ref.userId, async (tx) => {
      const outcome = await refuseUnlessMoved(tx, ref, version)
      const { userId, institutionId, generation } = ref
      const details = { generation, version }
      await writeAudit(tx, userId, {
        actor: 'worker',
        action: 'token.of_another_user',
        institutionId,
        reason: 'CredentialsRejected',
        details,
      })
      return outcome
    })

  /** What becomes of a pair that came too late to be stored: it may be alive at the institution. */
  const handOver = async (ref: CredentialRef, mine: Claim, issued: Issued): Promise<Fate> => {
    const own = await keys.of(ref.userId)
    const pair = { ...issued, refreshToken: issued.refreshToken ?? shownRefreshToken(mine) }
    return database.asUser(ref.userId, (tx) => keepForRevocation(tx, own, ref, mine.version + 1, pair))
  }

  return { read, claim, store, release, refuse, refuseForeign, handOver }
}

export type Credentials = ReturnType<typeof createCredentials>

async function storeUnlessMoved(
  tx: Tx,
  sealer: Sealer,
  ref: CredentialRef,
  mine: Claim,
  issued: Issued,
): Promise<'stored' | 'moved'> {
  await lockCredentials(tx, ref.userId, ref.institutionId)
  const row = await readCredentials(tx, ref)
  if (!row || row.consentState !== 'active') return 'moved'
  const { held } = row
  const isHolder = held.leaseId === mine.leaseId
  // A narrowed consent carries its credentials, lease and all, into its new generation: the pair belongs there.
  if (!isHolder && (held.generation !== ref.generation || held.version !== mine.version)) return 'moved'
  const version = held.version + 1
  const pair = { ...issued, refreshToken: issued.refreshToken ?? shownRefreshToken(mine) }
  await tx
    .update(credentials)
    .set({
      version,
      ...sealTokens(sealer, { ...held, version }, pair),
      ...NO_CODE,
      accessExpiresAt: expiryOf(mine.claimedAt, issued.expiresInSeconds),
      refreshExpiresAt: refreshExpiryOf(mine, issued),
      updatedAt: row.readAt,
      ...(isHolder ? { leaseId: null, leaseUntil: null } : {}),
    })
    .where(ofRef(ref))
  return 'stored'
}

/** A code is used up by its exchange. */
const NO_CODE = { codeSealed: null, codeVerifierSealed: null, redirectUri: null }

const shownRefreshToken = ({ presented }: Claim): string | null =>
  presented.kind === 'refresh' ? presented.refreshToken : null

/** A refresh token that lives on ends when it always did; of a new one only what was stated is known. */
function refreshExpiryOf({ claimedAt, presented }: Claim, issued: Issued): Date | null {
  if (issued.refreshExpiresInSeconds !== null) return expiryOf(claimedAt, issued.refreshExpiresInSeconds)
  return issued.refreshToken === null && presented.kind === 'refresh' ? presented.refreshExpiresAt : null
}

async function refuseUnlessMoved(tx: Tx, ref: CredentialRef, version: number): Promise<'refused' | 'moved'> {
  const consent = await lockConsent(tx, ref.userId, ref.institutionId)
  if (!consent || consent.generation !== ref.generation || consent.consentState === 'ended') return 'moved'
  if (consent.consentState === 'needs_user') return 'refused'
  await lockCredentials(tx, ref.userId, ref.institutionId)
  const row = await readCredentials(tx, ref)
  if (row?.held.version !== version) return 'moved'
  await tx
    .update(userInstitutions)
    .set({ consentState: 'needs_user', needsUserBecause: 'CredentialsRejected' })
    .where(
      and(eq(userInstitutions.userId, ref.userId), eq(userInstitutions.institutionId, ref.institutionId)),
    )
  return 'refused'
}

const ofRef = ({ userId, institutionId }: CredentialRef) =>
  and(eq(credentials.userId, userId), eq(credentials.institutionId, institutionId))
