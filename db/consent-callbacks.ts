import { and, eq, sql } from 'drizzle-orm'

import { isIssuerOf } from '../domain/authorization.ts'
import { DomainFailure } from '../domain/failures.ts'
import { writeAudit } from './audit.ts'
import { findRequest, hashOf, openVerifier, type StoredRequest } from './consent-requests.ts'
import { type Grant, grantAll } from './consents.ts'
import type { Database, Tx, UserId } from './database.ts'
import type { EventAnswer, EventPolicy } from './events.ts'
import { databaseNow } from './instants.ts'
import type { Keys } from './keys.ts'
import { lockUser } from './locks.ts'
import { consentRequests, institutions } from './schema/index.ts'
import type { Sealer } from './sealing.ts'

/** What came back with the person: a code, or the word that there is none. */
export type Callback = {
  state: string
  answer: { code: string } | { error: string }
  /** Who answered, where it says so. */
  issuer: string | null
  session: string | null
}

/** What a callback led to; it is stored, and told again to whoever repeats it. */
export type CallbackAnswer =
  | { outcome: 'granted'; requestId: string; institutionIds: string[]; refreshNo: number }
  /** 'denied': the person refused there. 'failed': the institution could not. */
  | { outcome: 'denied' | 'failed'; requestId: string; institutionIds: string[]; error: string }

type Asked = { institutionId: string; scope: string }[]

export function createConsentCallbacks(
  database: Database,
  keys: Keys,
  policy: EventPolicy,
  /** Where many institutions are agreed to at once. */
  integratedUrl: string | null,
) {
  /**
   * One transaction: the request is used up, every institution it named is granted with the code sealed, and their
   * readings are planned. Repeating it answers the same and changes nothing. Null: nothing waits for this answer; why is
   * not told, so that nobody learns whether a state exists.
   */
  const finish = async (
    userId: UserId,
    given: Callback,
  ): Promise<{ answer: CallbackAnswer; event: EventAnswer | null } | null> => {
    const sealer = await keys.of(userId)
    return database.asUser(userId, async (tx) => {
      if ((await lockUser(tx, userId)) !== 'active')
        throw new DomainFailure('Superseded', 'the user has left')
      const request = await findRequest(tx, userId, given.state, given.session)
      if (!request) return null
      if (request.usedAt) return isSame(request, given) ? { answer: told(request), event: null } : null
      if (request.expiresAt <= (await databaseNow(tx))) return null
      if (given.issuer !== null && !(await isFromThere(tx, given.issuer, request))) return null
      const ended = await ('code' in given.answer
        ? granted(tx, sealer, request, given.answer.code)
        : { answer: refused(request, given.answer.error), event: null })
      await useUp(tx, request, given, ended.answer)
      return ended
    })
  }

  async function granted(tx: Tx, sealer: Sealer, request: StoredRequest, code: string) {
    const codeVerifier = openVerifier(sealer, request)
    const { userId, requestId, purpose, isRegular, endsAt, cycleMs, redirectUri } = request
    const common = { purpose, isRegular, endsAt, requestId, code, codeVerifier, redirectUri }
    const grants = (request.asked as Asked).map((asked): Grant => ({
      ...asked,
      ...common,
      ...(cycleMs === null ? {} : { cycleMs }),
    }))
    const events = await grantAll(tx, sealer, userId, grants, policy)
    const event = events.find(({ outcome }) => outcome === 'started' || outcome === 'joined')
    if (event?.outcome !== 'started' && event?.outcome !== 'joined')
      throw new DomainFailure('Unexpected', 'a grant opened no reading')
    const institutionIds = institutionsOf(request)
    return {
      answer: { outcome: 'granted', requestId, institutionIds, refreshNo: event.refreshNo },
      event,
    } as const
  }

  /** Whoever answers for somebody else (RFC 9207) is not believed, and uses nothing up. */
  async function isFromThere(tx: Tx, issuer: string, request: StoredRequest): Promise<boolean> {
    const [institutionId, ...others] = institutionsOf(request)
    if (others.length > 0) return integratedUrl !== null && isIssuerOf(issuer, { integratedUrl })
    const [row] = await tx
      .select({ baseUrl: institutions.baseUrl })
      .from(institutions)
      .where(eq(institutions.institutionId, institutionId ?? ''))
    return row !== undefined && isIssuerOf(issuer, row)
  }

  return { finish }
}

export type ConsentCallbacks = ReturnType<typeof createConsentCallbacks>

const refused = (request: StoredRequest, error: string): CallbackAnswer => ({
  outcome: error === 'access_denied' ? 'denied' : 'failed',
  requestId: request.requestId,
  institutionIds: institutionsOf(request),
  error,
})

const institutionsOf = ({ asked }: StoredRequest): string[] =>
  (asked as Asked).map(({ institutionId }) => institutionId)

const told = ({ answer }: StoredRequest): CallbackAnswer => answer as CallbackAnswer

/** What an answer is known by when it comes again. */
const answerHash = ({ answer }: Callback): Buffer =>
  hashOf('code' in answer ? `code ${answer.code}` : `error ${answer.error}`)

const isSame = ({ codeHash }: StoredRequest, given: Callback): boolean =>
  codeHash?.equals(answerHash(given)) ?? false

async function useUp(tx: Tx, request: StoredRequest, given: Callback, answer: CallbackAnswer): Promise<void> {
  const { userId, requestId } = request
  await tx
    .update(consentRequests)
    .set({ usedAt: sql`now()`, codeHash: answerHash(given), answer })
    .where(and(eq(consentRequests.userId, userId), eq(consentRequests.requestId, requestId)))
  await writeAudit(tx, userId, {
    actor: 'user',
    action: `consent.${answer.outcome}`,
    reason: null,
    details: { requestId, institutions: answer.institutionIds },
  })
}
