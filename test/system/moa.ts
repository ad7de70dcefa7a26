import { randomBytes } from 'node:crypto'

import { createBreakerOrders } from '../../db/breaker-orders.ts'
import { createCaretaking } from '../../db/caretaking.ts'
import { createConsentCallbacks } from '../../db/consent-callbacks.ts'
import { createConsentEnds } from '../../db/consent-ends.ts'
import { createConsentList } from '../../db/consent-list.ts'
import { type AskedConsents, createConsentRequests } from '../../db/consent-requests.ts'
import { createConsentTerms } from '../../db/consent-terms.ts'
import { createConsentWatch } from '../../db/consent-watch.ts'
import {
  createConsents,
  endConsent,
  type GivenCode,
  type GivenTokens,
  type Terms,
} from '../../db/consents.ts'
import { createDatabase, type Database, type UserId } from '../../db/database.ts'
import { createEvents, type EventPolicy } from '../../db/events.ts'
import { createInstitutionOrders } from '../../db/institution-orders.ts'
import { createInstitutions, type InstitutionEntry } from '../../db/institutions.ts'
import { parseKeyRing } from '../../db/key-ring.ts'
import { createKeys } from '../../db/keys.ts'
import { createOperatorBatches } from '../../db/operator-batches.ts'
import { createOperatorInstitutions } from '../../db/operator-institutions.ts'
import { createOperatorPoison } from '../../db/operator-poison.ts'
import { createOrders } from '../../db/orders.ts'
import { createPurging } from '../../db/purging.ts'
import { createRecoveries } from '../../db/recoveries.ts'
import { createRecoveryRefreshes } from '../../db/recovery-refreshes.ts'
import { createRefreshProgress } from '../../db/refresh-progress.ts'
import { createReplays, createReplayWatch } from '../../db/replays.ts'
import { createRevocationCaretaking } from '../../db/revocation-caretaking.ts'
import { createRevocations } from '../../db/revocations.ts'
import { createUsers } from '../../db/users.ts'
import { SCOPE_WORDS } from '../../domain/consent.ts'
import { createStepRepositories } from '../../worker/repositories.ts'
import { createTestDatabase, type TestDatabase } from './databases.ts'
import { createReaders } from './support/readers.ts'

/** Where many institutions are agreed to at once; nobody serves it. */
export const INTEGRATED_URL = 'https://integrated.example/oauth/2.0/authorize'

/** Limits of readings in tests. Nobody dies in most of them: what is merely slow, on a busy machine, is not taken for dead. */
export const testPolicy: EventPolicy = {
  spanMonths: 12,
  limitsFor: () => ({
    callMs: 5_000,
    attemptMs: 20_000,
    readingMs: 60_000,
    heartbeatMs: 10_000,
    quickTries: 3,
    waitsMs: [60_000, 600_000, 3_600_000, 21_600_000],
  }),
}

/** The same where workers are killed: a dead one is noticed within a test's patience. */
export const mortalPolicy: EventPolicy = {
  ...testPolicy,
  limitsFor: (isFirst) => ({ ...testPolicy.limitsFor(isFirst), heartbeatMs: 2_000 }),
}

