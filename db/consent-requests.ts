import { hash, randomBytes, randomUUID } from 'node:crypto'

import { and, eq, isNull, sql } from 'drizzle-orm'

import { DomainFailure } from '../domain/failures.ts'
import { writeAudit } from './audit.ts'
import type { Database, Tx, UserId } from './database.ts'
import { databaseNow } from './instants.ts'
import type { Keys } from './keys.ts'
import { lockUser } from './locks.ts'
import { consentRequests } from './schema/index.ts'
import type { Belonging, Sealer } from './sealing.ts'

/** What a person is sent out to agree to. */
export type AskedConsents = {
  institutions: readonly { institutionId: string; scope: string }[]
  purpose: string
  isRegular: boolean
  endsAt: Date
  cycleMs: number | null
  redirectUri: string
  /** The session that asks (the token's `sid`): it alone may finish. Null: its tokens name none. */
  session: string | null
}

/** What the institution is to be told, and nobody else: it finishes this authorization. */
export type OpenedRequest = {
  requestId: string
  state: string
  codeChallenge: string
  expiresAt: Date
}

// A code lives ten minutes at most, and nobody logs in for longer.
const LIVES_MS = 600_000
// Nobody has twenty logins open; sixty an hour are one a minute.
const MOST_OPEN = 20
const MOST_AN_HOUR = 60
// The standard gives a state 40 characters: thirty bytes are that in base64url, and 240 bits.
const STATE_BYTES = 30
// RFC 7636: 43 characters at least, which are 32 bytes.
const VERIFIER_BYTES = 32

export function createConsentRequests(database: Database, keys: Keys) {
  /** Remembers what is asked for, until it is answered or ten minutes have passed. 'too_many': of this user. */
  const open = async (userId: UserId, asked: AskedConsents): Promise<OpenedRequest | 'too_many'> => {
    const sealer = await keys.of(userId)
    return database.asUser(userId, async (tx) => {
      if ((await lockUser(tx, userId)) !== 'active')
        throw new DomainFailure('Superseded', 'the user has left')
      if (await areTooMany(tx, userId)) return 'too_many'
      const requestId = randomUUID()
      const state = randomBytes(STATE_BYTES).toString('base64url')
      const verifier = randomBytes(VERIFIER_BYTES).toString('base64url')
      const expiresAt = new Date((await databaseNow(tx)).getTime() + LIVES_MS)
      const { institutions, session, ...terms } = asked
      await tx.insert(consentRequests).values({
        userId,
        requestId,
        stateHash: hashOf(state),
        codeVerifierSealed: sealer.seal(verifier, verifierOf(userId, requestId)),
        sessionHash: session === null ? null : hashOf(session),
        asked: institutions,
        expiresAt,
        ...terms,
      })
      await writeAudit(tx, userId, {
        actor: 'user',
        action: 'consent.requested',
        reason: null,
        details: { requestId, institutions: institutions.map(({ institutionId }) => institutionId) },
      })
      return { requestId, state, codeChallenge: challengeOf(verifier), expiresAt }
    })
  }

  return { open }
}

export type ConsentRequests = ReturnType<typeof createConsentRequests>

async function areTooMany(tx: Tx, userId: UserId): Promise<boolean> {
  const [row] = await tx.execute<{ open: number; recent: number }>(sql`
    SELECT count(*) FILTER (WHERE used_at IS NULL AND expires_at > now())::int AS open,
      count(*) FILTER (WHERE created_at > now() - interval '1 hour')::int AS recent
    FROM consent_requests WHERE user_id = ${userId}`)
  return row!.open >= MOST_OPEN || row!.recent >= MOST_AN_HOUR
}

export type StoredRequest = typeof consentRequests.$inferSelect

/** A request by its state, used or not. Whose it is not, and in whose session it was not made, finds nothing. */
export async function findRequest(
  tx: Tx,
  userId: UserId,
  state: string,
  session: string | null,
): Promise<StoredRequest | null> {
  const [row] = await tx
    .select()
    .from(consentRequests)
    .where(
      and(
        eq(consentRequests.userId, userId),
        eq(consentRequests.stateHash, hashOf(state)),
        session === null
          ? isNull(consentRequests.sessionHash)
          : eq(consentRequests.sessionHash, hashOf(session)),
      ),
    )
  return row ?? null
}

export const openVerifier = (sealer: Sealer, { userId, requestId, codeVerifierSealed }: StoredRequest) =>
  sealer.open(codeVerifierSealed, verifierOf(userId, requestId))

/** Of what is long and random: states, codes, sessions. */
export const hashOf = (secret: string): Buffer => hash('sha256', secret, 'buffer')

const challengeOf = (verifier: string): string => hash('sha256', verifier, 'base64url')

const verifierOf = (userId: UserId, requestId: string): Belonging => ({
  userId,
  institutionId: requestId,
  column: 'request_verifier',
})
