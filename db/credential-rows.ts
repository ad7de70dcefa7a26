import { and, eq, sql } from 'drizzle-orm'

import { type FailureName, isFailureName } from '../domain/failures.ts'
import type { TokenTimes } from '../domain/token-life.ts'
import type { Tx, UserId } from './database.ts'
import { toInstant } from './instants.ts'
import { credentials, userInstitutions } from './schema/index.ts'
import { openCredential } from './sealed-credentials.ts'
import type { Sealer } from './sealing.ts'

/** A user's credentials at one institution under one consent. */
export type CredentialRef = { userId: UserId; institutionId: string; generation: number }

/** What is held for an institution, as whoever wants to call it needs to know. */
export type Holding =
  | ({ state: 'tokens'; accessToken: string; isRenewable: boolean } & Lease & TokenTimes)
  | ({ state: 'code' } & Lease)
  /** The institution has refused; only the user can go on. */
  | { state: 'refused'; because: FailureName }
  /** The consent is another one, or has ended. */
  | { state: 'moved' }

/** Which pair it is, and who is calling for the next one, if anybody is. A holder whose time has passed is named still. */
type Lease = { version: number; holder: string | null; isHeld: boolean }

/** What is shown to an institution for new tokens. */
export type Presented =
  | { kind: 'refresh'; refreshToken: string; refreshExpiresAt: Date | null }
  | { kind: 'code'; code: string; codeVerifier: string; redirectUri: string }

export type CredentialRow = NonNullable<Awaited<ReturnType<typeof readCredentials>>>

/** The row with the state of its consent, as one statement sees both. */
export async function readCredentials(tx: Tx, { userId, institutionId }: CredentialRef) {
  const [row] = await tx
    .select({
      consentGeneration: userInstitutions.generation,
      consentState: userInstitutions.consentState,
      needsUserBecause: userInstitutions.needsUserBecause,
      held: credentials,
      isHeld: sql<boolean>`coalesce(${credentials.leaseUntil} > clock_timestamp(), false)`,
      readAt: sql<string>`clock_timestamp()::timestamptz(3)`,
    })
    .from(credentials)
    .innerJoin(
      userInstitutions,
      and(
        eq(userInstitutions.userId, credentials.userId),
        eq(userInstitutions.institutionId, credentials.institutionId),
      ),
    )
    .where(and(eq(credentials.userId, userId), eq(credentials.institutionId, institutionId)))
  return row ? { ...row, readAt: toInstant(row.readAt) } : null
}

export function holdingOf(sealer: Sealer, ref: CredentialRef, row: CredentialRow | null): Holding {
  if (!row || !isOf(ref, row) || row.consentState === 'ended') return { state: 'moved' }
  if (row.consentState === 'needs_user') return { state: 'refused', because: causeOf(row) }
  const { held, isHeld, readAt } = row
  const lease = { version: held.version, holder: held.leaseId, isHeld }
  if (!held.accessTokenSealed || !held.accessExpiresAt) return { state: 'code', ...lease }
  return {
    state: 'tokens',
    ...lease,
    accessToken: openCredential(sealer, held, 'access_token', held.accessTokenSealed),
    isRenewable: isRenewable(row),
    storedAt: held.updatedAt,
    expiresAt: held.accessExpiresAt,
    readAt,
  }
}

/** Null: there is nothing to show that the institution could accept. */
export function presentedOf(sealer: Sealer, row: CredentialRow): Presented | null {
  const { held } = row
  const open = (column: Parameters<typeof openCredential>[2], sealed: Buffer) =>
    openCredential(sealer, held, column, sealed)
  if (held.codeSealed && held.codeVerifierSealed && held.redirectUri !== null) {
    return {
      kind: 'code',
      code: open('code', held.codeSealed),
      codeVerifier: open('code_verifier', held.codeVerifierSealed),
      redirectUri: held.redirectUri,
    }
  }
  if (!isRenewable(row) || !held.refreshTokenSealed) return null
  return {
    kind: 'refresh',
    refreshToken: open('refresh_token', held.refreshTokenSealed),
    refreshExpiresAt: held.refreshExpiresAt,
  }
}

/** An end that nobody stated is unknown, not past: the institution will say. */
const isRenewable = ({ held, readAt }: CredentialRow): boolean =>
  held.refreshTokenSealed !== null && (held.refreshExpiresAt === null || held.refreshExpiresAt > readAt)

const isOf = ({ generation }: CredentialRef, { consentGeneration, held }: CredentialRow): boolean =>
  consentGeneration === generation && held.generation === generation

const causeOf = ({ needsUserBecause }: CredentialRow): FailureName =>
  isFailureName(needsUserBecause) ? needsUserBecause : 'CredentialsRejected'