/** Every repository of Moa over a database of its own, each on the role of the process that uses it. */
export async function createTestMoa(
  options: { lockTimeoutMs?: number; policy?: EventPolicy; test?: TestDatabase } = {},
) {
  const test = options.test ?? (await createTestDatabase())
  const open = (role: 'moa_api' | 'moa_worker' | 'moa_caretaker' | 'moa_operator', size: number): Database =>
    createDatabase({
      url: test.urlOf(role),
      size,
      applicationName: `test ${role}`,
      lockTimeoutMs: options.lockTimeoutMs ?? 2_000,
      statementTimeoutMs: 30_000,
    })
  const databases = {
    api: open('moa_api', 10),
    worker: open('moa_worker', 16),
    caretaker: open('moa_caretaker', 2),
    operator: open('moa_operator', 4),
  }
  const sealingKeys = `k1:${randomBytes(32).toString('base64')}`
  const ring = parseKeyRing(sealingKeys)
  const keys = createKeys(databases.worker, ring)
  const apiKeys = createKeys(databases.api, ring)
  const policy = options.policy ?? testPolicy
  return {
    test,
    databases,
    receiptKey: randomBytes(32),
    keys,
    sealingKeys,
    api: {
      users: createUsers(databases.api),
      institutions: createInstitutions(databases.api),
      events: createEvents(databases.api, policy),
      consents: { ...createConsents(databases.api, apiKeys, policy), fenceRevoked: fencing(databases.api) },
      consentRequests: createConsentRequests(databases.api, apiKeys),
      consentCallbacks: createConsentCallbacks(databases.api, apiKeys, policy, INTEGRATED_URL),
      consentTerms: createConsentTerms(databases.api, apiKeys, policy),
      consentList: createConsentList(databases.api),
      revocations: createRevocations(databases.api),
      published: createReaders(databases.api),
      progress: createRefreshProgress(databases.api),
    },
    worker: {
      institutions: createInstitutions(databases.worker),
      ...createStepRepositories(databases.worker, keys),
    },
    consentEnds: createConsentEnds(databases.worker),
    consentWatch: createConsentWatch(databases.caretaker),
    replayWatch: createReplayWatch(databases.caretaker),
    replays: createReplays(databases.worker),
    operatorPoison: createOperatorPoison(databases.operator),
    purging: createPurging(databases.worker, { retentionMs: 0, graceMs: 0 }),
    caretaking: createCaretaking(databases.caretaker),
    revocationCaretaking: createRevocationCaretaking(databases.caretaker),
    orders: createOrders(databases.operator),
    batches: createOperatorBatches(databases.operator, createOrders(databases.operator)),
    institutionOrders: createInstitutionOrders(databases.operator),
    operatorInstitutions: createOperatorInstitutions(databases.operator),
    breakerOrders: createBreakerOrders(databases.operator),
    recoveries: createRecoveries(databases.caretaker),
    recoveryRefreshes: createRecoveryRefreshes(databases.worker),
    close: async () => {
      await Promise.all(Object.values(databases).map((database) => database.close()))
      await test.drop()
    },
  }
}

/** The fence alone, as every end of a consent has it, without what follows. */
const fencing = (database: Database) => (userId: UserId, institutionId: string, withDeletion: boolean) =>
  database.asUser(userId, async (tx) => {
    await endConsent(tx, userId, institutionId, 'revoked', { withDeletion })
  })

export type TestMoa = Awaited<ReturnType<typeof createTestMoa>>
export type { TestDatabase }

/** Institutions that nobody serves: for tests that play the readings themselves. */
export const makeInstitution = (institutionId: string): InstitutionEntry => ({
  institutionId,
  industry: 'bank',
  name: `Bank ${institutionId}`,
  baseUrl: `https://${institutionId.toLowerCase()}.example`,
})

export const REDIRECT_URI = 'https://app.example/callback'

/** What a person is sent out to agree to, at each of these alike. */
export const makeAsked = (ids: readonly string[], given: Partial<AskedConsents> = {}): AskedConsents => ({
  institutions: ids.map((institutionId) => ({ institutionId, scope: 'bank.list bank.deposit' })),
  purpose: 'view-and-analyse',
  isRegular: true,
  endsAt: new Date(Date.now() + 300 * 86_400_000),
  cycleMs: null,
  redirectUri: REDIRECT_URI,
  session: null,
  ...given,
})

let tokens = 0

export function makeGrant(
  institutionId: string,
  given: Partial<Terms & GivenTokens> = {},
): Terms & GivenTokens {
  tokens += 1
  return {
    institutionId,
    scope: Object.values(SCOPE_WORDS).flat().join(' '),
    purpose: 'view-and-analyse',
    endsAt: new Date('2030-01-01T00:00:00Z'),
    accessToken: `access-${process.pid}-${tokens}-${randomBytes(4).toString('hex')}`,
    accessExpiresAt: new Date('2029-01-01T00:00:00Z'),
    refreshToken: null,
    refreshExpiresAt: null,
    ...given,
  }
}

/** The same, with a code that the first reading exchanges. */
export function makeCodeGrant(institutionId: string, code: string): Terms & GivenCode {
  const { scope, purpose, endsAt } = makeGrant(institutionId)
  const codeVerifier = randomBytes(32).toString('base64url')
  return { institutionId, scope, purpose, endsAt, code, codeVerifier, redirectUri: REDIRECT_URI }
}
