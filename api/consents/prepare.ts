import { createConsentCallbacks } from '../../db/consent-callbacks.ts'
import { createConsentList } from '../../db/consent-list.ts'
import { createConsentRequests } from '../../db/consent-requests.ts'
import { createConsentTerms } from '../../db/consent-terms.ts'
import type { Database } from '../../db/database.ts'
import type { EventPolicy } from '../../db/events.ts'
import { createInstitutions } from '../../db/institutions.ts'
import type { Keys } from '../../db/keys.ts'
import { type Tell, telling } from '../../db/telling.ts'
import { type ConsentSettings, createBeginConsent } from './begin.ts'

/** What the routes of consents work with. */
export function prepareConsents({
  database,
  keys,
  policy,
  settings,
  tell,
}: {
  database: Database
  keys: Keys
  policy: EventPolicy
  settings: ConsentSettings
  tell: Tell
}) {
  const consentList = createConsentList(database)
  const consentRequests = createConsentRequests(database, keys)
  const callbacks = createConsentCallbacks(database, keys, policy, settings.integratedUrl)
  return {
    beginConsent: createBeginConsent(
      { institutions: createInstitutions(database), consentList, consentRequests },
      settings,
    ),
    consentCallbacks: telling(callbacks, { finish: true }, tell),
    consentList,
    consentTerms: telling(createConsentTerms(database, keys, policy), { change: true }, tell),
  }
}
