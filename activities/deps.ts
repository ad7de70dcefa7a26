import type { Connector, Institution } from '../connectors/connector.ts'
import type { CallOptions, Http } from '../connectors/http.ts'
import type { Analyses } from '../db/analyses.ts'
import type { Attempts } from '../db/attempts.ts'
import type { Breakers } from '../db/breakers.ts'
import type { Classifications } from '../db/classifications.ts'
import type { Collections } from '../db/collections.ts'
import type { Cuts } from '../db/cuts.ts'
import type { UserId } from '../db/database.ts'
import type { KeptResponses } from '../db/kept-responses.ts'
import type { Orders } from '../db/orders.ts'
import type { Refreshes } from '../db/refreshes.ts'
import type { RevocationDeletion } from '../db/revocation-deletion.ts'
import type { ReceiptFacts, RevocationReceipts } from '../db/revocation-receipts.ts'
import type { RevocationSteps } from '../db/revocation-steps.ts'
import type { Users } from '../db/users.ts'
import { DomainFailure } from '../domain/failures.ts'
import type { RefreshRef } from '../domain/refresh.ts'
import type { Bearers } from './bearers.ts'
import type { CallOutcome } from './call-tally.ts'
import type { Stops } from './stops.ts'

/** A named place in a step where a test may kill, delay or fail. Does nothing unless told. */
export type Failpoint = (name: string) => Promise<void>

/** All that the steps are made of; given by the worker's main, never imported. */
export type ActivityDeps = {
  users: Pick<Users, 'idByKey'>
  refreshes: Refreshes
  orders: Orders
  attempts: Attempts
  /** What the fleet holds about institutions. */
  breakers: Pick<Breakers, 'note' | 'drawRetry'>
  collections: Collections
  cuts: Cuts
  classifications: Classifications
  analyses: Analyses
  revocationSteps: RevocationSteps
  revocationDeletion: RevocationDeletion
  revocationReceipts: RevocationReceipts
  /** How long an institution is asked to end what it gave. */
  revokeForMs: number
  /** Ends a token where it came from. */
  revokeToken: (
    institution: Institution,
    token: string,
    options: CallOptions,
  ) => Promise<'confirmed' | 'nothing_to_revoke'>
  signReceipt: (facts: ReceiptFacts) => Promise<string>
  /** Starts or hints a refresh's run. */
  tellRun: (ref: RefreshRef) => Promise<void>
  http: Http
  /** Takes note of how the calls of one reading went. */
  noteCalls: (institutionId: string, outcomes: readonly CallOutcome[]) => Promise<void>
  keptResponses: KeptResponses
  bearers: Bearers
  connectorFor: (name: string | null, industry: string) => Connector | null
  stops: Stops
  /** Who cancelled a run in the engine, and why. Null: the engine does not say. */
  whoCancelled: (ref: RefreshRef) => Promise<{ by: string | null; why: string | null } | null>
  failpoint: Failpoint
  log: StepLog
}

export type StepLog = {
  info: (facts: object, message: string) => void
  warn: (facts: object, message: string) => void
}

/** The number behind an opaque key. A user who is gone leaves nothing to do. */
export async function userIdOf({ users }: Pick<ActivityDeps, 'users'>, userKey: string): Promise<UserId> {
  const userId = await users.idByKey(userKey)
  if (userId === null) throw new DomainFailure('Superseded', 'the user of this refresh is gone')
  return userId
}
