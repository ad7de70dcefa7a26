/** What the worker's bundle holds. */
export { refreshSnapshot } from './refresh-snapshot.ts'
export { revokeConsent } from './revoke-consent.ts'
