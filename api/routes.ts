import type { PublishedDeps } from './from-snapshot.ts'
import type { Route } from './route.ts'
import { readAccounts } from './routes/accounts.ts'
import { type AuthorizationDeps, beginAuthorization, finishAuthorization } from './routes/consent-requests.ts'
import { changeConsent, type ConsentDeps, readConsent, readConsents } from './routes/consents.ts'
import { type EventDeps, raiseEvent } from './routes/events.ts'
import { type HealthDeps, readHealth, readReadiness } from './routes/health.ts'
import { readInsights } from './routes/insights.ts'
import { type InstitutionDeps, readInstitutions } from './routes/institutions.ts'
import { readOpenApi, readReference, readReferenceStyle, type ReferenceDeps } from './routes/reference.ts'
import { readRefresh, type RefreshDeps } from './routes/refreshes.ts'
import {
  readReceiptKeys,
  readRevocation,
  readRevocations,
  type RevocationDeps,
  revokeConsent,
} from './routes/revocations.ts'
import { readSnapshot } from './routes/snapshot.ts'
import { readSpending } from './routes/spending.ts'
import { readTransactions } from './routes/transactions.ts'
import { type MemberStreamDeps, streamMember } from './streams/member-stream.ts'
import { type RefreshStreamDeps, streamRefresh } from './streams/refresh-stream.ts'

export type RouteDeps = EventDeps &
  AuthorizationDeps &
  ConsentDeps &
  InstitutionDeps &
  RefreshDeps &
  PublishedDeps &
  RevocationDeps &
  RefreshStreamDeps &
  MemberStreamDeps &
  HealthDeps &
  ReferenceDeps

/** Every route there is. What stands here is served, documented, typed for clients, and checked in tests. */
export const ROUTES: readonly Route<RouteDeps>[] = [
  raiseEvent,
  readRefresh,
  readSnapshot,
  readAccounts,
  readTransactions,
  readSpending,
  readInsights,
  readInstitutions,
  beginAuthorization,
  finishAuthorization,
  readConsents,
  readConsent,
  changeConsent,
  revokeConsent,
  readRevocations,
  readRevocation,
  readReceiptKeys,
  streamRefresh,
  streamMember,
  readHealth,
  readReadiness,
  readOpenApi,
  readReference,
  readReferenceStyle,
]
