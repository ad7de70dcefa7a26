import { createBreakerOrders } from '../../../db/breaker-orders.ts'
import { createCaretaking } from '../../../db/caretaking.ts'
import { createConsentCallbacks } from '../../../db/consent-callbacks.ts'
import { createConsentEnds } from '../../../db/consent-ends.ts'
import { createConsentRequests } from '../../../db/consent-requests.ts'
import { createConsentTerms } from '../../../db/consent-terms.ts'
import { createConsents } from '../../../db/consents.ts'
import { createDatabase, type Database } from '../../../db/database.ts'
import { createEvents } from '../../../db/events.ts'
import { createInstitutionOrders } from '../../../db/institution-orders.ts'
import { parseKeyRing } from '../../../db/key-ring.ts'
import { createKeys } from '../../../db/keys.ts'
import type { Role } from '../../../db/migrate.ts'
import { createPurging } from '../../../db/purging.ts'
import { createRevocations } from '../../../db/revocations.ts'
import { createStepRepositories } from '../../../worker/repositories.ts'
import { INTEGRATED_URL, type TestMoa, testPolicy } from '../moa.ts'

/** Every protocol over the databases given, whatever stands before them. */
export function createRepositories(databases: Databases, sealingKeys: string) {
  const { api, worker, caretaker, operator } = databases
  const ring = parseKeyRing(sealingKeys)
  const apiKeys = createKeys(api, ring)
  return {
    events: createEvents(api, testPolicy),
    consents: createConsents(api, apiKeys, testPolicy),
    consentRequests: createConsentRequests(api, apiKeys),
    consentCallbacks: createConsentCallbacks(api, apiKeys, testPolicy, INTEGRATED_URL),
    consentTerms: createConsentTerms(api, apiKeys, testPolicy),
    consentEnds: createConsentEnds(worker),
    revocations: createRevocations(api),
    ...createStepRepositories(worker, createKeys(worker, ring)),
    caretaking: createCaretaking(caretaker),
    institutionOrders: createInstitutionOrders(operator),
    breakerOrders: createBreakerOrders(operator),
    // What is not shown any more may go at once.
    purging: createPurging(worker, { retentionMs: 0, graceMs: 0 }),
  }
}

export type Repositories = ReturnType<typeof createRepositories>
type Databases = Record<'api' | 'worker' | 'caretaker' | 'operator', Database>

/** Connections that pg_stat_activity tells from all others, by their name. */
export function openDatabases(moa: TestMoa, name: string, given: { size: number; lockTimeoutMs: number }) {
  const open = (role: Role): Database =>
    createDatabase({
      url: moa.test.urlOf(role),
      applicationName: name,
      statementTimeoutMs: 30_000,
      ...given,
    })
  const databases = {
    api: open('moa_api'),
    worker: open('moa_worker'),
    caretaker: open('moa_caretaker'),
    operator: open('moa_operator'),
  }
  return {
    ...databases,
    close: async () => {
      await Promise.all(Object.values(databases).map((database) => database.close()))
    },
  }
}
